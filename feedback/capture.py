"""The feedback sink: one label of each decision, from what the decision itself froze."""

from datetime import datetime
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from approvals import alternatives
from approvals.models import Action, Decision, Revision
from feedback import labels
from feedback.models import Label
from feedback.queries import taxonomy
from outbox.types import Delivery, PermanentFailure
from tenancy import ids


def capture(delivery: Delivery) -> None:
    """Makes the label of the action that `delivery.subject` names; a second delivery finds it made and changes nothing.
    A test action teaches its reviewer, not the data: it gets none, and neither does one that was erased.

    PermanentFailure: the action has no decision.
    """
    decisions = Decision.everywhere.select_related("action__snapshot", "action__agent_version")
    decision = decisions.filter(action_id=delivery.subject, workspace_id=delivery.workspace_id).first()
    if decision is None:
        raise PermanentFailure(
            f"{delivery.subject} has no decision in {delivery.workspace_id}; nothing can be learned."
        )
    if "seeded" in decision.action.terms or "erased" in decision.action.terms:
        return
    with transaction.atomic():
        # Looked for first: SQLite's guard against replacing refuses even what is to be ignored. Where transactions do
        # not take turns, the unique action id settles who was first.
        if not Label.everywhere.filter(action_id=decision.action_id).exists():
            made = Label(**_values(decision, timezone.now()))
            Label.everywhere.bulk_create([made], ignore_conflicts=True)


def _values(decision: Decision, at: datetime) -> dict[str, Any]:
    action = decision.action
    tool = action.snapshot.facts["tool"]
    proposed, decided = _arguments(decision)
    kind = labels.kind_of(decision.outcome, decision.source, edited=decision.edited)
    approved = kind in {
        labels.LabelKind.APPROVED,
        labels.LabelKind.APPROVED_WITH_CHANGES,
        labels.LabelKind.ALLOWED_BY_POLICY,
    }
    return {
        "id": ids.new("lbl", at),
        "workspace_id": decision.workspace_id,
        "action_id": decision.action_id,
        "decision_id": decision.id,
        "kind": kind.value,
        "source": decision.source,
        "tool": tool,
        "agent_id": action.agent_id,
        "agent_version_id": action.agent_version_id or "",
        "proposed": {"tool": tool, "args": proposed},
        "final": {"tool": tool, "args": decided} if approved else None,
        "patch": decision.changes if approved else [],
        "material": approved and labels.is_material(proposed, decided),
        "alternative": alternatives.of_decision(action.id, decision),
        "reason_code": decision.reason_code,
        "taxonomy": taxonomy(decision.workspace_id).name,
        "comment": decision.comment,
        "reviewers": [person["id"] for person in decision.decided_by],
        "door": decision.door,
        "context": _context(decision, action),
        "decided_at": decision.decided_at,
        "created_at": at,
    }


def _arguments(decision: Decision) -> tuple[Any, Any]:
    """The arguments as they were proposed, and as they stood when it was decided."""
    revisions = Revision.everywhere.filter(action_id=decision.action_id, n__in={1, decision.revision})
    args = {revision.n: orjson.loads(bytes(revision.args)) for revision in revisions}
    return args[1], args[decision.revision]


def _context(decision: Decision, action: Action) -> dict[str, Any]:
    """What was known and shown then. `dwell_ms` is how long whoever decided had it open; null where nobody did."""
    shown = action.snapshot.facts
    version = action.agent_version
    return {
        "claims": shown["claims"],
        "policy": shown["policy"],
        "needs": shown["needs"],
        "risk": shown["risk"],
        "trace_id": shown["trace_id"],
        "template": action.snapshot.template,
        "facts_sha256": action.snapshot.facts_sha256,
        "manifest_sha256": version.manifest_sha256 if version else None,
        "dwell_ms": shown.get("dwell_ms"),
    }
