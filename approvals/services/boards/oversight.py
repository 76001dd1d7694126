"""Oversight: what policy let through, asked about and refused, and how often people said otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.queries import naming
from approvals.models import PolicyActivation
from approvals.rollups.tally import REASON
from approvals.services.boards import sums
from approvals.services.boards.sums import DECIDED, Rate
from approvals.services.boards.windows import Window
from tenancy import ids

RULES = 30
REASONS = 15
CHANGES = 50
_SPLIT = ("proposed", "allowed", "asked", "denied", "stopped", "violations")


@dataclass(frozen=True, slots=True)
class Split:
    """What policy said, and what people then did, of one hour or day, rule, or of all."""

    proposed: int
    allowed: int
    asked: int
    denied: int
    stopped: int
    violations: int
    cosmetic: int
    overridden: Rate


@dataclass(frozen=True, slots=True)
class PointRow:
    """`change` names what changed meanwhile, "" for nothing."""

    at: datetime
    split: Split
    change: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """`rule` is "" where no rule of its own decided: the defaults, a tier, a limit, or the allow-list."""

    rule: str
    split: Split


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """`verdict` is rejected or edited (people) or denied (policy)."""

    verdict: str
    reason: str
    tool: str
    n: int

    @property
    def code(self) -> str:
        return f"{self.verdict}:{self.reason}"


@dataclass(frozen=True, slots=True)
class Change:
    """A moment at which numbers may jump for a reason: another policy, or a new version of an agent."""

    at: datetime
    what: str
    link: str


@dataclass(frozen=True, slots=True)
class Oversight:
    total: Split
    points: tuple[PointRow, ...]
    rules: tuple[RuleRow, ...]
    reasons: tuple[ReasonRow, ...]
    changes: tuple[Change, ...]

    @property
    def violations_per_thousand(self) -> float | None:
        return 1000 * self.total.violations / self.total.proposed if self.total.proposed else None


def oversight(workspace_id: str, window: Window) -> Oversight:
    names = (*_SPLIT, *DECIDED)
    by_point = {row["at"]: row for row in sums.cells(workspace_id, window, ("at",), names)}
    nothing = dict.fromkeys(names, 0)
    everything = {name: sum(row[name] for row in by_point.values()) for name in names}
    by_rule = sorted(
        sums.cells(workspace_id, window, ("rule",), names), key=lambda row: (-row["proposed"], row["rule"])
    )
    reasons = sums.parts(workspace_id, window, REASON, ("key", "tool"))
    changed = changes(workspace_id, window)
    return Oversight(
        total=_split(everything),
        points=tuple(
            PointRow(at, _split(by_point.get(at, nothing)), told(changed, at, window)) for at in window.points
        ),
        rules=tuple(RuleRow(row["rule"], _split(row)) for row in by_rule[:RULES]),
        reasons=tuple(_reason(row) for row in sorted(reasons, key=lambda row: (-row["n"], row["key"], row["tool"])))[
            :REASONS
        ],
        changes=changed,
    )


def changes(workspace_id: str, window: Window) -> tuple[Change, ...]:
    """Oldest first."""
    first, end = ids.floor("pac", window.since), ids.floor("pac", window.until)
    activated = PolicyActivation.everywhere.filter(workspace_id=workspace_id, id__gte=first, id__lt=end)
    columns = activated.order_by("-id").values_list("activated_at", "version__name", "version_id")[:CHANGES]
    found = [Change(at, f"Policy {name} became active", version_id) for at, name, version_id in columns]
    for agent, version, at in naming.first_seen(workspace_id, window.since, window.until):
        found.append(Change(at, f"{agent} came as {version}", ""))
    return tuple(sorted(found, key=lambda change: (change.at, change.what)))


def told(changed: Sequence[Change], at: datetime, window: Window) -> str:
    """What changed within the hour or day that begins at `at`."""
    return "; ".join(change.what for change in changed if at <= change.at < at + window.step)


def _split(counts: Mapping[str, Any]) -> Split:
    return Split(
        **{name: counts[name] for name in _SPLIT},
        cosmetic=counts["edited"] - counts["material"],
        overridden=sums.overridden(counts),
    )


def _reason(row: Mapping[str, Any]) -> ReasonRow:
    verdict, _, reason = row["key"].partition(":")
    return ReasonRow(verdict, reason, row["tool"], row["n"])
