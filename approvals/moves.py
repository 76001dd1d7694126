"""What a move leaves behind, prepared and not written: its fact, its promises, and all that an end brings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from approvals import endings, facts, rows
from approvals.answers import ActionView, Vote, in_order
from approvals.endings import Ending
from approvals.strict_json import canonical
from audit import record
from audit.actor import Actor
from audit.canonical import stamp
from audit.kinds import EventKind
from audit.record import Prepared, Secret
from outbox import endpoints, post
from tenancy.rows import Row

Remember = Callable[[ActionView], Row]


class Said(NamedTuple):
    """Why somebody voted so: a word of the taxonomy, their own words, and the call that would have been right."""

    reason_code: str = ""
    comment: str = ""
    alternative: bytes = b""


@dataclass(frozen=True, slots=True)
class Extras:
    """What rides along: limit uses, columns that an edit moves, and the answer that a door remembers."""

    rows: tuple[Row, ...] = ()
    remember: Remember | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    def remembered(self, after: ActionView) -> Row | None:
        return self.remember(after) if self.remember else None


def end(view: ActionView, ending: Ending, actor: Actor, at: datetime) -> tuple[ActionView, list[Row]]:
    """The view after the end, and the rows that the end leaves: decision, snapshot, grant, fact and promises."""
    cast = ending.vote
    seen = replace(view, votes=in_order((*view.votes, cast))) if cast else view
    frozen = {**facts.frozen(seen), **endings.reading(seen, ending)}
    # All of it was read from JSON or is ours, so it holds neither NaN nor Infinity.
    shown = canonical(frozen, finite=True)
    template = f"{ending.door or actor.door.value}:{facts.TEMPLATE}"
    data = endings.told(seen, ending, actor, template)
    carried = endings.agreed(seen, ending)
    speaker = cast or (carried[-1] if carried else None)
    secrets = [
        Secret("shown", shown, view.id),
        *said(ending.comment, actor, speaker.user_id if speaker else view.id),
    ]
    if cast:
        secrets += [*ticked(view, cast), *better(view, ending.alternative)]
    decided = fact(EventKind.ACTION_DECIDED, view, actor, at, data, secrets)
    made = endings.decision(seen, ending, event_id=decided.event_id, actor=actor, at=at)
    grant = endings.grant(view, ending, at)
    written = [rows.decision(view, made), rows.snapshot(view, made, template, frozen, shown), *decided.rows]
    if cast:
        written += voted(view, cast, Said(ending.reason_code, ending.comment, ending.alternative))
    if grant:
        written += [rows.grant(view, grant), rows.timer(view, "grant_expires", grant.expires_at, at)]
    sinks = ("live", "feedback", "incidents") if endings.is_suspicious(view, ending) else ("live", "feedback")
    written += [tell(view, "action.decided", at, sink) for sink in sinks]
    written.append(webhook(view, endpoints.DECIDED, decided.event_id, at))
    after = replace(
        seen,
        state=ending.state.value,
        version=view.version + 1,
        question="",
        closing_at=None,
        decided_at=at,
        decision=made,
        grant=grant,
    )
    return after, written


def fact(
    kind: EventKind, view: ActionView, actor: Actor, at: datetime, data: dict[str, Any], secrets: Sequence[Secret]
) -> Prepared:
    if "seeded" in view.terms:
        data = {**data, "seeded": view.terms["seeded"]["kind"]}
    return record.prepare(
        kind=kind,
        workspace_id=view.workspace_id,
        actor=actor,
        at=at,
        subject=("action", view.id),
        action_id=view.id,
        revision=view.revision,
        digest=view.digest,
        policy={"version": view.policy_version_id, "rule": view.policy["rule"]},
        data=data,
        secrets=secrets,
    )


def closes(after: ActionView) -> dict[str, Any]:
    return {"closing_at": stamp(after.closing_at)} if after.closing_at else {}


def ticked(view: ActionView, cast: Vote) -> list[Secret]:
    """What the voter ticked and had to open, beside the bytes: the texts of many would not fit into an event."""
    lists = (("checks", cast.checks), ("evidence", cast.evidence))
    return [Secret(name, canonical(list(texts)), view.id) for name, texts in lists if texts]


def voted(view: ActionView, cast: Vote, said: Said) -> list[Row]:
    """The vote, and beside it what its caster named instead."""
    written = [rows.review(view, cast, said.reason_code, said.comment)]
    return [*written, rows.alternative(view, cast, said.alternative)] if said.alternative else written


def better(view: ActionView, alternative: bytes) -> list[Secret]:
    """Arguments are the matter of the action, so they are erased with it."""
    return [Secret("alternative", alternative, view.id)] if alternative else []


def said(comment: str, actor: Actor, about: str) -> list[Secret]:
    """Who it was and what they wrote: personal, so it can be erased."""
    named = [Secret("reviewer", canonical(actor.label), actor.id)] if actor.is_person else []
    return [*named, Secret("comment", canonical(comment), about)] if comment else named


def tell(view: ActionView, kind: str, at: datetime, sink: str = "live") -> Row:
    return post.prepare(
        sink=sink, kind=kind, workspace_id=view.workspace_id, subject=view.id, payload={"id": view.id}, at=at
    )


def webhook(view: ActionView, kind: str, ref: str, at: datetime) -> Row:
    """For each endpoint of the workspace or of the action's agent that takes this kind."""
    return post.prepare_webhook(
        kind=kind, workspace_id=view.workspace_id, subject=view.id, ref=ref, at=at, agent_id=view.agent_id
    )
