"""Second looks: drawn from decisions, given blind, and settled by a third person where two disagree."""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from accounts.queries import Member
from accounts.roles import Verb
from approvals.errors import BadRequest, Conflict, Fault, Forbidden, NotFound
from approvals.strict_json import ARGUMENTS_MAX
from audit import record
from audit.actor import Actor
from audit.canonical import plain
from audit.kinds import EventKind
from audit.record import Secret
from feedback import drawing
from feedback.drawing import Purpose
from feedback.labels import LabelKind
from feedback.models import Label, Look, LookPlan, Outcome
from feedback.queries import looks as queries
from tenancy import ids, scope

CHUNK = 500
# Ids of one moment have no order, so a label waits until nothing older can still come in.
SETTLED = timedelta(seconds=30)
VERDICTS = ("approve", "edit", "reject")
COMMENT_MAX = 4000
# How it came to light; "confirmed" is for what was checked later and held.
OUTCOMES = ("chargeback", "rollback", "complaint", "incident", "confirmed", "other")
KIND_OF = {LabelKind.APPROVED: "approve", LabelKind.APPROVED_WITH_CHANGES: "edit", LabelKind.REJECTED: "reject",
           LabelKind.ALLOWED_BY_POLICY: "approve"}  # fmt: skip


def draw_all(*, actor: Actor, at: datetime, workspace_id: str) -> int:
    """Draws from every label that was not looked at; says how many were drawn."""
    found = 0
    while (more := draw(actor=actor, at=at, workspace_id=workspace_id)) is not None:
        found += more
    return found


def draw(*, actor: Actor, at: datetime, workspace_id: str) -> int | None:
    """Draws from the next labels, each looked at once; says how many were drawn. None where none is left."""
    with scope.acting(workspace_id):
        plan = LookPlan.objects.select_for_update().filter(pk=workspace_id).first() or _plan(workspace_id)
        settled = ids.floor("lbl", at - SETTLED)
        labels = list(Label.objects.filter(id__gt=plan.after, id__lt=settled).order_by("id")[:CHUNK])
        made = [_look(label, one, at) for label in labels for one in _drawn(plan, label)]
        Look.objects.bulk_create(made)
        if labels:
            plan.after = labels[-1].pk
            plan.save(update_fields=["after"])
        if made:
            data = {
                "drawn": len(made),
                "looked_at": len(labels),
                "through": plan.after,
                "rates": {name: str(rate) for name, rate in plan.rates.items()},
            }
            _note(EventKind.LOOK_DRAWN, workspace_id, ("workspace", workspace_id), actor, at, data)
    return len(made) if labels else None


def give(
    *, member: Member, actor: Actor, at: datetime, workspace_id: str, look_id: str, verdict: str, severe: bool = False,
    comment: str = "", answer: bytes = b"",
) -> None:  # fmt: skip
    """What a second person says, without having seen the first. Where they differ, a third is asked. `answer` is the
    call that would have been right, as `approvals.envelope.spelled` writes it.

    Raises NotFound, Forbidden (who decided it, or looked already, does not look again), Conflict (it is given),
    BadRequest.
    """
    with scope.acting(workspace_id):
        look = Look.objects.select_for_update(of=("self",)).select_related("label", "about").filter(pk=look_id).first()
        if look is None or not ids.is_id(look_id, "rvw"):
            raise NotFound(f"There is no second look {look_id[:60]} here.")
        if not member.may(Verb.LABEL):
            raise Forbidden("Your role may not label. An admin can change it.", code="wrong_role")
        if not queries.may_give(look, actor.id):
            raise Forbidden("You decided this one before, so somebody else has to look.", code="not_blind")
        if look.given_at is not None:
            raise Conflict("Somebody was first. Nothing was changed.", code="already_given")
        _check(look, verdict, comment, answer)
        look.reviewer_id, look.reviewer_name, look.given_at = actor.id, actor.label, at
        look.verdict, look.severe, look.comment = verdict, severe, comment
        look.answer = orjson.loads(answer) if answer else None
        look.save()
        settled = look.purpose == Purpose.ADJUDICATION
        kind = EventKind.LOOK_ADJUDICATED if settled else EventKind.LOOK_GIVEN
        secrets = [Secret("comment", plain(comment), look.pk)] if comment else []
        secrets += [Secret("answer", answer, look.pk)] if answer else []
        data = {"purpose": look.purpose, "verdict": verdict, "severe": severe, "action": look.label.action_id}
        _note(kind, workspace_id, ("look", look.pk), actor, at, data, secrets)
        if not settled and verdict != KIND_OF[LabelKind(look.label.kind)]:
            _ask_third(look, at)


def judge_outcome(
    *, actor: Actor, at: datetime, workspace_id: str, action_id: str, right: bool, severe: bool = False,
    kind: str = "other", comment: str = "",
) -> int:  # fmt: skip
    """What came of an action that ran; `kind` is a word of OUTCOMES. The outcome's id. Raises NotFound, BadRequest."""
    if kind not in OUTCOMES:
        raise _fault("/kind", "unknown_word", f"Take one of: {', '.join(OUTCOMES)}.")
    if len(comment) > COMMENT_MAX:
        raise _fault("/comment", "bad_length", f"Write at most {COMMENT_MAX} characters.")
    with scope.acting(workspace_id):
        label = Label.objects.filter(action_id=action_id).first()
        if label is None:
            raise NotFound(f"There is no decided action {action_id[:60]} here.")
        outcome = Outcome(
            workspace_id=workspace_id, label=label, right=right, severe=severe, kind=kind, comment=comment,
            by_id=actor.id, by_name=actor.label, at=at,
        )  # fmt: skip
        outcome.save(force_insert=True)
        secrets = [Secret("comment", plain(comment), told_of(outcome.pk))] if comment else []
        data = {"right": right, "severe": severe, "kind": kind}
        _note(EventKind.OUTCOME_JUDGED, workspace_id, ("action", action_id), actor, at, data, secrets)
    return int(outcome.pk)


def told_of(outcome_id: int) -> str:
    """What the disclosure of an outcome's comment is about: it alone, so that it goes alone."""
    return f"outcome {outcome_id}"


def _plan(workspace_id: str) -> LookPlan:
    plan = LookPlan(workspace_id=workspace_id, seed=os.urandom(16).hex(), rates=dict(drawing.RATES))
    plan.save(force_insert=True)
    return plan


def _drawn(plan: LookPlan, label: Label) -> list[drawing.Drawn]:
    rates: Mapping[str, float] = {**drawing.RATES, **plan.rates}
    return drawing.drawn(plan.seed, label.action_id, label.kind, label.context["risk"], rates)


def _look(label: Label, one: drawing.Drawn, at: datetime) -> Look:
    return Look(
        id=ids.new("rvw", at),
        workspace_id=label.workspace_id,
        label=label,
        purpose=one.purpose.value,
        probability=one.probability,
        drawn_at=at,
    )


def _ask_third(look: Look, at: datetime) -> None:
    if not Look.objects.filter(label_id=look.label_id, purpose=Purpose.ADJUDICATION).exists():
        third = _look(look.label, drawing.Drawn(Purpose.ADJUDICATION, 1.0), at)
        third.about = look
        third.save(force_insert=True)


def _check(look: Look, verdict: str, comment: str, answer: bytes) -> None:
    allowed = (*VERDICTS, "unclear") if look.purpose == Purpose.ADJUDICATION else VERDICTS
    if verdict not in allowed:
        raise _fault("/verdict", "unknown_word", f"Take one of: {', '.join(allowed)}.")
    if len(comment) > COMMENT_MAX:
        raise _fault("/comment", "bad_length", f"Write at most {COMMENT_MAX} characters.")
    if answer:
        _check_answer(look, verdict, answer)


def _check_answer(look: Look, verdict: str, answer: bytes) -> None:
    if verdict not in {"edit", "reject"}:
        raise _fault("/answer", "answer_without_need", "Name another call only where this one was not right.")
    if len(answer) > ARGUMENTS_MAX:
        raise _fault("/answer", "arguments_too_large", "The other call takes over 64 KiB. Shorten it.")
    call = orjson.loads(answer)
    if call == look.label.proposed:
        raise _fault("/answer", "same_call", "This is the call that was proposed. Change it, or leave it out.")
    if verdict == "edit" and call["tool"] != look.label.tool:
        raise _fault("/answer/tool", "wrong_tool", "An edit keeps the tool. Where another is right, this one is wrong.")


def _fault(pointer: str, code: str, detail: str) -> BadRequest:
    return BadRequest(detail, code=code, faults=[Fault(pointer, code, detail)])


def _note(
    kind: EventKind,
    workspace_id: str,
    subject: tuple[str, str],
    actor: Actor,
    at: datetime,
    data: dict[str, Any],
    secrets: list[Secret] | None = None,
) -> None:
    record.record(
        kind=kind, workspace_id=workspace_id, actor=actor, at=at, subject=subject, data=data, secrets=secrets or []
    )
