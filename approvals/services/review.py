"""review: a person approves, edits or rejects exactly the revision they saw; the last vote that is needed decides."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from accounts import services as accounts
from accounts.errors import PasskeyRefused
from accounts.queries import Member
from approvals import alternatives, lifecycle, queries, rights
from approvals.answers import ActionView, Seen, Vote
from approvals.endings import Ending
from approvals.errors import (
    AlreadyAnswered,
    AlreadyDecided,
    BadRequest,
    ChecksRequired,
    Conflict,
    EditRefused,
    Fault,
    StaleRevision,
    StepUpRequired,
)
from approvals.lifecycle import Extras, Remember, Said, Written
from approvals.line import slack_refusal
from approvals.services.closing import enough, reserving, window
from approvals.services.counting import counted
from approvals.services.edit import Edited, edited
from approvals.services.expiry import expire
from approvals.services.holding import refuse_stopped
from approvals.services.looking import refuse_hasty
from approvals.services.opening import refuse_unopened
from approvals.services.stepping_up import StepUp, about
from approvals.states import Source, State, Verdict
from audit.actor import Actor, Door
from tenancy import ids

ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class EditPreview:
    """What an edit would make of the action: the next revision, and the JSON Patch to it. Nothing is stored."""

    after: ActionView
    patch: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Ballot:
    actor: Actor
    at: datetime
    member: Member
    verdict: Verdict
    said: Said
    checks: frozenset[str]
    remember: Remember | None
    step_up: StepUp
    opened_at: datetime | None = None


def review(
    *,
    actor: Actor,
    at: datetime,
    member: Member,
    action_id: str,
    revision: int,
    digest: bytes,
    verdict: str,
    args: bytes | None = None,
    reason_code: str = "",
    comment: str = "",
    checks: Sequence[str] = (),
    remember: Remember | None = None,
    seen: Seen | None = None,
    assertion: str = "",
    alternative: bytes = b"",
) -> ActionView:
    """Counts one person's vote on the revision and digest that they saw; with `args`, on their edit of it.

    `args` are canonical bytes, `checks` the texts that were ticked; `seen` is the action where the door has just read
    it, `assertion` what the person's passkey answered to `ask_step_up`, as JSON; `alternative` the call that
    would have been right instead of a rejected one, as `envelope.spelled` writes it. A vote that loses only a race
    with another vote reads again and counts again. Raises the Conflict and Forbidden families, EditRefused, and
    BadRequest for a rejection with arguments.
    """
    said = Said(reason_code, comment, alternative)
    step_up = StepUp(actor, member, at, assertion)
    ballot = _Ballot(actor, at, member, Verdict(verdict), said, frozenset(checks), remember, step_up)
    if args is not None and ballot.verdict is Verdict.REJECT:
        fault = Fault("/tool_call", "edit_without_approval", "An edit is an approval of other arguments.")
        raise BadRequest("Leave the arguments out when you reject.", code=fault.code, faults=[fault])
    for _ in range(ATTEMPTS):
        found = seen or queries.find_seen(member, action_id)
        before = _votable(found.view, member, revision, digest, ballot.verdict, args, at)
        _refuse_beyond_line(ballot.actor, before)
        alternatives.refuse(before, ballot.verdict, alternative)
        seen, ballot = None, dataclasses.replace(ballot, opened_at=found.opened_at)
        written, after = _edit(before, args, ballot) if _changes(before, args) else _vote(before, ballot)
        if written is Written.YES:
            return after
        if written is Written.DUPLICATE:
            raise AlreadyAnswered("This idempotency key was answered before.")
        # `at` was read at the door; by the database's clock the time may be over by now.
        expire(before, at)
    raise Conflict("Too many people are voting at this moment. Nothing was changed; try again.")


def preview_edit(
    *, at: datetime, member: Member, action_id: str, revision: int, digest: bytes, args: bytes
) -> EditPreview:
    """Everything that `review` would check of an edit, and nothing stored."""
    view = queries.find(member.workspace_id, action_id, envelope=True)
    before = _votable(view, member, revision, digest, Verdict.APPROVE, args, at)
    found = _edited(before, args, member, at)
    return EditPreview(found.after, found.patch)


def ask_step_up(
    *, at: datetime, member: Member, action_id: str, revision: int, digest: bytes, args: bytes | None = None
) -> dict[str, Any]:
    """What this person's browser has to have signed for an approval of that revision, or of their edit of it: JSON of
    WebAuthn's PublicKeyCredentialRequestOptions. Raises as `review` does, and StepUpRequired without a passkey.
    """
    if args is None:
        view = _votable(queries.find_seen(member, action_id).view, member, revision, digest, Verdict.APPROVE, None, at)
    else:
        view = preview_edit(
            at=at, member=member, action_id=action_id, revision=revision, digest=digest, args=args
        ).after
    try:
        return accounts.ask_passkey(at=at, user_id=member.user_id, about=about(view))
    except PasskeyRefused as error:
        raise StepUpRequired(error.detail, code=error.code) from error


def _votable(
    view: ActionView,
    member: Member,
    revision: int,
    digest: bytes,
    verdict: Verdict,
    args: bytes | None,
    at: datetime,
) -> ActionView:
    if view.is_open and view.expires_at <= at and expire(view, at):
        view = queries.find(member.workspace_id, view.id, envelope=True)
    refused = rights.refusal(view, member, "edit" if _changes(view, args) else verdict)
    if isinstance(refused, AlreadyDecided):
        raise refused
    if view.revision != revision or view.digest != digest:
        raise StaleRevision(
            f"Revision {view.revision} is the newest. Nothing was changed; look at it and decide on that."
        )
    if refused:
        raise refused
    if verdict == Verdict.APPROVE:
        refuse_stopped(view)
    return counted(view)


def _refuse_beyond_line(actor: Actor, view: ActionView) -> None:
    refused = slack_refusal(view) if actor.door is Door.SLACK else None
    if refused:
        raise refused


def _changes(before: ActionView, args: bytes | None) -> bool:
    return args is not None and args != before.args


def _cast(before: ActionView, ballot: _Ballot, looked_at: ActionView) -> Vote:
    """The vote on `before`, if it may be given yet. `looked_at` is what the person saw: the same, or what they edited.

    Raises TooSoon, ChecksRequired, EvidenceRequired, StepUpRequired.
    """
    checks: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    authenticated_by = ballot.actor.authenticated_by
    if ballot.verdict is Verdict.APPROVE:
        refuse_hasty(before, ballot.opened_at, ballot.at)
        checks = _ticked(before, ballot)
        evidence = refuse_unopened(looked_at, ballot.member.user_id)
        # Last, because it spends what the passkey answered.
        authenticated_by = ballot.step_up.confirm(before)
    member = ballot.member
    return Vote(
        id=ids.new("vot", ballot.at),
        user_id=member.user_id,
        name=member.name,
        verdict=ballot.verdict.value,
        groups=rights.groups_counted(before, member),
        door=ballot.actor.door.value,
        at=ballot.at,
        opened_at=ballot.opened_at,
        checks=checks,
        evidence=evidence,
        authenticated_by=authenticated_by,
    )


def _ticked(before: ActionView, ballot: _Ballot) -> tuple[str, ...]:
    asked = before.terms["checks"]
    missing = [check for check in asked if check not in ballot.checks]
    if missing:
        faults = [Fault("/checks", "unticked", f"Tick: {check}") for check in missing]
        told = "; ".join(missing)
        detail = f"Each approver ticks every check. Not ticked: {told}. Nothing was changed."
        raise ChecksRequired(detail, faults=faults)
    return tuple(asked)


def _vote(before: ActionView, ballot: _Ballot) -> tuple[Written, ActionView]:
    cast = _cast(before, ballot, before)
    ending = _ending(before, cast, ballot)
    closing_at = window(before, ending, ballot.at)
    if ending is None or closing_at:
        extras = Extras(rows=ballot.step_up.rows, remember=ballot.remember)
        return lifecycle.vote(
            before, cast=cast, said=ballot.said, closing_at=closing_at, actor=ballot.actor, extras=extras
        )
    with reserving(before, ending, ballot.at) as reserved:
        extras = Extras(rows=(*reserved, *ballot.step_up.rows), remember=ballot.remember)
        return lifecycle.decide(before, ending, actor=ballot.actor, at=ballot.at, extras=extras)


def _edit(before: ActionView, args: bytes | None, ballot: _Ballot) -> tuple[Written, ActionView]:
    found = _edited(before, args or b"", ballot.member, ballot.at)
    _refuse_beyond_line(ballot.actor, found.after)
    after, ending = found.after, None
    if not after.terms["second_person_for_edits"]:
        cast = _cast(after, ballot, before)
        ending = _ending(after, cast, ballot)
        closing_at = window(after, ending, ballot.at)
        ending = None if closing_at else ending
        after = after if ending else replace(after, votes=(cast,), closing_at=closing_at)
    with reserving(after, ending, ballot.at) as reserved:
        return lifecycle.revise(
            before,
            after,
            patch=found.patch,
            said=ballot.said,
            ending=ending,
            actor=ballot.actor,
            at=ballot.at,
            extras=Extras(rows=(*reserved, *ballot.step_up.rows), remember=ballot.remember, changes=found.changes),
        )


def _edited(before: ActionView, args: bytes, member: Member, at: datetime) -> Edited:
    """The edit by this person, who must also be free to approve under what the new arguments ask for."""
    found = edited(before, args, at)
    refused = rights.refusal(found.after, member, "edit")
    if refused:
        raise refused
    _refuse_new_evidence(before, found.after)
    return dataclasses.replace(found, after=replace(found.after, author_id=member.user_id))


def _refuse_new_evidence(before: ActionView, after: ActionView) -> None:
    """An edit is a vote on what was looked at, and what only the new arguments call for was not there to be opened."""
    more = set(after.terms.get("evidence", ())) - set(before.terms.get("evidence", ()))
    if more and not after.terms["second_person_for_edits"]:
        raise EditRefused(
            f"With these arguments a rule wants evidence opened first ({', '.join(sorted(more))}), which an edit cannot"
            " do. Reject it, and say in the note what to ask for instead.",
            code="evidence_required",
        )


def _ending(before: ActionView, cast: Vote, ballot: _Ballot) -> Ending | None:
    """The end that this vote brings, or None while more votes are needed. `before` holds no group in vain."""
    votes = (*before.votes, cast)
    if ballot.verdict is Verdict.REJECT:
        against = [vote for vote in votes if vote.verdict == "reject" and vote.groups]
        ends = len(against) >= before.terms["reject_quorum"]
        state = State.REJECTED
    else:
        ends = enough(before, votes)
        state = State.APPROVED
    if not ends:
        return None
    draft = state is State.APPROVED and before.terms["no_grant"]
    said = ballot.said
    why = "draft" if draft else said.reason_code
    return Ending(state, Source.PEOPLE, why, said.comment, cast, alternative=said.alternative)
