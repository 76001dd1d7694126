"""What a new document changes, part by part, and whether it provably tightens.

`tightens` is a proof: no call gets a looser answer than before. `loosens` and `unknown` are treated alike: whoever
activates such a document needs a second person. The proof covers effect, groups and quorums, spans, checks, tiers,
versions, limits and freezes; what it does not understand is unknown.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal, TypeVar

from approvals.policy import diff_agents, diff_parts, diff_rules
from approvals.policy.compiled import Policy
from approvals.policy.tightening import Aspect, Direction, compared, gravest

Word = Literal["added", "removed", "changed"]
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Change:
    """One part of the document: `part` is rule, limit, tool, …, `details` say what differs in it."""

    part: str
    name: str
    word: Word
    direction: Direction
    details: tuple[Aspect, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    changes: tuple[Change, ...]

    @property
    def direction(self) -> Direction:
        return gravest([change.direction for change in self.changes])

    @property
    def is_tightening(self) -> bool:
        """Whether no call can get a looser answer; a document that changes nothing counts."""
        return self.direction in {"same", "tightens"}

    def tree(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"direction": self.direction, "tightens": self.is_tightening, **asdict(self)}


def difference(old: Policy, new: Policy, *, at: datetime) -> Difference:
    """Every change from the old document to the new one, in the document's order."""
    return Difference(tuple(_changes(old, new, at)))


def _changes(old: Policy, new: Policy, at: datetime) -> Iterator[Change]:
    before, after = old.document, new.document
    read = old.names_read | new.names_read
    tier, agent = "tier" in read, "agent" in read
    yield from _whole("defaults", diff_parts.defaults_changed(before.defaults, after.defaults))
    yield from _parts(
        "tool",
        before.tools,
        after.tools,
        added=lambda spec: "loosens",
        removed=lambda spec: "unknown",
        changed=lambda one, other: diff_parts.tool_changed(one, other, after.defaults),
    )
    yield from _parts(
        "agent",
        before.agents,
        after.agents,
        added=partial(diff_agents.added, tier_is_read=tier, agent_is_read=agent),
        removed=lambda spec: "unknown",
        changed=partial(diff_agents.changed, tier_is_read=tier, agent_is_read=agent),
    )
    yield from _parts(
        "rule",
        {rule.id: rule for rule in before.rules},
        {rule.id: rule for rule in after.rules},
        added=lambda rule: diff_rules.added(rule, after.defaults),
        removed=diff_rules.removed,
        changed=lambda one, other: diff_rules.changed(one, other, after.defaults),
    )
    yield from _limits(old, new, history="history" in read)
    yield from _parts(
        "freeze",
        {freeze.id: freeze for freeze in before.freezes},
        {freeze.id: freeze for freeze in after.freezes},
        added=lambda freeze: "tightens",
        removed=lambda freeze: diff_parts.freeze_removed(freeze, at),
        changed=lambda one, other: diff_parts.freeze_changed(one, other, at),
    )
    yield from _opaque("escalation", before.escalations, after.escalations)
    yield from _opaque("schedule", before.schedules, after.schedules)
    yield from _whole("tests", compared("tests", len(before.tests), len(after.tests), "same"))


def _limits(old: Policy, new: Policy, *, history: bool) -> Iterator[Change]:
    """A rule may read what a limit has used; then a limit that comes or goes changes what that rule matches."""
    changes = _parts(
        "limit",
        {limit.id: limit for limit in old.document.limits},
        {limit.id: limit for limit in new.document.limits},
        added=lambda limit: diff_parts.limit_added(limit, new.document),
        removed=lambda limit: "loosens",
        changed=lambda one, other: diff_parts.limit_changed(one, other, new.document),
    )
    for change in changes:
        opaque = history and change.direction == "tightens"
        yield Change(change.part, change.name, change.word, "unknown", change.details) if opaque else change


def _parts(
    part: str,
    before: Mapping[str, Part],
    after: Mapping[str, Part],
    *,
    added: Callable[[Part], Direction],
    removed: Callable[[Part], Direction],
    changed: Callable[[Part, Part], tuple[Aspect, ...]],
) -> Iterator[Change]:
    for name, old in before.items():
        if name not in after:
            yield Change(part, name, "removed", removed(old))
        elif details := changed(old, after[name]):
            yield Change(part, name, "changed", diff_parts.overall(details), details)
    for name, new in after.items():
        if name not in before:
            yield Change(part, name, "added", added(new))


def _whole(part: str, details: tuple[Aspect, ...]) -> Iterator[Change]:
    if details:
        yield Change(part, "", "changed", diff_parts.overall(details), details)


def _opaque(part: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Change]:
    """Whom to tell and when: it can hand an action to other people, so nothing about it is provable."""
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            word: Word = "added" if name not in before else "removed" if name not in after else "changed"
            yield Change(part, name, word, "unknown")
