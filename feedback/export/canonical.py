"""Canonical JSONL, from which all other exports derive: one RFC 8785 object a line. `docs/labels.md` describes it."""

from typing import Any

from audit.canonical import INTEGER_MAX, canonical, stamp
from feedback.examples import pseudonym
from feedback.queries import LabelView

SCHEMA = "countersign.label/1"


def line(label: LabelView, secret: bytes) -> bytes:
    """One label with its line feed; people by their pseudonyms under `secret`. The same label gives the same bytes on
    every database.
    """
    return canonical(_settled(_record(label, secret))) + b"\n"


def _record(label: LabelView, secret: bytes) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "id": label.id,
        "kind": label.kind,
        "source": label.source,
        "tool": label.tool,
        "proposed": label.proposed,
        "final": label.final,
        "patch": label.patch,
        "material": label.material,
        "alternative": label.alternative,
        "reason": {"code": label.reason_code or None, "taxonomy": label.taxonomy, "text": label.comment or None},
        "context": label.context,
        "review": {"purpose": label.purpose, "rubric": label.taxonomy, "inclusion_probability": label.included},
        "provenance": {
            "workspace_id": label.workspace_id,
            "action_id": label.action_id,
            "decision_id": label.decision_id,
            "agent_id": label.agent_id,
            "agent_version_id": label.agent_version_id or None,
            "reviewers": sorted(pseudonym(secret, user_id) for user_id in label.reviewers),
            "door": label.door,
            "decided_at": stamp(label.decided_at),
            "labelled_at": stamp(label.created_at),
        },
    }


def _settled(value: Any) -> Any:
    """PostgreSQL gives a float like 1e21 back as an integer; no integer that large was ever let in."""
    if isinstance(value, dict):
        return {key: _settled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_settled(item) for item in value]
    if isinstance(value, int) and abs(value) > INTEGER_MAX:
        return float(value)
    return value
