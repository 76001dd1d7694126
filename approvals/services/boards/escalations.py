"""Escalations over time: how long people took against the target, how far up it went, and when it happens."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from approvals import policies
from approvals.services.boards import sums
from approvals.services.boards.sums import Rate, Times
from approvals.services.boards.windows import Window

TOOLS = 20
_NAMES = (
    "asked", "approved", "edited", "rejected", "expired", "withdrawn", "late", "planned", "level1", "level2", "level3",
)  # fmt: skip
_NOBODY = Times(0, None, None)


@dataclass(frozen=True, slots=True)
class PointRow:
    """`late`: decided or expired after their own target."""

    at: datetime
    asked: int
    late: Rate
    times: Times


@dataclass(frozen=True, slots=True)
class ToolRow:
    tool: str
    asked: int
    late: Rate
    times: Times


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the funnel: how many came so far. `outcome` is a word of `approvals.narrowing`."""

    name: str
    n: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Pace:
    """`target` is the active policy's default, None without a policy; each action is held to its own. `week` has a row
    for each weekday from Monday, and in it how many were asked in each hour (UTC).
    """

    points: tuple[PointRow, ...]
    tools: tuple[ToolRow, ...]
    funnel: tuple[Stage, ...]
    week: tuple[tuple[int, ...], ...]
    late: Rate
    times: Times
    target: timedelta | None


def pace(workspace_id: str, window: Window) -> Pace:
    by_point = {row["at"]: row for row in sums.cells(workspace_id, window, ("at",), _NAMES)}
    everything = {name: sum(row[name] for row in by_point.values()) for name in _NAMES}
    by_tool = sorted(sums.cells(workspace_id, window, ("tool",), _NAMES), key=lambda row: (-row["asked"], row["tool"]))
    took, took_by_tool = sums.times(workspace_id, window, "at"), sums.times(workspace_id, window, "tool")
    nothing = dict.fromkeys(_NAMES, 0)
    active = policies.active(workspace_id)
    return Pace(
        points=tuple(_point(at, by_point.get(at, nothing), took.get(at, _NOBODY)) for at in window.points),
        tools=tuple(
            ToolRow(row["tool"], row["asked"], _late(row), took_by_tool.get(row["tool"], _NOBODY))
            for row in by_tool[:TOOLS]
            if row["asked"]
        ),
        funnel=funnel(everything),
        week=_week(workspace_id, window),
        late=_late(everything),
        times=sums.times(workspace_id, window).get("", _NOBODY),
        target=active.policy.document.defaults.target if active else None,
    )


def funnel(counts: Mapping[str, int]) -> tuple[Stage, ...]:
    """From what was asked to what nobody decided in time."""
    return (
        Stage("Asked", counts["asked"], "asked"),
        Stage("With an escalation plan", counts["planned"], "planned"),
        Stage("Level 1 was told", counts["level1"], "level1"),
        Stage("Level 2 was told", counts["level2"], "level2"),
        Stage("Level 3 or higher was told", counts["level3"], "level3"),
        Stage("Expired", counts["expired"], "expired"),
    )


def _point(at: datetime, counts: Mapping[str, Any], times: Times) -> PointRow:
    return PointRow(at, counts["asked"], _late(counts), times)


def _late(counts: Mapping[str, Any]) -> Rate:
    """Of what was decided by people or expired."""
    return Rate(counts["late"], sums.decided(counts) + counts["expired"])


def _week(workspace_id: str, window: Window) -> tuple[tuple[int, ...], ...]:
    rows = [[0] * 24 for _ in range(7)]
    for row in sums.cells(workspace_id, replace(window, span="hour"), ("at",), ("asked",)):
        rows[row["at"].weekday()][row["at"].hour] += row["asked"]
    return tuple(tuple(row) for row in rows)
