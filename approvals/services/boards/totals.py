"""Numbers for machines that watch: counted since the beginning where they only grow, else as they stand now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from accounts import queries as accounts_queries
from approvals.rollups.buckets import PER_DOUBLING
from approvals.rollups.tally import COST, DECIDE, TASK
from approvals.services.boards import incidents, levels, sums, windows
from approvals.services.boards.incidents import IncidentBoard
from approvals.services.boards.windows import Window

# Labels stay few: agents beyond these, in the order in which they came, are counted together.
AGENTS_MAX = 100
OTHERS = "(others)"
_EVER = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC), "day")
_NAMES = (
    "proposed", "allowed", "denied", "violations", "stopped", "asked", "approved", "edited", "material", "rejected",
    "expired", "withdrawn", "late", "level1", "level2", "level3", "succeeded", "failed", "unknown", "drifted",
    "traced", "decide_ms",
)  # fmt: skip
# Edges of our own buckets, so that what is told is exact: 1 s, 4 s, 16 s … 12 days.
EDGES = tuple(4**n for n in range(11))


@dataclass(frozen=True, slots=True)
class Totals:
    """`ever` by agent's name. `decided_within` pairs an edge in seconds with how many took at most as long; `decided`
    and `decided_seconds` are all of them. `waiting` is by level as on the page of escalations, with `late` of them.
    `tasks` of the last seven days by outcome, `costs` ever by currency.
    """

    ever: Mapping[str, Mapping[str, int]]
    decided_within: tuple[tuple[int, int], ...]
    decided: int
    decided_seconds: float
    costs: Mapping[str, float]
    tasks: Mapping[str, int]
    waiting: Mapping[int, int]
    late: int
    oldest_at: datetime | None
    gone: int
    incidents: IncidentBoard
    counted_at: datetime | None


def totals(workspace_id: str, at: datetime) -> Totals:
    week = windows.named("7d", at)
    waits = levels.waiting(workspace_id, at)
    histogram = {int(row["key"]): row["n"] for row in sums.parts(workspace_id, _EVER, DECIDE, ("key",))}
    ever = _by_agent(workspace_id)
    return Totals(
        ever=ever,
        decided_within=tuple((edge, _up_to(histogram, edge)) for edge in EDGES),
        decided=sum(histogram.values()),
        decided_seconds=sum(counts["decide_ms"] for counts in ever.values()) / 1000,
        costs={row["key"]: float(row["amount"]) for row in sums.parts(workspace_id, _EVER, COST, ("key",))},
        tasks={row["key"]: row["n"] for row in sums.parts(workspace_id, week, TASK, ("key",))},
        waiting={row.level: row.waiting for row in waits.levels},
        late=waits.late,
        oldest_at=waits.oldest_at,
        gone=sum(levels.gone(workspace_id, at).values()),
        incidents=incidents.board(workspace_id, week),
        counted_at=sums.counted_at(workspace_id),
    )


def _by_agent(workspace_id: str) -> dict[str, dict[str, int]]:
    rows = sorted(sums.cells(workspace_id, _EVER, ("agent_id",), _NAMES), key=lambda row: str(row["agent_id"]))
    names = accounts_queries.agent_names(workspace_id, [row["agent_id"] for row in rows[:AGENTS_MAX]])
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        counts = found.setdefault(names.get(row["agent_id"], OTHERS), dict.fromkeys(_NAMES, 0))
        for name in _NAMES:
            counts[name] += row[name]
    return found


def _up_to(histogram: Mapping[int, int], edge: int) -> int:
    last = PER_DOUBLING * (edge.bit_length() - 1)
    return sum(n for bucket, n in histogram.items() if bucket <= last)


def since(moment: datetime | None, at: datetime) -> float:
    """Seconds, 0 for what is not there."""
    return max(timedelta(0), at - moment).total_seconds() if moment else 0.0
