"""What each limit has used while past actions are replayed in order. Takes the place of the rows of live use."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from approvals.policy.verdict import LimitCharge


class Ledger:
    """Sums by limit and key. Calls come in the order of time; what left its window is forgotten."""

    def __init__(self) -> None:
        self._uses: dict[tuple[str, str], deque[tuple[datetime, Decimal]]] = {}
        self._sums: dict[tuple[str, str], Decimal] = {}

    def used(self, charges: Sequence[LimitCharge], at: datetime) -> dict[str, Decimal]:
        """By limit id, what the key of each charge has used in its window before `at`."""
        found = {}
        for charge in charges:
            key = (charge.id, charge.key)
            uses = self._uses.get(key)
            if uses and charge.window is not None:
                over = at - charge.window
                while uses and uses[0][0] <= over:
                    self._sums[key] -= uses.popleft()[1]
            found[charge.id] = self._sums.get(key, Decimal(0))
        return found

    def take(self, charges: Sequence[LimitCharge], at: datetime) -> None:
        for charge in charges:
            key = (charge.id, charge.key)
            self._uses.setdefault(key, deque()).append((at, charge.amount))
            self._sums[key] = self._sums.get(key, Decimal(0)) + charge.amount
