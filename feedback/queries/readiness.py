"""How agents stand against the five controls, from what was counted in the last 28 days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from accounts import queries as accounts
from accounts.models import AgentVersion
from accounts.roles import Verb
from approvals.rollups.tally import COST
from approvals.services.boards import sums
from approvals.services.boards.windows import DAY, Window
from feedback import readiness
from feedback.models import GateResult, ReadinessControl
from feedback.readiness import HOLDING, NOTHING, THRESHOLDS, Day, Figure, Rule, judge
from feedback.readiness import SHARES as SHARES
from feedback.readiness import Control as Control
from feedback.readiness import Standing as Standing

DAYS = 28
# Gates that are looked through for the newest of each agent.
GATES = 500
NEVER = datetime.min.replace(tzinfo=UTC)
_COUNTED = ("proposed", "traced", "violations", "succeeded", "failed", "unknown")


@dataclass(frozen=True, slots=True)
class ControlView:
    """`is_set` is false where nobody changed what is usual; then nobody answers for it either. `owner_id` is "" once
    the owner is gone or may no longer read evaluation.
    """

    name: Control
    threshold: float | None
    currency: str
    waived: bool
    why: str
    owner_id: str
    owner_name: str
    set_by: str
    set_at: datetime | None

    @property
    def rule(self) -> Rule:
        return Rule(self.threshold, bool(self.owner_id), self.waived)


@dataclass(frozen=True, slots=True)
class Stand:
    control: ControlView
    figure: Figure
    standing: Standing


@dataclass(frozen=True, slots=True)
class AgentReadiness:
    """`version_id` is the newest version that asked in these days, whose figures these are; "" where none was told."""

    agent_id: str
    agent_name: str
    version_id: str
    stands: tuple[Stand, ...]

    @property
    def is_ready(self) -> bool:
        return not self.lacking

    @property
    def lacking(self) -> list[str]:
        return [stand.control.name.value for stand in self.stands if stand.standing not in HOLDING]


@dataclass(frozen=True, slots=True)
class _Gate:
    version: str
    passed: bool
    at: datetime


def controls(workspace_id: str) -> list[ControlView]:
    """All five, in their order."""
    kept = {row.name: row for row in ReadinessControl.everywhere.filter(workspace_id=workspace_id)}
    may = accounts.holders(workspace_id, Verb.READ_DATASET)
    return [_control(name, kept.get(name.value), may) for name in Control]


def readiness_of(workspace_id: str, at: datetime) -> list[AgentReadiness]:
    """Every agent that asked for something in the last 28 days (UTC, today with them), by name."""
    asked, window = controls(workspace_id), _window(at)
    cells = sums.cells(workspace_id, window, ("agent_id", "version_id"), _COUNTED)
    counted = {(row["agent_id"], row["version_id"]): row for row in cells}
    newest = _newest(workspace_id, counted)
    names = accounts.agent_names(workspace_id, sorted(newest))
    costs = _costs(workspace_id, window, asked[-1].currency)
    gates, labels = _gates(workspace_id), _labels(workspace_id, newest)
    found = []
    for agent_id, version_id in newest.items():
        name = names.get(agent_id, agent_id)
        figures = _figures(counted[agent_id, version_id])
        figures[Control.COST_PER_TASK] = readiness.mean_cost(costs.get((agent_id, version_id), []))
        figures[Control.PASSING_GATE] = _fresh(gates.get(name), labels.get(version_id, {""}), at)
        stands = tuple(_stand(control, figures[control.name]) for control in asked)
        found.append(AgentReadiness(agent_id, name, version_id, stands))
    return sorted(found, key=lambda one: (one.agent_name, one.agent_id))


def unready(workspace_id: str, at: datetime) -> dict[str, list[str]]:
    """What each agent lacks, by its id; empty lists of those that are ready."""
    return {one.agent_id: one.lacking for one in readiness_of(workspace_id, at)}


def lacking_without_record(workspace_id: str) -> list[str]:
    """What an agent lacks of which nothing was counted: every control that is not waived by its owner."""
    stands = [_stand(control, NOTHING) for control in controls(workspace_id)]
    return [stand.control.name.value for stand in stands if stand.standing not in HOLDING]


def _stand(control: ControlView, figure: Figure) -> Stand:
    return Stand(control, figure, judge(control.name, control.rule, figure))


def _control(name: Control, row: ReadinessControl | None, may: set[str]) -> ControlView:
    if row is None:
        return ControlView(name, THRESHOLDS[name], "", False, "", "", "", "", None)
    owner_id = row.owner_id if row.owner_id in may else ""
    return ControlView(
        name, row.threshold, row.currency, row.waived, row.why, owner_id, row.owner_name, row.set_by, row.set_at
    )


def _window(at: datetime) -> Window:
    ends = at.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    return Window(ends - DAYS * DAY, ends, "day")


def _newest(workspace_id: str, counted: Mapping[tuple[str, str], object]) -> dict[str, str]:
    """By agent, of the versions that asked the one that was registered last: its record is what counts."""
    seen = AgentVersion.everywhere.filter(workspace_id=workspace_id, pk__in=[version for _, version in counted])
    first = dict(seen.values_list("pk", "first_seen_at"))
    return dict(sorted(counted, key=lambda pair: (first.get(pair[1], NEVER), pair)))


def _figures(row: Mapping[str, int]) -> dict[Control, Figure]:
    reported = row["succeeded"] + row["failed"] + row["unknown"]
    return {
        Control.TRACE_COVERAGE: readiness.share(row["traced"], row["proposed"]),
        Control.TOOL_SUCCESS: readiness.share(row["succeeded"], reported),
        Control.POLICY_VIOLATIONS: readiness.per_thousand(row["violations"], row["proposed"]),
    }


def _costs(workspace_id: str, window: Window, currency: str) -> dict[tuple[str, str], list[Day]]:
    """By agent and version; costs in other currencies than the threshold's are left out."""
    found: dict[tuple[str, str], list[Day]] = {}
    for row in sums.parts(workspace_id, window, COST, ("agent_id", "version_id", "at", "key")):
        if row["key"] == currency:
            day = Day(row["n"], float(row["amount"]))
            found.setdefault((row["agent_id"], row["version_id"]), []).append(day)
    return found


def _gates(workspace_id: str) -> dict[str, list[_Gate]]:
    """By the agent's name, the newest first."""
    rows = GateResult.everywhere.filter(workspace_id=workspace_id).order_by("-created_at", "-id")
    told = rows.values_list("candidate__agent_name", "candidate__agent_version", "verdict", "created_at")[:GATES]
    found: dict[str, list[_Gate]] = {}
    for name, version, verdict, at in told:
        found.setdefault(name, []).append(_Gate(version, verdict == "pass", at))
    return found


def _labels(workspace_id: str, newest: Mapping[str, str]) -> dict[str, set[str]]:
    """By version, what CI may have called it: its id, its label, or the label that an admin bound to it."""
    rows = AgentVersion.everywhere.filter(workspace_id=workspace_id, pk__in=[one for one in newest.values() if one])
    told = rows.values_list("pk", "label", "bound_label")
    return {version_id: {version_id, label, bound} - {""} for version_id, label, bound in told}


def _fresh(gates: list[_Gate] | None, names: set[str], at: datetime) -> Figure:
    """The newest verdict on this very version; one that is no pass is no gate. Where the agent tells no version, its
    newest gate of any.
    """
    of_it = [gate for gate in gates or [] if gate.version in names or names == {""}]
    if not of_it or not of_it[0].passed:
        return NOTHING
    return readiness.age((at - of_it[0].at) / timedelta(days=1))
