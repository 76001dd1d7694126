"""Caps over rolling windows: which a call touches, by how much, whether it would pass them. Pure: sums are given."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from approvals.policy.compiled import Plan, Policy
from approvals.policy.durations import format_duration
from approvals.policy.grounds import Ground
from approvals.policy.model import Limit, ToolSpec
from approvals.policy.paths import ABSENT, look_up, number_at
from approvals.policy.verdict import Context, LimitCharge

_FINEST = Decimal("1e-10")
_MOST = Decimal("1e15")
# As wide as the narrowest column that keeps one, the subject of a disclosure.
_LONGEST_KEY = 80
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Charges:
    """`loose` charges belong to a call without a trace: it is a trace of its own, so nothing is used or kept.

    `unreadable` are ids of limits that name the tool but whose amount or key the call does not give.
    """

    charges: tuple[LimitCharge, ...]
    loose: tuple[LimitCharge, ...]
    unreadable: tuple[str, ...]

    def passed(self, history: Mapping[str, Decimal | int]) -> Iterator[tuple[LimitCharge, Decimal]]:
        """Each charge that would pass its limit, with what is used already."""
        for charge in self.charges:
            used = Decimal(history.get(charge.id, 0))
            if used + charge.amount > charge.max:
                yield charge, used
        for charge in self.loose:
            if charge.amount > charge.max:
                yield charge, Decimal(0)


def limits_for(policy: Policy, context: Context) -> tuple[LimitCharge, ...]:
    """What to look up before evaluation, sorted by id and key: locks taken in this order never wait in a circle."""
    return charges_of(policy.plan(context.tool), context).charges


def charges_of(plan: Plan, context: Context) -> Charges:
    charges: list[LimitCharge] = []
    loose: list[LimitCharge] = []
    unreadable: list[str] = []
    for limit in plan.limits:
        measured = _measure(limit, plan.spec, context)
        whose = _whose(limit, plan.spec, context)
        if measured is None or whose is None:
            unreadable.append(limit.id)
            continue
        amount, currency = measured
        key = (limit.per, currency, whose)
        kept = loose if limit.per == "trace" and not whose else charges
        kept.append(LimitCharge(limit.id, key, amount, limit.window, limit.max, limit.over))
    charges.sort(key=lambda charge: (charge.id, charge.key_parts))
    return Charges(tuple(charges), tuple(loose), tuple(unreadable))


def limit_grounds(charges: Charges, history: Mapping[str, Decimal | int]) -> list[Ground]:
    found = []
    for charge, used in charges.passed(history):
        span = f" in {format_duration(charge.window)}" if charge.window else ""
        total = f"{used:f} used + {charge.amount:f} > {charge.max:f}{span}"
        found.append(Ground(charge.over, "over_limit", f"limit {charge.id} would be passed: {total}"))
    for limit in charges.unreadable:
        text = f"limit {limit} cannot be counted, as the call does not give what it sums"
        found.append(Ground("require_approval", "limit_unreadable", text))
    return found


def _measure(limit: Limit, spec: ToolSpec | None, context: Context) -> tuple[Decimal, str] | None:
    """Amount and currency. Usage that is not reported counts as nothing; a negative amount counts as unreadable."""
    if limit.sum is None:
        return Decimal(1), ""
    value = look_up(context.args if limit.sum.root == "args" else context.usage, limit.sum.steps)
    currency = ""
    if spec is not None and spec.amount is not None and spec.amount.path == limit.sum:
        currency = spec.amount.currency
    if isinstance(value, Mapping):
        currency = str(value.get("currency", ""))
        if currency and not _CURRENCY.fullmatch(currency):
            return None
        value = value.get("value", ABSENT)
    if value is ABSENT and limit.sum.root == "usage":
        return Decimal(0), ""
    number = number_at(value)
    if number is None or number < 0:
        return None
    if number >= _MOST:
        return _MOST, currency
    return (number if number == round(number, 2) else number.quantize(_FINEST, ROUND_UP)), currency


def _whose(limit: Limit, spec: ToolSpec | None, context: Context) -> str | None:
    if limit.per == "agent":
        return _short(context.agent)
    if limit.per == "trace":
        return _short(context.trace_id or "")
    if limit.per == "workspace":
        return ""
    return counterpart_text(spec, context.args)


def counterpart_text(spec: ToolSpec | None, args: Mapping[str, object]) -> str | None:
    """Who stands on the other side, by the tool's declared path: a text or whole number, else None."""
    if spec is None or spec.counterpart is None:
        return None
    value = look_up(args, spec.counterpart.steps)
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        return None
    return _short(str(value))


def _short(text: str) -> str:
    """Texts that are long or cannot be seen are known by their hash, so that every key fits its column."""
    if len(text) <= _LONGEST_KEY and text.isprintable():
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
