"""What agents say that they used, summed. Pure; nothing here is measured by us."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from approvals.answers import ActionView


@dataclass(slots=True)
class Spending:
    """Of one model as the agent names it ("" where it names none). `costs` has a sum for each currency."""

    model: str
    actions: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    tool_calls: int = 0
    costs: dict[str, Decimal] = field(default_factory=dict)


def spending(views: Iterable[ActionView]) -> list[Spending]:
    """One sum for each model, by its name: what was claimed with the proposal and with the result.

    Actions that claim nothing are left out. Needs views with envelopes.
    """
    sums: dict[str, Spending] = {}
    for view in views:
        envelope = view.envelope or {}
        reported = view.execution.report.get("usage") if view.execution else None
        claimed = [used for used in (envelope.get("usage"), reported) if used]
        if claimed:
            model = (envelope.get("agent_version") or {}).get("model") or ""
            total = sums.setdefault(model, Spending(model))
            total.actions += 1
            for used in claimed:
                _add(total, used)
    return [sums[model] for model in sorted(sums)]


def _add(total: Spending, used: Mapping[str, Any]) -> None:
    total.input_tokens += used.get("input_tokens") or 0
    total.output_tokens += used.get("output_tokens") or 0
    total.tool_calls += used.get("tool_calls") or 0
    if cost := used.get("cost"):
        total.costs[cost["currency"]] = total.costs.get(cost["currency"], Decimal(0)) + Decimal(cost["value"])
