"""Which rules match one call. A false clause rules a rule out; an error counts against the call by the effect."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from approvals.policy import cel
from approvals.policy.clauses import shown_at
from approvals.policy.compiled import CompiledRule, Plan
from approvals.policy.limits import Charges
from approvals.policy.model import RANK, Canary, Tier
from approvals.policy.verdict import ClauseResult, Context


@dataclass(frozen=True, slots=True)
class Outcome:
    """`top` is the first of the most restrictive matching rules; `errors` are ids of rules that an error decided."""

    matched: tuple[CompiledRule, ...]
    top: CompiledRule | None
    top_results: tuple[ClauseResult, ...]
    trace: tuple[ClauseResult, ...]
    errors: tuple[str, ...]


def run_rules(plan: Plan, context: Context, tier: Tier, charges: Charges) -> Outcome:
    data = {name: _READERS[name](context, tier, charges) for name in plan.names}
    answers = _answers(plan, data)
    values = {read.text: shown_at(read, data, plan.hidden) for read in plan.reads}
    trace: list[ClauseResult] = []
    matched: list[CompiledRule] = []
    errors: list[str] = []
    top: CompiledRule | None = None
    top_results: tuple[ClauseResult, ...] = ()
    for compiled in plan.rules:
        rule = compiled.rule
        start = len(trace)
        for clause in compiled.clauses:
            answer = answers[len(trace)]
            read = tuple([(read.text, values[read.text]) for read in clause.reads])
            trace.append(ClauseResult(rule.id, clause.text, answer, read))
        found = answers[start : len(trace)]
        if False in found:
            continue
        if "error" in found:
            errors.append(rule.id)
            if rule.effect == "allow":
                continue
        matched.append(compiled)
        if top is None or RANK[rule.effect] > RANK[top.rule.effect]:
            top, top_results = compiled, tuple(trace[start:])
    return Outcome(tuple(matched), top, top_results, tuple(trace), tuple(errors))


def _answers(plan: Plan, data: Mapping[str, object]) -> list[bool | Literal["error"]]:
    """One answer for each clause of the plan: all at once, or each alone where one of them has an error."""
    if plan.batch is not None:
        together = cel.evaluate(plan.batch, data)
        if isinstance(together, list):
            return together
    return [_answer(cel.evaluate(clause.program, data)) for clause in plan.clauses]


def _answer(value: object) -> bool | Literal["error"]:
    return value if isinstance(value, bool) else "error"


def _agent(context: Context, tier: Tier, charges: Charges) -> dict[str, object]:
    state = "canary" if isinstance(context.manifest, Canary) else context.manifest
    return {"name": context.agent, "version": context.agent_version, "state": state}


def _history(context: Context, tier: Tier, charges: Charges) -> dict[str, int | float]:
    return {charge.id: _number(context.history.get(charge.id, 0)) for charge in (*charges.charges, *charges.loose)}


def _number(amount: Decimal | int) -> int | float:
    return int(amount) if amount == int(amount) else float(amount)


# Only the names that a tool's clauses read are made ready.
_READERS: dict[str, Callable[[Context, Tier, Charges], object]] = {
    "tool": lambda context, tier, charges: context.tool,
    "args": lambda context, tier, charges: context.args,
    "actor": lambda context, tier, charges: context.actor,
    "agent": _agent,
    "intent": lambda context, tier, charges: context.intent or "",
    "confidence": lambda context, tier, charges: float(context.confidence or 0),
    "uncertain": lambda context, tier, charges: context.uncertain,
    "constraints": lambda context, tier, charges: context.constraints,
    "impact": lambda context, tier, charges: context.impact,
    "evidence": lambda context, tier, charges: list(context.evidence),
    "usage": lambda context, tier, charges: context.usage,
    "trace_id": lambda context, tier, charges: context.trace_id or "",
    "on_behalf_of": lambda context, tier, charges: context.on_behalf_of or "",
    "now": lambda context, tier, charges: context.now,
    "history": _history,
    "tier": lambda context, tier, charges: tier,
}
