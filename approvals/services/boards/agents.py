"""Agents: how often each has to ask, how its versions fare, whether tools and tasks succeed, and what these cost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts import queries as accounts_queries
from accounts.queries import naming
from approvals.narrowing import NO_VERSION
from approvals.rollups.tally import COST, TASK
from approvals.services.boards import levels, sums
from approvals.services.boards.oversight import Change, changes, told
from approvals.services.boards.sums import DECIDED, Rate
from approvals.services.boards.windows import Window

VERSIONS = TOOLS = 30
_NAMES = ("proposed", "asked", *DECIDED, "succeeded", "failed", "unknown", "drifted", "traced")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one currency: of `tasks` that told a cost, the sum and the mean."""

    currency: str
    tasks: int
    amount: Decimal

    @property
    def each(self) -> Decimal:
        return (self.amount / self.tasks).quantize(Decimal("0.0001")) if self.tasks else Decimal(0)


@dataclass(frozen=True, slots=True)
class Doing:
    """`approved` of what people decided; `ran` well of what was executed; `tasks` succeeded of those that ended."""

    proposed: int
    asked: Rate
    approved: Rate
    overridden: Rate
    ran: Rate
    unknown: int
    drifted: int
    traced: Rate
    tasks: Rate
    costs: tuple[Cost, ...]
    gone: int


@dataclass(frozen=True, slots=True)
class AgentRow:
    id: str
    name: str
    doing: Doing


@dataclass(frozen=True, slots=True)
class VersionRow:
    """`name` is "" for calls that told no version."""

    id: str
    agent: str
    name: str
    first_seen_at: datetime | None
    doing: Doing

    @property
    def code(self) -> str:
        return self.id or NO_VERSION


@dataclass(frozen=True, slots=True)
class ToolRow:
    tool: str
    doing: Doing


@dataclass(frozen=True, slots=True)
class PointRow:
    """`change` names what changed meanwhile, "" for nothing."""

    at: datetime
    doing: Doing
    change: str


@dataclass(frozen=True, slots=True)
class AgentBoard:
    total: Doing
    points: tuple[PointRow, ...]
    agents: tuple[AgentRow, ...]
    versions: tuple[VersionRow, ...]
    tools: tuple[ToolRow, ...]
    changes: tuple[Change, ...]


@dataclass(slots=True)
class _Extras:
    """Of one agent, what is not in the cells."""

    tasks: dict[str, int] = field(default_factory=dict)
    costs: dict[str, tuple[int, Decimal]] = field(default_factory=dict)
    gone: int = 0


def agents(workspace_id: str, window: Window, at: datetime) -> AgentBoard:
    by_point = {row["at"]: row for row in sums.cells(workspace_id, window, ("at",), _NAMES)}
    by_version = sums.cells(workspace_id, window, ("agent_id", "version_id"), _NAMES)
    by_tool = sums.cells(workspace_id, window, ("tool",), _NAMES)
    extras = _extras(workspace_id, window, at)
    names = accounts_queries.agent_names(workspace_id, [*{row["agent_id"] for row in by_version}, *extras])
    nothing, changed = dict.fromkeys(_NAMES, 0), changes(workspace_id, window)
    return AgentBoard(
        total=_doing(_added(by_point.values()), _together(extras)),
        points=tuple(
            PointRow(point, _doing(by_point.get(point, nothing)), told(changed, point, window))
            for point in window.points
        ),
        agents=_agent_rows(by_version, extras, names),
        versions=_version_rows(workspace_id, by_version, names),
        tools=tuple(ToolRow(row["tool"], _doing(row)) for row in _busiest(by_tool, "tool")[:TOOLS]),
        changes=changed,
    )


def _agent_rows(
    by_version: list[dict[str, Any]], extras: Mapping[str, _Extras], names: Mapping[str, str]
) -> tuple[AgentRow, ...]:
    rows = []
    for agent_id, name in names.items():
        counts = _added(row for row in by_version if row["agent_id"] == agent_id)
        rows.append(AgentRow(agent_id, name, _doing(counts, extras.get(agent_id))))
    return tuple(sorted(rows, key=lambda row: (-row.doing.proposed, row.name)))


def _version_rows(
    workspace_id: str, by_version: list[dict[str, Any]], names: Mapping[str, str]
) -> tuple[VersionRow, ...]:
    busiest = _busiest(by_version, "version_id")[:VERSIONS]
    called = naming.version_names(workspace_id, [row["version_id"] for row in busiest if row["version_id"]])
    rows = []
    for row in busiest:
        name, seen = called.get(row["version_id"], ("", None))
        rows.append(VersionRow(row["version_id"], names.get(row["agent_id"], ""), name, seen, _doing(row)))
    return tuple(rows)


def _busiest(rows: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (-row["proposed"], row[key]))


def _extras(workspace_id: str, window: Window, at: datetime) -> dict[str, _Extras]:
    found: dict[str, _Extras] = {}
    for row in sums.parts(workspace_id, window, TASK, ("agent_id", "key")):
        found.setdefault(row["agent_id"], _Extras()).tasks[row["key"]] = row["n"]
    for row in sums.parts(workspace_id, window, COST, ("agent_id", "key")):
        found.setdefault(row["agent_id"], _Extras()).costs[row["key"]] = (row["n"], row["amount"])
    for agent_id, n in levels.gone(workspace_id, at).items():
        found.setdefault(agent_id, _Extras()).gone = n
    return found


def _together(extras: Mapping[str, _Extras]) -> _Extras:
    found = _Extras(gone=sum(each.gone for each in extras.values()))
    for each in extras.values():
        for outcome, n in each.tasks.items():
            found.tasks[outcome] = found.tasks.get(outcome, 0) + n
        for currency, (n, amount) in each.costs.items():
            before = found.costs.get(currency, (0, Decimal(0)))
            found.costs[currency] = (before[0] + n, before[1] + amount)
    return found


def _added(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    found = dict.fromkeys(_NAMES, 0)
    for row in rows:
        for name in _NAMES:
            found[name] += row[name]
    return found


def _doing(counts: Mapping[str, Any], more: _Extras | None = None) -> Doing:
    more = more or _Extras()
    ran = counts["succeeded"] + counts["failed"] + counts["unknown"]
    succeeded, failed = more.tasks.get("succeeded", 0), more.tasks.get("failed", 0)
    return Doing(
        proposed=counts["proposed"],
        asked=Rate(counts["asked"], counts["proposed"]),
        approved=Rate(counts["approved"] + counts["edited"], sums.decided(counts)),
        overridden=sums.overridden(counts),
        ran=Rate(counts["succeeded"], ran),
        unknown=counts["unknown"],
        drifted=counts["drifted"],
        traced=Rate(counts["traced"], counts["proposed"]),
        tasks=Rate(succeeded, succeeded + failed),
        costs=tuple(Cost(currency, *more.costs[currency]) for currency in sorted(more.costs)),
        gone=more.gone,
    )
