"""Whoever owns a scheduled gate is told what it said.

Every letter is promised here, in the open transaction. The webhook on a verdict is promised where it is kept, for any
gate, scheduled or not.
"""

from datetime import datetime

from feedback.models import GatePlan
from outbox import post

JUDGED, UNFED, FAILED = "gate.judged", "gate.unfed", "gate.failed"
BECAUSE_MAX = 500


def judged(plan: GatePlan, gate_id: str, at: datetime) -> None:
    """The verdict, whatever it is."""
    _promise(plan, JUDGED, gate_id, at)


def unfed(plan: GatePlan, at: datetime) -> None:
    """It was due and there was no new run."""
    _promise(plan, UNFED, "", at)


def failed(plan: GatePlan, because: str, at: datetime) -> None:
    """It could not be judged at all, such as without its baseline."""
    _promise(plan, FAILED, "", at, because[:BECAUSE_MAX])


def _promise(plan: GatePlan, kind: str, gate_id: str, at: datetime, because: str = "") -> None:
    post.post(
        sink="mail",
        kind=kind,
        workspace_id=plan.workspace_id,
        subject=gate_id or plan.pk,
        payload={
            "user": plan.owner_id,
            "plan": plan.name,
            "agent": plan.agent_name,
            "dataset": plan.dataset.name,
            "because": because,
        },
        at=at,
    )
