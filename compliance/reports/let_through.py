"""What nobody was asked about: let through by policy, by rule and tool."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from compliance.reports.decisions import decided
from compliance.reports.shape import ALWAYS, Asked, Report, Row, walk

COLUMNS = (
    "policy_version",
    "rule",
    "tool",
    "actions",
    "by_standing_grant",
    "currency",
    "amount",
    "largest",
    "first_at",
    "last_at",
)
READ = (
    "decided_at",
    "action__policy_version_id",
    "action__policy",
    "action__tool",
    "action__amount",
    "action__currency",
)


@dataclass(slots=True)
class Sum:
    first_at: datetime
    last_at: datetime
    actions: int = 0
    standing: int = 0
    amount: Decimal | None = None
    largest: Decimal | None = None


def rows(asked: Asked) -> Iterator[Row]:
    sums: dict[tuple[str, str, str, str], Sum] = {}
    found = decided(asked).filter(source="policy", outcome="approved", action__terms__seeded__isnull=True)
    for one in walk(found, asked, *READ):
        policy, amount, at = one["action__policy"], one["action__amount"], one["decided_at"]
        key = (one["action__policy_version_id"], policy.get("rule") or "", one["action__tool"], one["action__currency"])
        row = sums.setdefault(key, Sum(at, at))
        row.actions += 1
        row.standing += "standing_grant" in policy
        row.first_at, row.last_at = min(row.first_at, at), max(row.last_at, at)
        if amount is not None:
            row.amount = amount if row.amount is None else row.amount + amount
            row.largest = amount if row.largest is None else max(row.largest, amount)
    for (version, rule, tool, currency), row in sorted(sums.items(), key=lambda item: (-item[1].actions, item[0])):
        sums_of = (_exact(row.amount), _exact(row.largest))
        yield (version, rule, tool, row.actions, row.standing, currency, *sums_of, row.first_at, row.last_at)


def _exact(amount: Decimal | None) -> Decimal | None:
    """Without the zeros of the column; 1200 stays 1200."""
    if amount is None:
        return None
    return amount.quantize(Decimal(1)) if amount == amount.to_integral() else amount.normalize()


REPORT = Report(
    name="let-through",
    title="Let through by policy",
    about="Actions that policy approved without asking anybody, by version, rule and tool, the most frequent first.",
    columns=COLUMNS,
    rows=rows,
    takes=ALWAYS | {"tool", "agent", "rule"},
    paper=(
        "rule",
        "tool",
        "actions",
        "by_standing_grant",
        "currency",
        "amount",
        "largest",
        "first_at",
        "last_at",
        "policy_version",
    ),
)
