"""Two documents on the same past: what would have gone otherwise, and what people had said about it.

Both are replayed, so like is compared with like; limits are counted afresh on both sides. An action takes from a limit
where the replayed policy lets it through, or asks and it was really approved.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from approvals.policy.compiled import Policy
from approvals.policy.evaluate import evaluate
from approvals.policy.ledger import Ledger
from approvals.policy.limits import limits_for
from approvals.policy.model import EFFECTS, Effect
from approvals.policy.verdict import Context, Verdict

# What became of an action. `policy`: nobody was asked.
Outcome = Literal["approved", "edited", "rejected", "expired", "withdrawn", "waiting", "policy"]

# So many changed actions are kept of each cell and outcome; the counts are of all.
KEPT_OF_EACH = 10
REGRETTED = ("rejected", "edited")
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class PastAction:
    """One call as it came in. `label` is bound to its version's manifest; `ran` says that it was approved in the end,
    by whomever.
    """

    id: str
    call: Context
    label: str | None
    has_manifest: bool
    outcome: Outcome
    ran: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """One action that would have gone otherwise."""

    id: str
    tool: str
    at: str
    before: Effect
    after: Effect
    before_explanation: str
    after_explanation: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Cell:
    """How many actions go from one effect to another, and how many of these had which outcome."""

    before: Effect
    after: Effect
    count: int
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Load:
    """Actions that people are asked about. `by_hour` holds, for each hour of the day (UTC), before and after."""

    asked_before: int
    asked_after: int
    hours: float
    busiest_before: int
    busiest_after: int
    by_hour: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ClauseError:
    rule: str
    clause: str
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """`cells` are the nine of the transition matrix, by rows of EFFECTS; times are ISO 8601."""

    total: int
    first_at: str
    last_at: str
    cells: tuple[Cell, ...]
    changed: tuple[Changed, ...]
    load: Load
    silent_rules: tuple[str, ...]
    new_errors: tuple[ClauseError, ...]

    @property
    def let_through(self) -> int:
        """How many more would go through without a person."""
        return sum(cell.count for cell in self.cells if cell.after == "allow" and cell.before != "allow")

    @property
    def regretted(self) -> dict[str, int]:
        """Of these, how many people had rejected or edited; without zeros."""
        found: Counter[str] = Counter()
        for cell in self.cells:
            if cell.after == "allow" and cell.before != "allow":
                found.update({name: n for name, n in cell.outcomes.items() if name in REGRETTED})
        return dict(found)

    @property
    def headline(self) -> str:
        """What it comes down to, in one sentence."""
        if not self.let_through:
            return "Nothing more would go through without a person."
        stopped, mended = self.regretted.get("rejected", 0), self.regretted.get("edited", 0)
        return f"{self.let_through} more would go through; people had rejected {stopped} and edited {mended} of them."

    def tree(self) -> dict[str, Any]:
        """As plain JSON, with the headline."""
        return {"headline": self.headline, "let_through": self.let_through, "regretted": self.regretted} | asdict(self)


class Replay:
    """One document's answers to a past that comes in the order of time."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.matched: set[str] = set()
        self.errors: Counter[tuple[str, str]] = Counter()
        self.asked_in: Counter[int] = Counter()
        self._ledger = Ledger()

    def answer(self, past: PastAction) -> Verdict:
        state = self.policy.version_state(past.call.agent, label=past.label, has_manifest=past.has_manifest)
        call = past.call if state is None else replace(past.call, manifest=state)
        charges = limits_for(self.policy, call)
        if charges:
            call = replace(call, history=self._ledger.used(charges, call.now))
        verdict = evaluate(self.policy, call)
        if charges and not verdict.no_grant and _takes(verdict.effect, ran=past.ran):
            self._ledger.take(charges, call.now)
        self._note(verdict, call.now)
        return verdict

    def _note(self, verdict: Verdict, at: datetime) -> None:
        self.matched.update(verdict.matched)
        if verdict.effect == "require_approval":
            self.asked_in[int(at.timestamp()) // _HOUR] += 1
        if "clause_error" in verdict.flags:
            self.errors.update((clause.rule, clause.clause) for clause in verdict.trace if clause.result == "error")


class Backtest:
    """Takes one past action after the other, oldest first; `report` may be asked at any time."""

    def __init__(self, before: Policy, after: Policy) -> None:
        self._before, self._after = Replay(before), Replay(after)
        self._outcomes: Counter[tuple[Effect, Effect, Outcome]] = Counter()
        self._changed: list[Changed] = []
        self._span: tuple[datetime, datetime] | None = None

    def see(self, past: PastAction) -> None:
        before, after = self._before.answer(past), self._after.answer(past)
        key = (before.effect, after.effect, past.outcome)
        self._outcomes[key] += 1
        now = past.call.now
        self._span = (self._span[0] if self._span else now, now)
        if before.effect != after.effect and self._outcomes[key] <= KEPT_OF_EACH:
            self._changed.append(_changed(past, before, after))

    def report(self) -> Report:
        first, last = self._span or (None, None)
        return Report(
            total=self._outcomes.total(),
            first_at=first.isoformat() if first else "",
            last_at=last.isoformat() if last else "",
            cells=tuple(self._cell(before, after) for before in EFFECTS for after in EFFECTS),
            changed=tuple(sorted(self._changed, key=_grave_first)),
            load=self._load(),
            silent_rules=tuple(
                rule.id for rule in self._after.policy.document.rules if rule.id not in self._after.matched
            ),
            new_errors=tuple(
                ClauseError(rule, clause, count)
                for (rule, clause), count in sorted(self._after.errors.items())
                if (rule, clause) not in self._before.errors
            ),
        )

    def _cell(self, before: Effect, after: Effect) -> Cell:
        found = {one: n for (b, a, one), n in self._outcomes.items() if (b, a) == (before, after)}
        return Cell(before, after, sum(found.values()), dict(sorted(found.items())))

    def _load(self) -> Load:
        before, after = self._before.asked_in, self._after.asked_in
        hours = (self._span[1] - self._span[0]).total_seconds() / _HOUR if self._span else 0.0
        return Load(
            asked_before=before.total(),
            asked_after=after.total(),
            hours=round(max(hours, 1.0), 2),
            busiest_before=max(before.values(), default=0),
            busiest_after=max(after.values(), default=0),
            by_hour=tuple((_at_hour(before, hour), _at_hour(after, hour)) for hour in range(24)),
        )


def backtest(before: Policy, after: Policy, actions: Iterable[PastAction]) -> Report:
    """The report on a whole past, oldest first."""
    running = Backtest(before, after)
    for past in actions:
        running.see(past)
    return running.report()


def _takes(effect: Effect, *, ran: bool) -> bool:
    return effect == "allow" or (effect == "require_approval" and ran)


def _changed(past: PastAction, before: Verdict, after: Verdict) -> Changed:
    return Changed(
        id=past.id,
        tool=past.call.tool,
        at=past.call.now.isoformat(),
        before=before.effect,
        after=after.effect,
        before_explanation=before.explanation,
        after_explanation=after.explanation,
        outcome=past.outcome,
    )


def _grave_first(changed: Changed) -> tuple[bool, bool, int, int, str]:
    """What would now go through although people had stopped or mended it comes first."""
    let_through = changed.after == "allow"
    regretted = changed.outcome in REGRETTED
    return not (let_through and regretted), not let_through, *_place(changed), changed.id


def _place(changed: Changed) -> tuple[int, int]:
    return EFFECTS.index(changed.after), EFFECTS.index(changed.before)


def _at_hour(asked: Counter[int], hour: int) -> int:
    return sum(count for bucket, count in asked.items() if bucket % 24 == hour)
