"""What the action page prints, as values: the facts, what changed, and buttons with why they are off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import orjson
from django.http import Http404
from django.utils.functional import SimpleLazyObject

from accounts import queries as accounts_queries
from accounts.queries import Away, Member, Verb
from approvals import facts, patch, queries, rights
from approvals.answers import ActionView
from approvals.errors import ApprovalError, NotFound
from approvals.facts import Facts
from approvals.marks import Segment, segments
from approvals.services import claims, counting, escalation_board, holding, listening, opening
from approvals.services.claims import ClaimView
from approvals.services.opening import Piece
from console.web.calls import call_shown
from console.web.judging import judged
from console.web.oddities import shown as shown
from console.web.pieces import why_closed


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs. A side is None where nothing stands there."""

    pointer: tuple[Segment, ...]
    before: tuple[Segment, ...] | None
    after: tuple[Segment, ...] | None


@dataclass(frozen=True, slots=True)
class Button:
    """`why` is the reason that the button is off, "" when it works."""

    why: str

    @property
    def is_on(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class Buttons:
    approve: Button
    reject: Button
    edit: Button
    ask: Button


def find(member: Member, action_id: str) -> ActionView:
    """The action with its envelope; a foreign or unknown id is 404."""
    try:
        return counting.counted(queries.find(member.workspace_id, action_id, envelope=True))
    except NotFound as error:
        raise Http404(error.detail) from error


def context(member: Member, view: ActionView, now: datetime) -> dict[str, Any]:
    """Everything that the templates of one action need."""
    pieces = opening.pieces(view, member.user_id) if rights.refusal(view, member, "ask") is None else []
    return {
        "action": view,
        "incidents": queries.incidents_of(view),
        "better": call_shown(queries.alternative_of(view)),
        "may_report": member.may(Verb.WORK_INCIDENT),
        **of_facts(facts.of(view), view),
        "needs": view.needs,
        "away": away(view, now),
        "stopped_at": listening.gone(view.workspace_id, [view.id], now).get(view.id) if view.is_open else None,
        "thread": queries.messages(view),
        "revisions": revisions(view),
        "lesson": queries.lesson(view, member.user_id),
        "buttons": buttons(view, member, pieces),
        "evidence": pieces,
        # What is opened piece by piece does not stand open elsewhere on the page.
        "shut": set(view.terms.get("evidence", ())) if pieces else set(),
        "escalation": SimpleLazyObject(lambda: escalation_board.of_action(view)),
        "may_route": view.is_open and member.may(Verb.ROUTE),
        "may_draft": member.may(Verb.DRAFT_POLICY),
        **company(member, view, now),
        "now": now,
    }


def of_facts(drawn: Facts, view: ActionView) -> dict[str, Any]:
    """What the facts give the templates: the same of an action as it stands and of one that was decided long ago.
    `judged` reads the history when a template first asks.
    """
    return {
        "facts": drawn,
        "judged": SimpleLazyObject(lambda: judged(view, drawn)),
        "title": drawn.effect or segments(f"Calls {drawn.tool}"),
        "digest": drawn.digest,
    }


def away(view: ActionView, now: datetime) -> list[Away]:
    """Who of the groups that have to agree is away, and has not voted."""
    if not view.is_open:
        return []
    voted = {vote.user_id for vote in view.votes}
    asked = accounts_queries.away(view.workspace_id, [need["group"] for need in view.needs], now)
    return [person for person in asked if person.user_id not in voted]


def changes(before: bytes, after: bytes) -> list[Change]:
    """What differs between two texts of canonical arguments, place by place."""
    old, new = orjson.loads(before), orjson.loads(after)
    return [
        Change(
            pointer=segments(step["path"] or "/"),
            before=None if step["op"] == "add" else _drawn(patch.at(old, step["path"])),
            after=None if step["op"] == "remove" else _drawn(step["value"]),
        )
        for step in patch.between(old, new)
    ]


def _drawn(value: Any) -> tuple[Segment, ...]:
    """Strings in quotes, so that "5" and 5 look different."""
    return segments(orjson.dumps(value).decode())


def revisions(view: ActionView) -> list[dict[str, Any]]:
    """Each revision after the first with its changes from the one before, newest first."""
    if view.revision == 1:
        return []
    rows = queries.revisions(view)
    pairs = pairwise(rows)
    return [{"revision": new, "changes": changes(old.args, new.args)} for old, new in pairs][::-1]


def buttons(view: ActionView, member: Member, pieces: Sequence[Piece]) -> Buttons:
    approve, reject, edit, ask = (
        _button(rights.refusal(view, member, verdict)) for verdict in ("approve", "reject", "edit", "ask")
    )
    if approve.is_on and view.terms["step_up"]:
        approve = Button(_why_unsigned(member))
    if approve.is_on:
        approve = Button(why_closed(pieces))
    stop = holding.holds(view)
    if stop is not None:
        held = Button(holding.why(stop))
        approve, edit = (held if approve.is_on else approve), (held if edit.is_on else edit)
    return Buttons(approve=approve, reject=reject, edit=edit, ask=ask)


def _why_unsigned(member: Member) -> str:
    why = accounts_queries.why_no_passkey(member.user_id)
    return f"Each approval here is signed by a passkey. {why}" if why else ""


def _button(refusal: ApprovalError | None) -> Button:
    return Button(refusal.detail if refusal else "")


def may_vote(view: ActionView, member: Member) -> bool:
    return rights.refusal(view, member, "reject") is None


def first_for(views: Sequence[ActionView], member: Member, held: Mapping[str, ClaimView]) -> ActionView | None:
    """The first that waits for this person and that nobody else holds."""
    return next((view for view in views if may_vote(view, member) and not by_another(held.get(view.id), member)), None)


def first_to_open(views: Sequence[ActionView], member: Member, held: Mapping[str, ClaimView]) -> ActionView | None:
    """The same; where there is none, the first of all."""
    return first_for(views, member, held) or (views[0] if views else None)


def by_another(claim: ClaimView | None, member: Member) -> bool:
    return claim is not None and claim.user_id != member.user_id


def company(member: Member, view: ActionView, now: datetime) -> dict[str, Any]:
    """Who has claimed the action, and whether this person may."""
    claim = claims.held(view.workspace_id, [view.id], now).get(view.id) if view.is_open else None
    return {
        "claim": claim,
        "is_mine": claim is not None and claim.user_id == member.user_id,
        "claimable": claim is None and may_vote(view, member),
        "batchable": is_plain(view) and may_vote(view, member),
    }


def is_plain(view: ActionView) -> bool:
    """Whether actions of this sort can be decided together: low risk, described by the policy, which wants no more than
    a vote.
    """
    asks = view.terms["step_up"] or view.terms["checks"] or view.terms.get("evidence")
    return view.is_open and view.risk == "low" and bool(view.effect_sentence) and not asks
