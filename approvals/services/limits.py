"""Limits: sums under a lock, reservations, and giving back. Only inside the transaction of the move that they bind."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Sum

from approvals import policies, rows
from approvals.answers import ActionView
from approvals.errors import OverLimit
from approvals.models import Action, LimitKey, LimitUse
from approvals.policy.limits import limits_for
from approvals.policy.verdict import Context, LimitCharge
from tenancy.rows import Row

KEYS_KEPT = timedelta(days=2)
KEYS_AT_ONCE = 1_000


def lock_and_sum(workspace_id: str, charges: Sequence[LimitCharge], at: datetime) -> dict[str, Decimal]:
    """What each limit has used in its window, by limit id, locked until the transaction ends.

    `charges` come sorted, so that two transactions never lock in opposite orders. On SQLite the transaction is the
    lock.
    """
    used = {}
    for charge in charges:
        _lock(workspace_id, charge)
        uses = LimitUse.everywhere.filter(
            workspace_id=workspace_id, limit_id=charge.id, key=charge.key, returned_at=None
        )
        if charge.window is not None:
            uses = uses.filter(used_at__gt=at - charge.window)
        # PostgreSQL sums to ten places; "80 used" is what people read, on every database.
        used[charge.id] = (uses.aggregate(total=Sum("amount"))["total"] or Decimal(0)).normalize()
    return used


def _lock(workspace_id: str, charge: LimitCharge) -> None:
    """Made where there is none yet, and made once more where it was tidied away before it was locked.

    Not with get_or_create: between its refused INSERT and its second look the row may go, and that is an error to it.
    """
    given: dict[str, Any] = {"workspace_id": workspace_id, "limit_id": charge.id, "key": charge.key}
    keys = LimitKey.everywhere.filter(**given)
    if connection.features.has_select_for_update:
        keys = keys.select_for_update()
    while keys.first() is None:
        LimitKey.everywhere.bulk_create([LimitKey(**given)], ignore_conflicts=True)


def forget_keys(*, at: datetime, limit: int = KEYS_AT_ONCE) -> int:
    """Drops keys under which nothing was reserved for KEYS_KEPT, such as those of traces that are over; says how many.

    A key is nothing but what is locked: with the next call it is there again, and what was used is summed as ever.
    """
    recent = LimitUse.everywhere.filter(
        workspace_id=OuterRef("workspace_id"),
        limit_id=OuterRef("limit_id"),
        key=OuterRef("key"),
        returned_at=None,
        used_at__gt=at - KEYS_KEPT,
    )
    with transaction.atomic():
        idle = LimitKey.everywhere.filter(~Exists(recent))
        if connection.features.has_select_for_update_skip_locked:
            idle = idle.select_for_update(skip_locked=True)
        found = list(idle.values_list("pk", flat=True)[:limit])
        return LimitKey.everywhere.filter(pk__in=found).delete()[0]


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
    """What an action reserved counts no more: it expired unspent, was revoked, or failed. What it has used up, such as
    its cost, is gone whatever became of it.
    """
    uses = LimitUse.everywhere.filter(action_id=action_id, returned_at=None)
    used_up = _sums_of_usage(action_id) if uses.exists() else []
    uses.exclude(limit_id__in=used_up).update(returned_at=at)


def add_used(view: ActionView, used: Mapping[str, Any], at: datetime) -> None:
    """What an execution reports to have used counts as well, against the limits that sum usage: the next call meets it.
    In the caller's transaction.
    """
    policy = policies.compiled(view.policy_version_id)
    if not any(limit.sum and limit.sum.root == "usage" for limit in policy.plan(view.tool).limits):
        return
    asked = Context(
        tool=view.tool,
        args={},
        actor=view.agent_name,
        agent=view.agent_name,
        now=at,
        usage=used,
        trace_id=view.trace_id or None,
    )
    summed = set(_sums_of_usage(view.id))
    charges = [charge for charge in limits_for(policy, asked) if charge.id in summed and charge.amount]
    lock_and_sum(view.workspace_id, charges, at)
    for row in reservations(view, charges, at):
        row.model(**row.values).save(force_insert=True)


def _sums_of_usage(action_id: str) -> list[str]:
    """Ids of the limits that sum what an agent uses, in the policy that the action was opened on."""
    version_id = Action.everywhere.values_list("policy_version_id", flat=True).get(pk=action_id)
    limits = policies.compiled(version_id).document.limits
    return [limit.id for limit in limits if limit.sum is not None and limit.sum.root == "usage"]
