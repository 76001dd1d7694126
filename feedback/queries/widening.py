"""Whether a policy widens what an agent may do although the agent does not meet the five controls."""

from dataclasses import dataclass
from datetime import datetime

from approvals import policies
from approvals.policy import diff_agents
from approvals.policy.model import Document
from approvals.policy.tightening import Aspect
from feedback.queries import readiness
from feedback.readiness import Control

# An agent's owner widens nothing.
WIDENING = ("tools", "tier elsewhere", "version ", "data scopes")


@dataclass(frozen=True, slots=True)
class Unready:
    """`how` says what would be wider; `lacking` which controls are not met."""

    agent: str
    how: tuple[str, ...]
    lacking: tuple[Control, ...]


def unready(workspace_id: str, version_id: str, at: datetime) -> list[Unready]:
    """Of each agent whose tier, tools, data or versions the policy version would widen, what it lacks; by name."""
    active = policies.active(workspace_id, fresh=True)
    if active is None:
        return []
    wider = widened(active.policy.document, policies.compiled(version_id).document)
    if not wider:
        return []
    known = {one.agent_name: one.lacking for one in readiness.readiness_of(workspace_id, at)}
    unknown = readiness.lacking_without_record(workspace_id)
    lacking = {name: tuple(map(Control, known.get(name, unknown))) for name in wider}
    return [Unready(name, wider[name], lacking[name]) for name in sorted(wider) if lacking[name]]


def is_asked(workspace_id: str) -> bool:
    """Whether somebody has set a control: before that there is nothing to meet, and pages only say so."""
    return any(control.set_at for control in readiness.controls(workspace_id))


def widened(old: Document, new: Document) -> dict[str, tuple[str, ...]]:
    """By agent, what is not provably at least as strict as before: its tier and tools, data, and states of versions.

    Rules are no agent's own and need two people as it is; those that an agent earned are proposed only where it meets
    the five.
    """
    found = {name: tuple(aspect.text for aspect in _aspects(old, new, name)) for name in sorted(new.agents)}
    return {name: how for name, how in found.items() if how}


def _aspects(old: Document, new: Document, name: str) -> list[Aspect]:
    before, after = old.agents.get(name), new.agents[name]
    if before is None:
        direction = diff_agents.added(after, tier_is_read=False, agent_is_read=False)
        return [Aspect(direction, f"it is listed, in tier {after.tier}")] if direction != "tightens" else []
    aspects = diff_agents.changed(before, after, tier_is_read=False, agent_is_read=False)
    return [one for one in aspects if one.direction in {"loosens", "unknown"} and one.text.startswith(WIDENING)]
