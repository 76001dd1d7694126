"""The caller's own limits. They can only tighten: what is unknown or cannot be judged asks a person."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from approvals.policy.grounds import Ground
from approvals.policy.model import ToolSpec
from approvals.policy.paths import number_at
from approvals.policy.values import plain, printable

_MONEY = re.compile(r"(max_amount|requires_human_approval_over)_([a-z]{3})", re.ASCII)


def constraint_grounds(
    constraints: Mapping[str, object], tool: str, spec: ToolSpec | None, amount: tuple[Decimal, str] | None
) -> Iterator[Ground]:
    """One ground for each constraint that bears on the call; `amount` is what the policy's tool declares."""
    for word, value in constraints.items():
        money = _MONEY.fullmatch(word)
        if money is not None:
            yield from _money(word, money[1], money[2].upper(), number_at(value), amount)
        elif word == "allowed_tools" and isinstance(value, list):
            if tool not in value:
                yield _violated(f"the caller's allowed_tools do not hold {plain(tool)}")
        elif word == "pii_write_allowed" and isinstance(value, bool):
            if not value and (spec is None or spec.writes_pii):
                yield _violated(f"the caller's pii_write_allowed is false and {plain(tool)} may write personal data")
        else:
            yield _asks(f"the caller's constraint {printable(word)[:80]} is not one that can be checked")


def _money(
    word: str, kind: str, currency: str, bound: Decimal | None, amount: tuple[Decimal, str] | None
) -> Iterator[Ground]:
    if bound is None:
        yield _asks(f"the caller's {word} is not an amount")
    elif amount is None or amount[1] != currency:
        yield _asks(f"the caller's {word} cannot be checked, as the call has no amount in {currency}")
    elif amount[0] > bound and kind == "max_amount":
        yield _violated(f"the amount ({amount[0]:f}) is over the caller's {word} ({bound:f})")
    elif amount[0] > bound:
        yield _asks(f"the amount ({amount[0]:f}) is over the caller's {word} ({bound:f})")


def _violated(text: str) -> Ground:
    return Ground("deny", "constraint_violated", text)


def _asks(text: str) -> Ground:
    return Ground("require_approval", "constraint", text)
