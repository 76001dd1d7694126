"""Labels as decisions of days past left them, for tests that need many."""

from datetime import datetime, timedelta
from typing import Any

from approvals import policies
from audit.actor import OPERATOR
from feedback.models import Label
from feedback.readiness import Control
from feedback.services import readiness
from tenancy import ids
from tests.cast import Stage


def label(
    stage: Stage,
    n: int,
    *,
    at: datetime,
    kind: str = "approved",
    tool: str = "crm.note",
    by: str = "ada",
    risk: str = "low",
    version: str = "",
    policy: str = "",
    args: dict[str, Any] | None = None,
    claims: dict[str, Any] | None = None,
) -> Label:
    """One decision; `n` makes its arguments its own."""
    active = policies.active(stage.id)
    call = {"tool": tool, "args": args or {"text": f"note {n}"}}
    row = Label(
        id=ids.new("lbl", at),
        workspace_id=stage.id,
        action_id=ids.new("act", at - timedelta(minutes=5)),
        decision_id=ids.new("dec", at),
        kind=kind,
        source="people",
        tool=tool,
        agent_id=stage.otto.agent_id or "",
        agent_version_id=version,
        proposed=call,
        final=None if kind == "rejected" else call,
        material=kind == "approved_with_changes",
        taxonomy="reasons/1",
        reviewers=[stage.people[by]],
        door="web",
        context={
            "claims": {"intent": "Note it", **(claims or {})},
            "policy": {"version": policy or (active.version_id if active else ""), "rule": None},
            "needs": [],
            "risk": risk,
            "trace_id": None,
            "template": None,
            "facts_sha256": "0" * 64,
            "manifest_sha256": None,
            "dwell_ms": 900,
        },
        decided_at=at,
        created_at=at,
    )
    row.save(force_insert=True)
    return row


def waive(stage: Stage) -> None:
    """Ada lets agents pass without any of the five controls."""
    for name in Control:
        readiness.set_control(
            actor=OPERATOR, at=stage.at, workspace_id=stage.id, name=name, owner_id=stage.people["ada"], waived=True,
            why="Not asked yet",
        )  # fmt: skip
