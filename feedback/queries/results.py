"""How tools and tasks ended, what tasks cost, and who reviewed, by day: the numbers behind the dashboards, as series.

Whole days only: a task of today may be on its way yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from approvals.rollups.tally import COST, REVIEWED, TASK
from approvals.services.boards import sums
from approvals.services.boards.windows import Window
from feedback.drift import means
from feedback.drift.means import Spent
from feedback.drift.watch import Alarm, Day

TOOL, TASK_FAILED, COSTS = "tool_failed", "task_failed", "cost:"

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Costs:
    """What the tasks of one agent cost in one currency."""

    agent_id: str
    currency: str
    days: tuple[Spent, ...]
    alarms: tuple[Alarm, ...]

    @property
    def metric(self) -> str:
        return f"{COSTS}{self.currency}"


def window(at: datetime, reach: timedelta) -> Window:
    """The whole days before today."""
    today = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(today - reach, today, "day")


def rates(workspace_id: str, at: datetime, reach: timedelta) -> dict[Key, list[Day]]:
    """Metric, agent and tool of each series, with its days: runs that failed or told no result, of those that ran, and
    tasks that failed, of those that ended. A task bears no tool and no policy.
    """
    days, found = window(at, reach), dict[Key, list[Day]]()
    by = ("agent_id", "tool", "at", "policy_id", "version_id")
    for row in sums.cells(workspace_id, days, by, ("succeeded", "failed", "unknown")):
        bad = row["failed"] + row["unknown"]
        if ran := bad + row["succeeded"]:
            day = Day(row["at"].date(), bad, ran, row["policy_id"], row["version_id"])
            found.setdefault((TOOL, row["agent_id"], row["tool"]), []).append(day)
    for (agent_id, version_id, day_of), (failed, ended) in _tasks(workspace_id, days).items():
        found.setdefault((TASK_FAILED, agent_id, ""), []).append(Day(day_of, failed, ended, "", version_id))
    return found


def costs(workspace_id: str, at: datetime, reach: timedelta) -> Iterator[Costs]:
    """In the order of agent and currency."""
    found: dict[tuple[str, str], list[Spent]] = {}
    by = ("agent_id", "key", "at", "version_id")
    for row in sums.parts(workspace_id, window(at, reach), COST, by):
        spent = Spent(row["at"].date(), row["n"], float(row["amount"]), row["version_id"])
        found.setdefault((row["agent_id"], row["key"]), []).append(spent)
    for (agent_id, currency), days in sorted(found.items()):
        yield Costs(agent_id, currency, tuple(days), tuple(means.alarms(days)))


def reviewed(workspace_id: str, span: Window, by: tuple[str, ...]) -> Iterator[tuple[list[Any], str, bool, int]]:
    """(values of `by`, reviewer, whether overridden, how many) of what people decided."""
    for row in sums.parts(workspace_id, span, REVIEWED, (*by, "key")):
        word, _, reviewer = row["key"].partition(":")
        yield [row[name] for name in by], reviewer, word == "overridden", row["n"]


def _tasks(workspace_id: str, span: Window) -> dict[tuple[str, str, date], tuple[int, int]]:
    """Failed, and ended, by agent, version and day."""
    found: dict[tuple[str, str, date], tuple[int, int]] = {}
    for row in sums.parts(workspace_id, span, TASK, ("agent_id", "version_id", "at", "key")):
        if row["key"] in {"succeeded", "failed"}:
            key = (row["agent_id"], row["version_id"], row["at"].date())
            failed, ended = found.get(key, (0, 0))
            found[key] = (failed + row["n"] * (row["key"] == "failed"), ended + row["n"])
    return found
