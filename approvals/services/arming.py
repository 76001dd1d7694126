"""The timer that an action is opened with where its policy has a plan for it."""

from datetime import datetime

from approvals import rows
from approvals.answers import ActionView
from approvals.escalation import plan
from approvals.policy.compiled import Policy
from tenancy.rows import Row


def armed(view: ActionView, policy: Policy, at: datetime) -> tuple[Row, ...]:
    """One row, or none: what follows the first moment is written when that fires."""
    steps = policy.document.escalations.get(view.terms["escalation"] or "")
    first = plan.following(plan.moments(steps[:1], view.created_at, view.expires_at), plan.NOTHING) if steps else None
    return (rows.timer(view, "escalate", first.due_at, at),) if first else ()
