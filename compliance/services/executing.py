"""The erasure itself, as long work: action by action, each in a transaction of its own with the fact of what went.

It may break off anywhere and begin anew; what is gone already is found gone.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts import queries as people
from accounts.services import erasing as accounts
from approvals.errors import NotFound
from approvals.services import erasing as approvals
from audit import erasing as audit
from audit import record
from audit.actor import SYSTEM, Actor, Door, Kind
from audit.kinds import EventKind
from compliance import holds, subjects
from compliance.models import Erasure, Hold
from compliance.services.exports import drop_all
from compliance.services.exports import forget_person as forget_in_exports
from compliance.services.streaming import forget_person as forget_in_streams
from compliance.subjects import Target
from compliance.words import Basis, Subject
from feedback import services as feedback
from outbox import post
from outbox import services as outbox
from outbox.jobs import JobFailed, Work
from tenancy import scope

NOBODY = "Erased person"
# What a person's name is, on an action that is erased for another reason.
KEPT = ("reviewer",)
LISTED = 60
ANSWERS_KEPT = timedelta(hours=25)
HELD = "A legal hold was placed meanwhile. What was erased before it is gone; lift the hold, then try again."


@dataclass(slots=True)
class Doing:
    """One erasure under way. `gone` counts disclosures."""

    id: str
    workspace_id: str
    basis: str
    actor: Actor
    actions: int = 0
    gone: int = 0
    passed_by: int = 0


def run(work: Work) -> dict[str, Any]:
    """The job that the second person's yes ordered."""
    row = Erasure.objects.get(pk=work.payload["erasure"])
    if row.closed_at is None:
        actor = Actor(Kind.PERSON, row.agreed_by, row.agreed_name, Door.SYSTEM)
        doing = Doing(row.id, row.workspace_id, row.basis, actor)
        if row.kind == Subject.PERSON:
            _person(doing, row.subject, work)
        else:
            _actions(doing, Target(row.kind, row.subject), work)
        _close(doing, row, work.now())
    return {"actions": row.actions, "values": row.erased, "passed_by": row.passed_by}


def erase_actions(doing: Doing, action_ids: Sequence[str], at: datetime) -> None:
    """Those that are over and not held; the others are counted as passed by. In the caller's transaction."""
    kept = approvals.unfinished(doing.workspace_id, action_ids, at) | holds.held(doing.workspace_id, action_ids)
    for action_id in action_ids:
        if action_id in kept:
            doing.passed_by += 1
        elif approvals.erase_action(at=at, workspace_id=doing.workspace_id, action_id=action_id, because=doing.id):
            gone = audit.erase_of_action(doing.workspace_id, action_id, keep=KEPT)
            _tell(doing, gone, at, action_id)
            _say(doing.workspace_id, action_id, at)
            doing.actions += 1
    gone_ids = [action_id for action_id in action_ids if action_id not in kept]
    _unsay(doing, feedback.said_about(doing.workspace_id, gone_ids), at)
    feedback.erase_labels(at=at, workspace_id=doing.workspace_id, action_ids=gone_ids)
    for action_id in gone_ids:
        # What no dataset learned from has no example.
        with suppress(NotFound):
            feedback.erase_example(actor=doing.actor, at=at, workspace_id=doing.workspace_id, external_id=action_id)
    outbox.forget_about(workspace_id=doing.workspace_id, subjects=action_ids)


def _actions(doing: Doing, of: Target, work: Work) -> None:
    found = subjects.actions_of(doing.workspace_id, of)
    for n, action_id in enumerate(found):
        with scope.acting(doing.workspace_id):
            erase_actions(doing, [action_id], work.now())
        work.step(n + 1, len(found))
    _forget_answers(doing, found, work.now())
    if of.kind == Subject.COUNTERPART and not doing.passed_by:
        with scope.acting(doing.workspace_id):
            approvals.erase_limit_key(doing.workspace_id, of.value)


def _person(doing: Doing, user_id: str, work: Work) -> None:
    found = subjects.actions_of_person(doing.workspace_id, user_id)
    for n, action_id in enumerate(found):
        at = work.now()
        with scope.acting(doing.workspace_id):
            if holds.held(doing.workspace_id, [action_id]):
                raise JobFailed(HELD)
            given: dict[str, Any] = {"at": at, "workspace_id": doing.workspace_id, "user_id": user_id}
            feedback.erase_comments(action_ids=[action_id], **given)
            approvals.erase_person_on(action_id=action_id, **given)
            _say(doing.workspace_id, action_id, at)
            doing.actions += 1
        work.step(n + 1, len(found) + 1)
    _forget_answers(doing, found, work.now())
    # A Slack account that was refused before it was theirs, or after, is named in facts that are about nobody here.
    for account in audit.told_about(doing.workspace_id, user_id, "account"):
        _unsay(doing, [account], work.now())
    _unsay(doing, [*feedback.said_by(doing.workspace_id, user_id), user_id], work.now())
    _beside(doing, user_id, work.now())


def _forget_answers(doing: Doing, action_ids: Sequence[str], at: datetime) -> None:
    """Doors remember answers for a day; nobody looks through them for what is older."""
    if audit.is_recent(doing.workspace_id, action_ids, at - ANSWERS_KEPT):
        approvals.forget_answers_about(action_ids)


def _beside(doing: Doing, user_id: str, at: datetime) -> None:
    """The name on what is not an action, and the account where it is nobody else's."""
    here, person = doing.workspace_id, people.person(doing.workspace_id, user_id)
    if person is None:
        return
    # Before there was an account, the address stood beside the invitation.
    for invitation_id in accounts.invitations_of(user_id):
        _about(doing, here, invitation_id, at)
    with scope.acting(here):
        approvals.erase_person(at=at, workspace_id=here, user_id=user_id, name=person.name)
        for model, by in (
            (Erasure, "requested"),
            (Erasure, "agreed"),
            (Hold, "placed"),
            (Hold, "asked"),
            (Hold, "lifted"),
        ):
            model.objects.filter(**{f"{by}_by": user_id}).update(**{f"{by}_name": NOBODY})
        Erasure.objects.filter(closed_name=person.name).update(closed_name=NOBODY)
        feedback.forget_person(at=at, workspace_id=here, user_id=user_id, name=person.name, instead=NOBODY)
        outbox.forget_person(workspace_id=here, user_id=user_id, instead=NOBODY)
        is_gone = accounts.forget_person(at=at, workspace_id=here, user_id=user_id)
        forget_in_exports(workspace_id=here, user_id=user_id, name=NOBODY)
        forget_in_streams(workspace_id=here, user_id=user_id, name=NOBODY)
        post.post(sink="live", kind="person.erased", workspace_id=here, subject=user_id, payload={"id": user_id}, at=at)
    if is_gone:
        _about(doing, record.SYSTEM_LOG, user_id, at)
        with scope.acting(here):
            audit.destroy_key(record.SYSTEM_LOG, user_id)


def _unsay(doing: Doing, subjects: Sequence[str], at: datetime) -> None:
    """What the workspace's log discloses about each of these, and the key that it is sealed under."""
    for subject in subjects:
        _about(doing, doing.workspace_id, subject, at)
        with scope.acting(doing.workspace_id):
            audit.destroy_key(doing.workspace_id, subject)


def _about(doing: Doing, log: str, subject: str, at: datetime) -> None:
    for events in audit.chunks(audit.events_about(log, subject), LISTED):
        with scope.acting(doing.workspace_id):
            _tell(doing, audit.erase_about(log, subject, events), at, log=log)


def _close(doing: Doing, row: Erasure, at: datetime) -> None:
    """What the request itself named goes last, and with it every file that may repeat what is gone."""
    _about(doing, doing.workspace_id, row.subject, at)
    with scope.acting(doing.workspace_id):
        audit.destroy_key(doing.workspace_id, row.subject)
        row.actions, row.erased, row.passed_by = doing.actions, doing.gone, doing.passed_by
        row.subject, row.note, row.outcome, row.closed_at, row.closed_name = "", "", "executed", at, row.agreed_name
        row.save()
        totals = {
            "actions": doing.actions,
            "values": doing.gone,
            "passed_by": doing.passed_by,
            "about": row.kind,
            "done": True,
        }
        _record(doing, at, {"basis": doing.basis, **totals})
    drop_all(actor=doing.actor, at=at, workspace_id=doing.workspace_id)


def _tell(doing: Doing, gone: Mapping[str, list[str]], at: datetime, action_id: str = "", log: str = "") -> None:
    """Facts that name each disclosure that went: by event, what it was called."""
    names = list(gone.items())
    doing.gone += sum(len(each) for each in gone.values())
    for n in range(0, max(1, len(names)), LISTED):
        data = {"basis": doing.basis, "erasure": doing.id, "disclosures": dict(names[n : n + LISTED])}
        _record(doing, at, data, action_id, log)


def _record(doing: Doing, at: datetime, data: Mapping[str, Any], action_id: str = "", log: str = "") -> None:
    record.record(
        kind=EventKind.ERASURE_EXECUTED,
        workspace_id="" if log == record.SYSTEM_LOG else doing.workspace_id,
        actor=doing.actor,
        at=at,
        subject=("erasure", doing.id),
        action_id=action_id,
        data=data,
    )


def _say(workspace_id: str, action_id: str, at: datetime) -> None:
    """Open pages look again, and what stands in Slack is drawn anew."""
    payload = {"id": action_id}
    post.post(sink="live", kind="action.erased", workspace_id=workspace_id, subject=action_id, payload=payload, at=at)


def by_retention(workspace_id: str) -> Doing:
    """An erasure that nobody asked for: the time of keeping is over."""
    return Doing("retention", workspace_id, Basis.RETENTION.value, SYSTEM)
