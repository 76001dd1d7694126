"""What a point of a chart stands for, as conditions of the history: so that its actions can be looked at."""

from dataclasses import dataclass
from typing import Any

from approvals.endings import VIOLATIONS
from approvals.inbox import of_group

# No rule of its own decided.
NO_RULE = "-"
_DECISION = "exists (select 1 from approvals_decision d where d.action_id = a.id and {})"
_EXECUTION = "exists (select 1 from approvals_execution x where x.action_id = a.id and {})"
_REFUSED = ", ".join(f"'{reason}'" for reason in sorted(VIOLATIONS))
# The words of the dashboards, as conditions over `a`.
OUTCOMES: dict[str, tuple[str, str]] = {
    "allowed": ("Let through by policy", "a.policy->>'effect' = 'allow'"),
    "asked": ("People were asked", "a.policy->>'effect' = 'require_approval'"),
    "denied": ("Refused by policy", "a.policy->>'effect' = 'deny'"),
    "violations": ("Violations", _DECISION.format(f"d.source = 'policy' and d.reason_code in ({_REFUSED})")),
    "stopped": ("Stopped by a switch", _DECISION.format("d.source = 'stop_switch'")),
    "people": ("Decided by people", _DECISION.format("d.source = 'people'")),
    "overridden": (
        "Rejected or changed by people",
        _DECISION.format("d.source = 'people' and (d.outcome = 'rejected' or d.edited)"),
    ),
    "late": (
        "Past the target",
        _DECISION.format("d.source in ('people', 'timeout') and d.decided_at > a.target_at"),
    ),
    "executed": ("Executed", _EXECUTION.format("x.status in ('succeeded', 'failed', 'unknown')")),
    "unknown": ("Told no result", _EXECUTION.format("x.status = 'unknown'")),
    "drifted": ("Ran with other arguments", _EXECUTION.format("x.drifted")),
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Each empty member lets everything through. `outcome` is a word of OUTCOMES; `rule` may be NO_RULE."""

    outcome: str = ""
    rule: str = ""
    group: str = ""
    version_id: str = ""
    reason: str = ""

    def where(self) -> tuple[list[str], list[Any]]:
        """Conditions over `a`, and their values in order."""
        asked: list[tuple[str, list[Any]]] = []
        if self.outcome in OUTCOMES:
            asked.append((OUTCOMES[self.outcome][1], []))
        if self.rule:
            asked.append(("coalesce(a.policy->>'rule', '') = %s", ["" if self.rule == NO_RULE else self.rule]))
        if self.group:
            asked.append(of_group(self.group))
        if self.version_id:
            asked.append(("a.agent_version_id = %s", [self.version_id]))
        if self.reason:
            asked.append((_DECISION.format("d.reason_code = %s"), [self.reason]))
        return [clause for clause, _ in asked], [value for _, values in asked for value in values]
