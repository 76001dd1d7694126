"""From the actions of one hour to its numbers: what each count means. Pure.

Everything is counted in the hour in which the action was asked, whenever it was decided: else a backlog that is worked
off would look as if the agents had changed. Test actions count nowhere.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from approvals.rollups.buckets import bucket

# So that an agent which makes names up fills no table: what comes on top is counted under OTHERS.
KINDS_MAX = 2_000
OTHERS = "(others)"
NAMES = (
    "proposed", "allowed", "denied", "violations", "stopped", "asked", "approved", "edited", "material", "rejected",
    "expired", "withdrawn", "late", "planned", "level1", "level2", "level3", "succeeded", "failed", "unknown",
    "drifted", "traced", "decide_ms",
)  # fmt: skip
DECIDE, REASON, REVIEWED, TASK, COST = "decide", "reason", "reviewed", "task", "cost"


class Kind(NamedTuple):
    """What the actions of one cell have in common. `groups` as in RollupCell."""

    agent_id: str
    version_id: str
    tool: str
    policy_id: str
    rule: str
    groups: str


class Part(NamedTuple):
    agent_id: str
    version_id: str
    tool: str
    groups: str
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One action as it is now. `effect` is the policy's at opening; `source` and what follows are "" or None while it
    waits. `reviewer` cast the deciding vote. `level` counts from 0: the highest whose people were told.
    """

    kind: Kind
    effect: str
    created_at: datetime
    target_at: datetime
    decided_at: datetime | None = None
    outcome: str = ""
    source: str = ""
    reason: str = ""
    reviewer: str = ""
    edited: bool = False
    material: bool = False
    violation: bool = False
    status: str = ""
    drifted: bool = False
    planned: bool = False
    level: int | None = None
    traced: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A trace, counted where its first action was asked. `outcome` is a word of `task_outcome`; costs by currency."""

    agent_id: str
    version_id: str
    outcome: str
    costs: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    cells: dict[Kind, Counter[str]] = field(default_factory=dict)
    parts: dict[Part, tuple[int, Decimal]] = field(default_factory=dict)

    def add(self, asked: Asked) -> None:
        kind = self._kind(asked.kind)
        counts = self.cells.setdefault(kind, Counter())
        counts.update(_opened(asked))
        if asked.effect == "require_approval":
            counts.update(_decided(asked))
        counts.update(_executed(asked))
        if asked.source == "people" and asked.decided_at:
            taken = max(0.0, (asked.decided_at - asked.created_at).total_seconds())
            counts["decide_ms"] += int(taken * 1000)
            self._part(kind, DECIDE, str(bucket(taken)))
        if reviewed := _reviewed(asked):
            self._part(kind, REVIEWED, reviewed)
        if reason := _reason(asked):
            self._part(kind, REASON, reason)

    def add_task(self, task: Task) -> None:
        kind = Kind(task.agent_id, task.version_id, "", "", "", "")
        self._part(kind, TASK, task.outcome)
        for currency, amount in task.costs.items():
            self._part(kind, COST, currency, amount)

    def _kind(self, kind: Kind) -> Kind:
        if kind in self.cells or len(self.cells) < KINDS_MAX:
            return kind
        return kind._replace(version_id="", tool=OTHERS, rule="")

    def _part(self, kind: Kind, name: str, key: str, amount: Decimal = Decimal(0)) -> None:
        part = Part(kind.agent_id, kind.version_id, kind.tool, kind.groups, name, key[:80])
        n, total = self.parts.get(part, (0, Decimal(0)))
        self.parts[part] = (n + 1, total + amount)


def task_outcome(states: Sequence[str], statuses: Sequence[str]) -> str:
    """How a task stands, by the states of its actions and of their executions.

    `open` while something waits or runs; `failed` where something was rejected, expired, failed or told no result;
    `succeeded` where something ran and nothing failed; `idle` where nothing ran.
    """
    if "pending" in states or "running" in statuses:
        return "open"
    if {"rejected", "expired"} & set(states) or {"failed", "unknown"} & set(statuses):
        return "failed"
    return "succeeded" if "succeeded" in statuses else "idle"


def _opened(asked: Asked) -> dict[str, int]:
    """What the policy said at once."""
    return {
        "proposed": 1,
        "allowed": int(asked.effect == "allow"),
        "denied": int(asked.effect == "deny" and asked.source != "stop_switch"),
        "violations": int(asked.violation),
        "stopped": int(asked.effect == "deny" and asked.source == "stop_switch"),
        "asked": int(asked.effect == "require_approval"),
        "traced": int(asked.traced),
    }


def _decided(asked: Asked) -> dict[str, int]:
    """What became of an action that people were asked about. `late`: decided or expired after its target."""
    of_people = asked.source == "people"
    ended = of_people or asked.outcome == "expired"
    told = -1 if asked.level is None else asked.level
    return {
        "approved": int(of_people and asked.outcome == "approved" and not asked.edited),
        "edited": int(of_people and asked.outcome == "approved" and asked.edited),
        "material": int(of_people and asked.edited and asked.material),
        "rejected": int(of_people and asked.outcome == "rejected"),
        "expired": int(asked.outcome == "expired"),
        "withdrawn": int(asked.outcome == "withdrawn"),
        "late": int(ended and asked.decided_at is not None and asked.decided_at > asked.target_at),
        "planned": int(asked.planned),
        "level1": int(told >= 0),
        "level2": int(told >= 1),
        "level3": int(told >= 2),
    }


def _executed(asked: Asked) -> dict[str, int]:
    known = {"succeeded", "failed", "unknown"}
    return {**({asked.status: 1} if asked.status in known else {}), "drifted": int(asked.drifted)}


def _reviewed(asked: Asked) -> str:
    """What its reviewer said of the proposal, and who that was: "overridden:usr_…", "upheld:usr_…"."""
    if asked.effect != "require_approval" or asked.source != "people" or asked.outcome not in {"approved", "rejected"}:
        return ""
    overridden = asked.outcome == "rejected" or (asked.edited and asked.material)
    return f"{'overridden' if overridden else 'upheld'}:{asked.reviewer}"


def _reason(asked: Asked) -> str:
    """Why it was refused or edited, with who did: "rejected:wrong_target", "denied:outside_allow_list"."""
    if not asked.reason:
        return ""
    if asked.source == "people":
        return f"{'rejected' if asked.outcome == 'rejected' else 'edited'}:{asked.reason}"
    return f"denied:{asked.reason}" if asked.source == "policy" and asked.outcome == "rejected" else ""
