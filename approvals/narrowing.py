"""What a number of a dashboard stands for, as conditions of the history: so that its very actions can be looked at.

Each word lists what `approvals.rollups.tally` or `services.boards.levels` counts under it, also what still waits. Test
actions are counted nowhere, and listed while they wait: whoever missed one in a list would know it for a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from approvals.endings import VIOLATIONS
from approvals.inbox import of_group
from tenancy import ids

# No rule of its own decided; no version was told.
NO_RULE = NO_VERSION = "-"
AGES = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
MILLISECOND = timedelta(milliseconds=1)
_COUNTED = "(a.terms->>'seeded' is null or a.state = 'pending')"
_EFFECT = "a.policy->>'effect' = '{}'"
_DECISION = "exists (select 1 from approvals_decision d where d.action_id = a.id and {})"
_EXECUTION = "exists (select 1 from approvals_execution x where x.action_id = a.id and {})"
_TOLD = (
    "exists (select 1 from approvals_escalation e where e.action_id = a.id and e.outcome = 'told' and e.level >= {})"
)
_CALLED = (
    "exists (select 1 from approvals_escalation e where e.action_id = a.id and e.kind in ('escalate', 'reassign'))"
)
_LISTENED = "exists (select 1 from approvals_listening l where l.action_id = a.id and l.until < %s)"
_TRACE = (
    "coalesce(a.envelope->'trace'->>'url', a.envelope->'trace'->>'run_id', a.envelope->'trace'->'steps'->0->>'name')"
)
_REFUSED = ", ".join(f"'{reason}'" for reason in sorted(VIOLATIONS))
_ASKED = _EFFECT.format("require_approval")
_PEOPLE = f"{_ASKED} and " + _DECISION.format("d.source = 'people' and {}")
_ENDED = f"{_ASKED} and " + _DECISION.format("(d.source = 'people' or d.outcome = 'expired') and {}")
_STOPPED = _DECISION.format("d.source = 'stop_switch'")
_MATERIAL = "d.edited and coalesce(d.material, d.edited)"
# By word: how it is said, and the conditions over `a`. %s is the moment.
OUTCOMES: Mapping[str, tuple[str, str]] = {
    "proposed": ("Everything proposed", "a.id is not null"),
    "allowed": ("Let through by policy", _EFFECT.format("allow")),
    "asked": ("People were asked", _ASKED),
    "denied": ("Refused by policy", f"{_EFFECT.format('deny')} and not {_STOPPED}"),
    "stopped": ("Stopped by a switch", f"{_EFFECT.format('deny')} and {_STOPPED}"),
    "refused": ("Refused by policy or stopped", _EFFECT.format("deny")),
    "violations": (
        "Violations",
        _DECISION.format(f"d.source = 'policy' and d.outcome = 'rejected' and d.reason_code in ({_REFUSED})"),
    ),
    "people": ("Decided by people", _DECISION.format("d.source = 'people'")),
    "approved": ("Approved by people", _PEOPLE.format("d.outcome = 'approved'")),
    "edited": ("Changed by people", _PEOPLE.format("d.edited")),
    "cosmetic": ("Changed in looks only", _PEOPLE.format(f"d.edited and not ({_MATERIAL})")),
    "rejected": ("Rejected by people", _PEOPLE.format("d.outcome = 'rejected'")),
    "overridden": (
        "Rejected or changed by people in substance",
        _PEOPLE.format(f"(d.outcome = 'rejected' or {_MATERIAL})"),
    ),
    "ended": ("Decided by people or expired", _ENDED.format("true")),
    "late": ("Past the target", _ENDED.format("d.decided_at > a.target_at")),
    "escalated": ("Escalated or handed over", _ENDED.format(_CALLED)),
    "planned": ("With an escalation plan", f"{_ASKED} and coalesce(a.terms->>'escalation', '') <> ''"),
    "level1": ("Level 1 was told", f"{_ASKED} and {_TOLD.format(0)}"),
    "level2": ("Level 2 was told", f"{_ASKED} and {_TOLD.format(1)}"),
    "level3": ("Level 3 or higher was told", f"{_ASKED} and {_TOLD.format(2)}"),
    "expired": ("Expired", f"{_ASKED} and a.state = 'expired'"),
    "executed": ("Executed", _EXECUTION.format("x.status in ('succeeded', 'failed', 'unknown')")),
    "succeeded": ("Ran well", _EXECUTION.format("x.status = 'succeeded'")),
    "unsuccessful": ("Failed or told no result", _EXECUTION.format("x.status in ('failed', 'unknown')")),
    "unknown": ("Told no result", _EXECUTION.format("x.status = 'unknown'")),
    "drifted": ("Ran with other arguments", _EXECUTION.format("x.drifted")),
    "traced": ("With a trace", f"a.trace_id <> '' and {_TRACE} <> ''"),
    "waiting": ("Waits", "a.state = 'pending'"),
    "overdue": ("Waits past the target", "a.state = 'pending' and a.target_at < %s"),
    "gone": ("Waits without its agent", f"a.state = 'pending' and {_LISTENED}"),
}  # fmt: skip
# How far up it was told of what waits, as `services.boards.levels` counts.
_LEVEL = (
    "coalesce((select max(coalesce(e.level, -1) + 1) from approvals_escalation e where"
    " e.workspace_id = a.workspace_id and e.action_id = a.id and e.waits and e.outcome = 'told'), -1) = %s"
)
# A reason as tallies know it: who gave it.
_REASONS = {
    "rejected": _DECISION.format("d.source = 'people' and d.outcome = 'rejected' and d.reason_code = %s"),
    "edited": _DECISION.format("d.source = 'people' and d.outcome <> 'rejected' and d.reason_code = %s"),
    "denied": _DECISION.format("d.source = 'policy' and d.outcome = 'rejected' and d.reason_code = %s"),
    "": _DECISION.format("d.reason_code = %s"),
}
Condition = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Each empty member lets everything through. `outcome` is a word of OUTCOMES, as it stands `at` a moment; `rule`
    may be NO_RULE and `version_id` NO_VERSION; `reason` is a code, or one with who gave it ("denied:version_blocked").
    Of what waits, `level` and `age` (a place in AGES, or one more) as the page of escalations has them. `within` are
    times of asking, the end left out.
    """

    outcome: str = ""
    rule: str = ""
    group: str = ""
    version_id: str = ""
    policy_id: str = ""
    reason: str = ""
    level: int | None = None
    age: int | None = None
    within: tuple[tuple[datetime, datetime], ...] = ()
    at: datetime | None = None

    def where(self) -> tuple[list[str], list[Any]]:
        """Conditions over `a`, and their values in order."""
        asked = [*self._words(), *self._times()]
        return [clause for clause, _ in asked], [value for _, values in asked for value in values]

    def _words(self) -> list[Condition]:
        asked: list[Condition] = []
        if self.outcome in OUTCOMES:
            clause = OUTCOMES[self.outcome][1]
            asked += [(clause, [self.at] * clause.count("%s")), (_COUNTED, [])]
        if self.rule:
            asked.append(("coalesce(a.policy->>'rule', '') = %s", ["" if self.rule == NO_RULE else self.rule]))
        if self.group:
            asked.append(of_group(self.group))
        if self.version_id:
            wanted = "" if self.version_id == NO_VERSION else self.version_id
            asked.append(("coalesce(a.agent_version_id, '') = %s", [wanted]))
        if self.policy_id:
            asked.append(("a.policy_version_id = %s", [self.policy_id]))
        if self.reason:
            who, _, reason = self.reason.rpartition(":")
            asked.append((_REASONS.get(who, "false and %s = ''"), [reason]))
        if self.level is not None:
            asked.append((_LEVEL, [self.level]))
        return asked

    def _times(self) -> list[Condition]:
        asked: list[Condition] = []
        if self.age is not None and self.at:
            younger, older = [self._edge(age) for age in (self.age - 1, self.age)]
            asked += [(f"a.id {sign} %s", [edge]) for sign, edge in (("<", younger), (">=", older)) if edge]
        if self.within:
            spans = [(ids.floor("act", since), ids.floor("act", before)) for since, before in self.within]
            clause = " or ".join(["(a.id >= %s and a.id < %s)"] * len(spans))
            asked.append((f"({clause})", [edge for span in spans for edge in span]))
        return asked

    def _edge(self, place: int) -> str:
        """The first id that is younger than the age at this place; "" where nothing bounds it."""
        return ids.floor("act", self.at - AGES[place] + MILLISECOND) if self.at and 0 <= place < len(AGES) else ""
