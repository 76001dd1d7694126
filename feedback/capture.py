"""The feedback sink: one label of each decision, from what the decision itself froze."""

from collections.abc import Sequence
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
    capture_all([delivery])


def capture_all(deliveries: Sequence[Delivery]) -> None:
    """The labels of several actions of one workspace, all or none. Statements do not grow with their number, but for
    those that people rejected.
    """
    workspace_id, action_ids = deliveries[0].workspace_id, {delivery.subject for delivery in deliveries}
    decisions = Decision.everywhere.select_related("action__snapshot", "action__agent_version")
    made = list(decisions.filter(action_id__in=action_ids, workspace_id=workspace_id).order_by("action_id"))
    if without := sorted(action_ids - {decision.action_id for decision in made}):
        raise PermanentFailure(f"{', '.join(without)} has no decision in {workspace_id}; nothing can be learned.")
    teaching = [made_one for made_one in made if not {"seeded", "erased"} & made_one.action.terms.keys()]
    with transaction.atomic():
        # Looked for first: SQLite's guard against replacing refuses even what is to be ignored. Where transactions do
        # not take turns, the unique action id settles who was first.
        known = Label.everywhere.filter(action_id__in=[decision.action_id for decision in teaching])
        learned = set(known.values_list("action_id", flat=True))
        if fresh := [decision for decision in teaching if decision.action_id not in learned]:
            Label.everywhere.bulk_create(_labels(workspace_id, fresh, timezone.now()), ignore_conflicts=True)


def _labels(workspace_id: str, decisions: Sequence[Decision], at: datetime) -> list[Label]:
    """Each with the arguments as they were proposed, and as they stood when it was decided."""
    numbers = {1, *(decision.revision for decision in decisions)}
    revisions = Revision.everywhere.filter(action_id__in=[d.action_id for d in decisions], n__in=numbers)
    args = {(revision.action_id, revision.n): bytes(revision.args) for revision in revisions}
    reasons = taxonomy(workspace_id).name
    labels_made = []
    for decision in decisions:
        proposed, decided = (orjson.loads(args[decision.action_id, n]) for n in (1, decision.revision))
        labels_made.append(Label(**_values(decision, proposed, decided, reasons, at)))
    return labels_made


def _values(decision: Decision, proposed: Any, decided: Any, reasons: str, at: datetime) -> dict[str, Any]:
    action = decision.action
    tool = action.snapshot.facts["tool"]
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
        "taxonomy": reasons,
        "comment": decision.comment,
        "reviewers": [person["id"] for person in decision.decided_by],
        "door": decision.door,
        "context": _context(decision, action),
        "decided_at": decision.decided_at,
        "created_at": at,
    }


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
