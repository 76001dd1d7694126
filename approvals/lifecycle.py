"""The only writer of state.

Each function prepares one move and hands it to `statements`: the guarded change of the action, the rows of the move,
the fact for the audit log and the promises for everybody who has to hear of it, all in one transaction.
`statements.Written` says whether it happened; a lost guard is the caller's to name (who was first, or what moved).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from approvals import endings, moves, rows, statements
from approvals.answers import ActionView, Vote, in_order
from approvals.endings import Ending
from approvals.errors import IllegalMove
from approvals.moves import Extras as Extras
from approvals.moves import Remember as Remember
from approvals.moves import Said as Said
from approvals.statements import Clock, Moving, Opening, Write
from approvals.statements import Written as Written
from approvals.states import TRANSITIONS, Move, State
from approvals.strict_json import canonical
from audit.actor import Actor
from audit.canonical import stamp
from audit.kinds import EventKind
from audit.record import Secret
from outbox import endpoints
from tenancy.rows import Row

_MOVE_TO = {
    State.APPROVED: Move.APPROVE,
    State.REJECTED: Move.REJECT,
    State.EXPIRED: Move.EXPIRE,
    State.WITHDRAWN: Move.WITHDRAW,
}


def open(
    view: ActionView,
    *,
    claims: dict[str, Any],
    stops_id: str,
    ending: Ending | None,
    actor: Actor,
    at: datetime,
    extras: Extras,
) -> tuple[Written, ActionView]:
    """Writes a new action; with an `ending` (policy decided at once) also its decision. `view` is in state pending.

    `stops_id` names the stop switches under which it was evaluated.
    """
    _check(Move.OPEN, None, ending.state if ending else State.PENDING)
    secrets = [
        Secret("args", view.args, claims["counterpart"] or view.id),
        Secret("claims", canonical(claims["envelope"]), view.id),
    ]
    data = {"tool": view.tool, "effect": view.policy["effect"], "expires_at": stamp(view.expires_at)}
    if "standing_grant" in view.policy:
        data["standing_grant"] = view.policy["standing_grant"]
    submitted = moves.fact(EventKind.ACTION_SUBMITTED, view, actor, at, data, secrets)
    written = [
        rows.revision(view, actor, [], at),
        *submitted.rows,
        *extras.rows,
        moves.tell(view, "action.submitted", at),
    ]
    if ending is None:
        after = view
        written.append(rows.timer(view, "expire", view.expires_at, at))
    else:
        after, ended = moves.end(view, ending, actor, at)
        after = replace(after, version=view.version)
        written += ended
    written.insert(0, rows.action(after, claims))
    guard = Opening(view.workspace_id, view.agent_id, view.key_id, view.policy_version_id, stops_id)
    wakes = (view.id,) if ending else ()
    return statements.apply(Write(guard, tuple(written), extras.remembered(after), wakes)), after


def vote(
    before: ActionView, *, cast: Vote, said: Said, closing_at: datetime | None, actor: Actor, extras: Extras
) -> tuple[Written, ActionView]:
    """Counts a vote that does not decide yet. It moves `version`, so that two last votes cannot miss each other.

    With `closing_at` nothing is missing and the undo window opens; without, one that is open ends.
    """
    votes = in_order((*before.votes, cast))
    after = replace(before, version=before.version + 1, votes=votes, closing_at=closing_at)
    kind = EventKind.REVIEW_APPROVED if cast.verdict == "approve" else EventKind.REVIEW_REJECTED
    data = {
        "verdict": cast.verdict,
        "groups": list(cast.groups),
        "quorum": endings.quorum(after),
        **moves.closes(after),
    }
    data |= {"authenticated_by": cast.authenticated_by or None, **endings.care(cast)}
    fact = moves.fact(
        kind,
        before,
        actor,
        cast.at,
        data,
        [
            *moves.said(said.comment, actor, actor.id),
            *moves.ticked(before, cast),
            *moves.better(before, said.alternative),
        ],
    )
    written = [
        *moves.voted(before, cast, said),
        *fact.rows,
        *extras.rows,
        moves.tell(before, "action.reviewed", cast.at),
    ]
    return _move(Move.VOTE, before, after, cast.at, Clock.BEFORE_EXPIRY, {}, written, extras), after


def undo(
    before: ActionView, *, taken: Vote | None, because: tuple[str, str], actor: Actor, at: datetime
) -> tuple[Written, ActionView]:
    """Ends the undo window without a decision; `taken` is the vote that is taken back with it.

    `because` is a word for the log and, where it was not a person's own wish, a sentence for people.
    """
    votes = tuple(vote for vote in before.votes if vote is not taken)
    undone = (*before.undone, taken.user_id) if taken else before.undone
    after = replace(before, version=before.version + 1, votes=votes, undone=tuple(sorted(undone)), closing_at=None)
    word, text = because
    kind = EventKind.REVIEW_UNDONE if actor.is_person else EventKind.CLOSING_CANCELLED
    data = {"because": word, "vote": taken.id if taken else None, "quorum": endings.quorum(after)}
    secrets = [Secret("text", canonical(text), before.id)] if text else []
    fact = moves.fact(kind, before, actor, at, data, [*moves.said("", actor, actor.id), *secrets])
    written = [*fact.rows, moves.tell(before, kind.value.replace(":", "."), at)]
    if taken:
        written.append(rows.retraction(before, taken, word, at))
    if text:
        written.append(rows.message(before, actor, text, at))
    return _move(Move.UNDO, before, after, at, Clock.BEFORE_EXPIRY, {}, written, Extras()), after


def decide(
    before: ActionView, ending: Ending, *, actor: Actor, at: datetime, extras: Extras
) -> tuple[Written, ActionView]:
    """Ends the action. Time may only end it after its expiry, and people only before; an approval waits for the end of
    its undo window.
    """
    move = _MOVE_TO[ending.state]
    clock = Clock.AFTER_EXPIRY if move is Move.EXPIRE else Clock.BEFORE_EXPIRY
    if move is Move.APPROVE and before.closing_at:
        clock = Clock.AFTER_CLOSING
    after, written = moves.end(before, ending, actor, at)
    changes = {"decided_at": at, "question": ""}
    return _move(move, before, after, at, clock, changes, [*written, *extras.rows], extras), after


def revise(
    before: ActionView,
    after: ActionView,
    *,
    patch: list[dict[str, Any]],
    said: Said,
    ending: Ending | None,
    actor: Actor,
    at: datetime,
    extras: Extras,
) -> tuple[Written, ActionView]:
    """Writes `after` as the next revision; all votes on the one before are void. The editor's own vote may decide it,
    or open an undo window (`after.closing_at`).

    `extras.changes` carries the columns that the new arguments move (effect sentence, amount, counterpart, terms,
    risk).
    """
    data: dict[str, Any] = {"from_revision": before.revision, "to_revision": after.revision}
    subject = extras.changes["counterpart"] or after.id
    secrets = [Secret("args", after.args, subject), Secret("patch", canonical(patch), subject)]
    if ending is None:
        data |= {"reason_code": said.reason_code or None, "quorum": endings.quorum(after), **moves.closes(after)}
        secrets += moves.said(said.comment, actor, actor.id)
        for own in after.votes:
            data |= {"authenticated_by": own.authenticated_by or None, **endings.care(own)}
            secrets += moves.ticked(after, own)
    revised = moves.fact(EventKind.ACTION_REVISED, after, actor, at, data, secrets)
    written = [rows.revision(after, actor, patch, at), *revised.rows, *extras.rows]
    changes: dict[str, Any] = {"revision": after.revision, **extras.changes}
    after = replace(after, version=before.version + 1)
    if ending is not None:
        after, ended = moves.end(replace(after, version=before.version), ending, actor, at)
        written += ended
        changes |= {"decided_at": at, "question": ""}
    else:
        written.append(moves.tell(after, "action.revised", at))
        written += [row for own in after.votes for row in moves.voted(after, own, said)]
    return _move(Move.REVISE, before, after, at, Clock.BEFORE_EXPIRY, changes, written, extras), after


def converse(
    before: ActionView, *, text: str, actor: Actor, at: datetime, extras: Extras
) -> tuple[Written, ActionView]:
    """Adds a question (from a person) or an answer (from the agent). Neither stops the clock."""
    asked = actor.is_person
    kind = EventKind.QUESTION_ASKED if asked else EventKind.QUESTION_ANSWERED
    fact = moves.fact(kind, before, actor, at, {}, [Secret("text", canonical(text), actor.id if asked else before.id)])
    told = moves.tell(before, "action.asked" if asked else "action.answered", at)
    written = [rows.message(before, actor, text, at), *fact.rows, told]
    if asked:
        written.append(moves.webhook(before, endpoints.ASKED, fact.event_id, at))
    after = replace(before, version=before.version + 1, question=text if asked else "")
    move = Move.ASK if asked else Move.ANSWER
    changes = {"question": after.question}
    return _move(move, before, after, at, Clock.BEFORE_EXPIRY, changes, written, extras), after


def _move(
    move: Move,
    before: ActionView,
    after: ActionView,
    at: datetime,
    clock: Clock,
    changes: dict[str, Any],
    written: Sequence[Row],
    extras: Extras,
) -> Written:
    _check(move, State(before.state), State(after.state))
    if not after.is_open:
        changes = {"state": after.state, **changes}
    if after.closing_at != before.closing_at:
        changes = {**changes, "closing_at": after.closing_at}
        if after.closing_at:
            written = [*written, rows.timer(after, "close", after.closing_at, at)]
    guard = Moving(before.workspace_id, before.id, before.version, clock, changes, at)
    return statements.apply(Write(guard, tuple(written), extras.remembered(after), (before.id,)))


def _check(move: Move, before: State | None, after: State) -> None:
    if after not in TRANSITIONS.get((move, before), ()):
        raise IllegalMove(f"{move.value}: {before} -> {after}")
