"""Spans of time in which calls wait for people, or are refused, whatever the rules say."""

from collections.abc import Iterator
from datetime import datetime

from approvals.policy.compiled import Plan
from approvals.policy.grounds import Ground
from approvals.policy.model import Freeze
from approvals.policy.verdict import Context


def holds(freeze: Freeze, at: datetime) -> bool:
    return freeze.starts_at <= at < freeze.ends_at


def freeze_grounds(plan: Plan, context: Context) -> Iterator[Ground]:
    """One ground for each freeze that names the tool and holds at `now`: from its beginning until before its end."""
    for freeze in plan.freezes:
        if holds(freeze, context.now):
            text = f"freeze {freeze.id} holds until {freeze.ends_at:%Y-%m-%d %H:%M} UTC"
            yield Ground(freeze.effect, "freeze", text)
