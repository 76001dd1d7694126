"""What the stories about escalations share: a plan, the sweep, and what was told."""

from datetime import datetime, timedelta

from accounts import services as accounts
from approvals import services
from approvals.answers import ActionView
from approvals.models import Escalation, Notification, Timer
from approvals.services.escalating import Swept
from audit.actor import OPERATOR
from tests.cast import POLICY, Stage

MINUTE = timedelta(minutes=1)
BIG = {"customer_id": "cus_1", "amount_usd": 800}
PLAN = """
escalations:
  ring:
    - {after: 0m, notify: [{person: ben}]}
    - {after: 10m, notify: [{oncall: desk}], channels: [console, email], repeat: {every: 5m, times: 2}}
    - {after: 30m, notify: [{group: finance}], channels: [email, slack], reassign: true}
schedules: {desk: {members: [ada, ben], rotation: daily, handover: "09:00"}}
"""


def with_plan(plan: str = PLAN) -> str:
    """The policy of the cast, every question under the plan `ring`."""
    return POLICY.replace("expires_in: 4h", "expires_in: 4h, escalation: ring") + plan


def sweep(at: datetime) -> Swept:
    return services.escalate_due(at=at)


def told(view: ActionView) -> list[tuple[str, int | None, list[str]]]:
    """Kind, level and the names of those who are told, of each telling in order."""
    found = []
    for row in Escalation.everywhere.filter(action_id=view.id).order_by("n"):
        notes = Notification.everywhere.filter(escalation=row).exclude(outcome="skipped")
        found.append((row.kind, row.level, sorted(set(notes.values_list("user_name", flat=True)))))
    return found


def next_due(view: ActionView) -> datetime | None:
    timer = Timer.everywhere.get(action_id=view.id, kind="escalate")
    return timer.due_at if timer.fired_at is None and timer.cancelled_at is None else None


def away(stage: Stage, name: str, delegate: str = "") -> None:
    """Somebody is away for the day, and may have named who stands in."""
    accounts.enter_absence(
        actor=OPERATOR,
        at=stage.at,
        workspace_id=stage.id,
        user_id=stage.people[name],
        begins_at=stage.at - timedelta(hours=1),
        ends_at=stage.at + timedelta(days=1),
        delegate_id=stage.people[delegate] if delegate else "",
    )
