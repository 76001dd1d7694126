"""An example: what the agent knew, what it wanted, what was decided, and what is expected of the next one.

`content` is what the hash is of; it holds nothing that differs between two machines with the same decisions. Ids, times
and people stand in `provenance`, people as pseudonyms.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from audit.canonical import INTEGER_MAX, canonical, stamp
from feedback import lessons
from feedback.labels import LabelKind
from feedback.nearness import cluster, key
from feedback.redaction import PROFILE, redacted

SCHEMA = "countersign.example/1"
DECIDED = {
    LabelKind.APPROVED: lessons.Decided.APPROVE,
    LabelKind.APPROVED_WITH_CHANGES: lessons.Decided.EDIT,
    LabelKind.REJECTED: lessons.Decided.REJECT,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """An example that is not stored yet. `content` and `provenance` are canonical JSON, redacted."""

    external_id: str
    content: str
    provenance: str
    sha256: str
    group_key: int
    cluster: int
    decision: str
    tool: str
    tier: str


@dataclass(frozen=True, slots=True)
class LabelRow:
    """What an example takes of a label."""

    id: str
    action_id: str
    decision_id: str
    kind: str
    tool: str
    agent_id: str
    agent_version_id: str
    proposed: dict[str, Any]
    final: dict[str, Any] | None
    patch: list[dict[str, Any]]
    material: bool
    reason_code: str
    taxonomy: str
    comment: str
    reviewers: Sequence[str]
    door: str
    context: Mapping[str, Any]
    decided_at: datetime


def pseudonym(secret: bytes, user_id: str) -> str:
    """Whom a judgement is of, for everybody who may not know: the same person reads the same under the same secret."""
    return "rev_" + hmac.digest(secret, user_id.encode(), "sha256").hex()[:20]


def from_label(row: LabelRow, secret: bytes) -> Draft | None:
    """None where nobody judged the call."""
    decided = DECIDED.get(LabelKind(row.kind))
    if decided is None:
        return None
    claims = row.context["claims"]
    content = {
        "input": {"messages": _messages(claims), "tools": _tools(claims, row.proposed, row.final)},
        "proposed": row.proposed,
        "decision": decided.value,
        "final": row.final,
        "patch": row.patch,
        "material": row.material,
        "reason": {"code": row.reason_code or None, "taxonomy": row.taxonomy, "text": row.comment or None},
        "slices": {"tool": row.tool, "risk": row.context["risk"], "rule": row.context["policy"]["rule"]},
    }
    provenance = {
        "source": "label",
        "label_id": row.id,
        "action_id": row.action_id,
        "decision_id": row.decision_id,
        "trace_id": row.context["trace_id"],
        "agent_id": row.agent_id,
        "agent_version_id": row.agent_version_id or None,
        "manifest_sha256": row.context["manifest_sha256"],
        "policy_version": row.context["policy"]["version"],
        "rubric": row.taxonomy,
        "reviewers": sorted(pseudonym(secret, user_id) for user_id in row.reviewers),
        "channel": row.door,
        "purpose": "live",
        "tier": "single",
        "inclusion_probability": 1,
        "decided_at": stamp(row.decided_at),
    }
    return _draft(row.action_id, content, provenance, row.context["trace_id"] or "")


@dataclass(frozen=True, slots=True)
class Given:
    """An example that people bring: what is asked, which calls are right, and which are wrong."""

    external_id: str
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    expected: list[dict[str, Any]]
    forbidden: list[dict[str, Any]]
    group: str
    slices: dict[str, str]


def from_given(given: Given) -> Draft:
    calls = [*given.expected, *given.forbidden]
    content = {
        "input": {"messages": given.messages, "tools": given.tools or [{"name": name} for name in _names(calls)]},
        "proposed": None,
        "decision": lessons.Decided.GOLD.value,
        "final": None,
        "patch": [],
        "material": False,
        "reason": {"code": None, "taxonomy": None, "text": None},
        "expected": given.expected,
        "forbidden": given.forbidden,
        "slices": {"tool": calls[0]["tool"] if calls else "", **given.slices},
    }
    return _draft(given.external_id, content, {"source": "given", "tier": "gold", "purpose": "gold"}, given.group)


def _draft(external_id: str, content: dict[str, Any], provenance: dict[str, Any], group: str) -> Draft:
    both, counts = redacted(_settled({"content": content, "provenance": provenance}))
    clean: dict[str, Any] = both["content"]
    expectation = lessons.expectation(lessons.of(clean))
    clean = {key: value for key, value in clean.items() if key not in {"expected", "forbidden"}} | {
        "schema": SCHEMA,
        "expectation": expectation,
        "redaction": {"profile": PROFILE, "counts": counts},
    }
    said = " ".join(turn["content"] for turn in clean["input"]["messages"] if turn["role"] == "user")
    none: dict[str, Any] = {"tool": "", "args": {}}
    call: dict[str, Any] = clean["proposed"] or next(iter(expectation["actions"] + expectation["forbidden"]), none)
    near = cluster(call["tool"], call["args"], said)
    written = canonical(clean)
    return Draft(
        external_id=external_id,
        content=written.decode(),
        provenance=canonical(both["provenance"]).decode(),
        sha256=sha256(b"countersign.example/1\n" + written).hexdigest(),
        group_key=key("group", group) if group else near,
        cluster=near,
        decision=clean["decision"],
        tool=call["tool"],
        tier=provenance["tier"],
    )


def _messages(claims: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conversation; without one, what the agent said it was asked; [] where it said nothing."""
    turns = claims.get("conversation") or []
    if turns:
        return [{name: value for name, value in turn.items() if value is not None} for turn in turns]
    said = claims.get("intent") or claims.get("summary")
    return [{"role": "user", "content": said}] if said else []


def _tools(claims: Mapping[str, Any], *calls: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    offered = {tool["name"]: tool for tool in claims.get("tools_offered") or []}
    for name in _names(calls):
        offered.setdefault(name, {"name": name})
    return [{k: v for k, v in offered[name].items() if v is not None} for name in sorted(offered)]


def _names(calls: Sequence[Mapping[str, Any] | None]) -> list[str]:
    return sorted({call["tool"] for call in calls if call is not None})


def _settled(value: Any) -> Any:
    """PostgreSQL gives a float like 1e21 back as an integer; no integer that large was ever let in."""
    if isinstance(value, dict):
        return {name: _settled(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_settled(item) for item in value]
    if isinstance(value, int) and abs(value) > INTEGER_MAX:
        return float(value)
    return value
