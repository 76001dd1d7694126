"""Limits: sums under a lock, reservations, and giving back. Only inside the transaction of the move that they bind."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from approvals import rows
from approvals.answers import ActionView
from approvals.errors import OverLimit
from approvals.models import LimitKey, LimitUse
from approvals.policy.verdict import LimitCharge
from tenancy.rows import Row


def lock_and_sum(workspace_id: str, charges: Sequence[LimitCharge], at: datetime) -> dict[str, Decimal]:
    """What each limit has used in its window, by limit id, locked until the transaction ends.

    `charges` come sorted, so that two transactions never lock in opposite orders. On SQLite the transaction is the
    lock.
    """
    used = {}
    for charge in charges:
        LimitKey.everywhere.get_or_create(workspace_id=workspace_id, limit_id=charge.id, key=charge.key)
        keys = LimitKey.everywhere.filter(workspace_id=workspace_id, limit_id=charge.id, key=charge.key)
        if connection.features.has_select_for_update:
            keys.select_for_update().get()
        uses = LimitUse.everywhere.filter(
            workspace_id=workspace_id, limit_id=charge.id, key=charge.key, returned_at=None
        )
        if charge.window is not None:
            uses = uses.filter(used_at__gt=at - charge.window)
        # PostgreSQL sums to ten places; "80 used" is what people read, on every database.
        used[charge.id] = (uses.aggregate(total=Sum("amount"))["total"] or Decimal(0)).normalize()
    return used


def reservations(view: ActionView, charges: Sequence[LimitCharge], at: datetime) -> tuple[Row, ...]:
    return tuple(rows.limit_use(view, charge.id, charge.key, charge.amount, at) for charge in charges)


def refuse_over(charges: Sequence[LimitCharge], used: dict[str, Decimal]) -> None:
    """People may pass a limit that asks for them, never one that denies. Raises OverLimit."""
    for charge in charges:
        if charge.over == "deny" and used[charge.id] + charge.amount > charge.max:
            raise OverLimit(
                f"Limit {charge.id} has no room: {used[charge.id]:f} used + {charge.amount:f} > {charge.max:f}."
                " Wait until the window has moved on, or have the limit raised."
            )


def give_back(action_id: str, at: datetime) -> None:
    """What an action reserved counts no more: it expired unspent, was revoked, or failed."""
    LimitUse.everywhere.filter(action_id=action_id, returned_at=None).update(returned_at=at)
