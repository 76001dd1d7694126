"""Two writings of an agent's leash: what it may call, in which tier, and what its versions may do."""

from approvals.policy.model import TIERS, AgentSpec, Canary, Tier, VersionState
from approvals.policy.tightening import Aspect, Direction, compared, covers, gravest

_APPROVALS = TIERS.index("approvals")


def added(spec: AgentSpec, *, tier_is_read: bool, agent_is_read: bool) -> Direction:
    """An agent that was not listed had every tool in tier approvals, and all its versions were candidates."""
    if tier_is_read or agent_is_read:
        return "unknown"
    highest = max(TIERS.index(tier) for tier in _tiers(spec))
    plain = all(state in {"candidate", "blocked"} for state in spec.versions.values())
    return "tightens" if highest <= _APPROVALS and plain else "loosens"


def changed(old: AgentSpec, new: AgentSpec, *, tier_is_read: bool, agent_is_read: bool) -> tuple[Aspect, ...]:
    tools = _tools(old, new)
    # A rule may read the tier, and then a lower one can open what a higher one closed.
    if tier_is_read:
        tools = tuple(Aspect("unknown", aspect.text) for aspect in tools)
    versions = _versions(old, new)
    if agent_is_read:
        versions = tuple(Aspect("unknown", aspect.text) for aspect in versions)
    narrower = set(new.data_scopes) <= set(old.data_scopes)
    scopes = compared("data scopes", old.data_scopes, new.data_scopes, "tightens" if narrower else "loosens")
    return (*compared("owner", old.owner, new.owner, "unknown"), *tools, *versions, *scopes)


def _tiers(spec: AgentSpec) -> list[Tier]:
    return [spec.tier, *[grant.tier or spec.tier for grant in spec.tools]]


def _tools(old: AgentSpec, new: AgentSpec) -> tuple[Aspect, ...]:
    """Of all patterns that a tool fits the closest decide, the lowest tier among equals."""
    before = {grant.pattern: grant.tier or old.tier for grant in old.tools}
    after = {grant.pattern: grant.tier or new.tier for grant in new.tools}
    text = f"tools: {_listed(before)} → {_listed(after)}"
    if before == after:
        return compared("tier elsewhere", old.tier, new.tier, "same")
    parts: list[Direction] = []
    for pattern in before.keys() & after.keys():
        step = TIERS.index(after[pattern]) - TIERS.index(before[pattern])
        parts.append("loosens" if step > 0 else "tightens" if step < 0 else "same")
    gone = [before[pattern] for pattern in before.keys() - after.keys()]
    parts += ["tightens" if _none_above(after, tier) else "unknown" for tier in gone]
    for pattern in after.keys() - before.keys():
        listed = covers(tuple(before), (pattern,))
        lowest = min(TIERS.index(tier) for tier in before.values()) if before else -1
        parts.append("loosens" if not listed else "tightens" if TIERS.index(after[pattern]) <= lowest else "unknown")
    return (Aspect(gravest(parts), text),)


def _none_above(tiers: dict[str, Tier], tier: Tier) -> bool:
    """Whether a tool that loses its own line, and so falls to another one or to none, rises in no case."""
    return all(TIERS.index(other) <= TIERS.index(tier) for other in tiers.values())


def _listed(tools: dict[str, Tier]) -> str:
    return ", ".join(f"{pattern} ({tier})" for pattern, tier in tools.items()) or "nothing"


def _versions(old: AgentSpec, new: AgentSpec) -> tuple[Aspect, ...]:
    """A label that is not listed is a candidate."""
    parts: list[Aspect] = []
    for label in sorted(old.versions.keys() | new.versions.keys()):
        before, after = old.versions.get(label, "candidate"), new.versions.get(label, "candidate")
        stricter = _freedom(after) < _freedom(before)
        parts += compared(f"version {label}", _word(before), _word(after), "tightens" if stricter else "loosens")
    return tuple(parts)


def _freedom(state: VersionState) -> float:
    if isinstance(state, Canary):
        return 1 + float(state.percent)
    return {"blocked": 0.0, "candidate": 1.0, "live": 1000.0}[state]


def _word(state: VersionState) -> str:
    return f"canary {state.percent:f} %" if isinstance(state, Canary) else state
