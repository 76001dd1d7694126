"""How an action ends, as values: the decision and the grant that follow from votes, policy, time or the agent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from approvals import patch
from approvals.answers import ActionView, DecisionView, GrantView, Vote
from approvals.material import is_material
from approvals.states import Reason, Source, State
from audit.actor import Actor
from audit.canonical import stamp
from tenancy import ids


@dataclass(frozen=True, slots=True)
class Ending:
    """`vote` is the one that decides now, where a person casts it; `door` is where it was cast, if that was before.

    `alternative` is the call that its caster named instead.
    """

    state: State
    source: Source
    reason_code: str = ""
    comment: str = ""
    vote: Vote | None = None
    door: str = ""
    alternative: bytes = b""


# The policy's refusals that count as a violation: the agent tried what it may not. A limit that is full is none.
VIOLATIONS = frozenset(
    {"denied_by_rule", "denied_by_default", "outside_allow_list", "version_blocked", "constraint_violated"}
)


def is_suspicious(view: ActionView, ending: Ending) -> bool:
    """Whether the end is one that an incident is opened for. Nobody is to be found out by a test action."""
    if "seeded" in view.terms:
        return False
    if ending.source is Source.PEOPLE:
        return ending.reason_code == Reason.LOOKS_MANIPULATED
    return ending.source is Source.POLICY and ending.reason_code in VIOLATIONS


def verdict(view: ActionView, ending: Ending) -> str:
    """The word that the audit log keeps."""
    if ending.source is Source.POLICY:
        return "allowed_by_policy" if ending.state is State.APPROVED else "denied_by_policy"
    if ending.source is Source.STOP_SWITCH:
        return "stopped"
    if ending.state is State.APPROVED and changed(view):
        return "approved_with_changes"
    return ending.state.value


def changed(view: ActionView) -> bool:
    """Whether people made something else of the proposal; an edit that was edited back did not."""
    return view.proposed is not None and view.proposed != view.args


def quorum(view: ActionView) -> list[str]:
    """How far each group has come, as "finance 1 of 2"."""
    return [f"{need['group']} {need['approvals']} of {need['quorum']}" for need in view.needs]


def agreed(view: ActionView, ending: Ending) -> list[Vote]:
    """The votes that carry the end, the last one last; none where no people decided."""
    if ending.source is not Source.PEOPLE:
        return []
    wanted = "approve" if ending.state is State.APPROVED else "reject"
    return [vote for vote in view.votes if vote.verdict == wanted and vote.groups]


def told(view: ActionView, ending: Ending, actor: Actor, template: str) -> dict[str, Any]:
    """What the fact of the decision says in the open. `view` already counts the deciding vote."""
    last = next(reversed(agreed(view, ending)), None)
    return {
        "verdict": verdict(view, ending),
        "source": ending.source.value,
        "reason_code": ending.reason_code or None,
        "quorum": quorum(view),
        "groups": list(last.groups) if last else [],
        "authenticated_by": (last.authenticated_by if last else actor.authenticated_by) or None,
        "separation_of_duties": "checked" if last else None,
        "template": template,
        **care(last),
    }


def care(vote: Vote | None) -> dict[str, Any]:
    """When a voter opened the revision, when they voted, and the milliseconds between."""
    if vote is None:
        return {"opened_at": None, "voted_at": None, "dwell_ms": None}
    opened = stamp(vote.opened_at) if vote.opened_at else None
    return {"opened_at": opened, "voted_at": stamp(vote.at), "dwell_ms": vote.dwell_ms}


def reading(view: ActionView, ending: Ending) -> dict[str, Any]:
    """How people read and voted, for the snapshot: the dwell of the deciding vote, and each vote with its own."""
    last = next(reversed(agreed(view, ending)), None)
    votes = [
        {
            "reviewer": vote.user_id,
            "verdict": vote.verdict,
            "checks": list(vote.checks),
            "evidence": list(vote.evidence),
            "authenticated_by": vote.authenticated_by,
            **care(vote),
        }
        for vote in view.votes
    ]
    return {"dwell_ms": last.dwell_ms if last else None, "votes": votes}


def decision(view: ActionView, ending: Ending, *, event_id: str, actor: Actor, at: datetime) -> DecisionView:
    """`view` already counts the deciding vote; a vote without groups counts nowhere."""
    people = agreed(view, ending)
    edited, material = ending.state is State.APPROVED and changed(view), False
    changes: list[dict[str, Any]] = []
    if view.proposed is not None:
        proposed, signed = orjson.loads(view.proposed), orjson.loads(view.args)
        changes, material = patch.between(proposed, signed), edited and is_material(proposed, signed)
    return DecisionView(
        id=ids.new("dec", at),
        outcome=ending.state.value,
        source=ending.source.value,
        revision=view.revision,
        edited=edited,
        material=material,
        changes=changes,
        reason_code=ending.reason_code,
        comment=ending.comment,
        decided_by=[{"id": vote.user_id, "name": vote.name} for vote in people],
        decided_at=at,
        door=ending.door or actor.door.value,
        event_id=event_id,
    )


def grant(view: ActionView, ending: Ending, at: datetime) -> GrantView | None:
    """Permission for the agent to execute, in whole seconds as the token has them; none in tier `draft`."""
    if ending.state is not State.APPROVED or view.terms["no_grant"]:
        return None
    issued = at.replace(microsecond=0)
    until = issued + timedelta(seconds=view.terms["execute_within"])
    return GrantView(ids.new("gra", at), issued, until, sha256(view.args).hexdigest())
