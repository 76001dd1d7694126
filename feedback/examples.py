"""An example: what the agent knew, what it wanted, what was decided, and what is expected of the next one.

`content` is what the hash is of; it holds nothing that differs between two machines with the same decisions. Ids, times
and people stand in `provenance`, people as pseudonyms.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import orjson

from audit.canonical import INTEGER_MAX, NotCanonical, canonical, plain, stamp
from feedback import lessons, settling
from feedback.nearness import cluster, key
from feedback.redaction import PROFILE, searched
from feedback.suspicion import suspects

SCHEMA = "countersign.example/1"


_NO_LOOKS: Mapping[str, Sequence[settling.Look]] = MappingProxyType({})


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
class _Tree:
    """An example before it is redacted; `group` is what it belongs to, "" for nothing."""

    external_id: str
    content: dict[str, Any]
    provenance: dict[str, Any]
    group: str


@dataclass(slots=True)
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
    alternative: dict[str, Any] | None
    reason_code: str
    taxonomy: str
    comment: str
    reviewers: Sequence[str]
    door: str
    context: Mapping[str, Any]
    decided_at: datetime


@lru_cache(maxsize=4096)
def pseudonym(secret: bytes, user_id: str) -> str:
    """Whom a judgement is of, for everybody who may not know: the same person reads the same under the same secret."""
    return "rev_" + hmac.digest(secret, user_id.encode(), "sha256").hex()[:20]


def from_labels(
    rows: Iterable[LabelRow], secret: bytes, looks: Mapping[str, Sequence[settling.Look]] = _NO_LOOKS
) -> list[Draft]:
    """Of those that somebody judged, with what was said of them later (`looks`, by the label's id). Together, because
    what is hidden is looked for in all at once.
    """
    trees = [
        _of_label(row, held, secret)
        for row in rows
        # A tombstone has no context.
        if row.context and (held := settling.held(_lived(row), looks.get(row.id, ())))
    ]
    raws = [orjson.dumps([_looked_through(tree.content), tree.group]) for tree in trees]
    return [_draft(tree, is_suspect) for tree, is_suspect in zip(trees, suspects(raws), strict=True)]


def _looked_through(content: dict[str, Any]) -> dict[str, Any]:
    """What was signed as it was proposed need not be looked through twice."""
    return {**content, "final": None} if content["final"] is content["proposed"] else content


def _lived(row: LabelRow) -> settling.Lived:
    return settling.Lived(
        row.kind, row.proposed, row.final, row.patch, row.material, row.alternative, tuple(row.reviewers)
    )


def _of_label(row: LabelRow, held: settling.Held, secret: bytes) -> _Tree:
    claims = row.context["claims"]
    calls = (row.proposed, held.final, held.alternative)
    # What was said for another decision is no reason for this one.
    code, text = (None, None) if held.is_overturned else (row.reason_code or None, row.comment or None)
    content = {
        "input": {"messages": _messages(claims), "tools": _tools(claims, *calls)},
        "proposed": row.proposed,
        "decision": held.decided.value,
        "final": held.final,
        "patch": held.patch,
        "material": held.material,
        "reason": {"code": code, "taxonomy": row.taxonomy, "text": text},
        "slices": {"tool": row.tool, "risk": row.context["risk"], "rule": row.context["policy"]["rule"]},
    }
    if held.alternative:
        content["alternative"] = held.alternative
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
        "reviewers": sorted({pseudonym(secret, user_id) for user_id in held.reviewers}),
        "channel": row.door,
        "purpose": held.purpose,
        "tier": held.tier,
        "inclusion_probability": held.probability,
        "decided_at": stamp(row.decided_at),
    }
    return _Tree(row.action_id, content, provenance, row.context["trace_id"] or "")


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
    provenance = {"source": "given", "tier": "gold", "purpose": "gold"}
    tree = _Tree(given.external_id, content, provenance, given.group)
    (is_suspect,) = suspects([orjson.dumps([content, given.group])])
    return _draft(tree, is_suspect)


def _draft(tree: _Tree, is_suspect: bool) -> Draft:
    both: dict[str, Any] = {"content": tree.content, "provenance": tree.provenance}
    both, counts = searched(both) if is_suspect else (both, {})
    clean: dict[str, Any] = dict(both["content"])
    expectation = lessons.expectation(lessons.of(clean))
    clean.pop("expected", None)
    clean.pop("forbidden", None)
    clean |= {"schema": SCHEMA, "expectation": expectation, "redaction": {"profile": PROFILE, "counts": counts}}
    called, args, said = subject(clean)
    near = cluster(called, args, said)
    written = _canonical(clean)
    return Draft(
        external_id=tree.external_id,
        content=written.decode(),
        provenance=plain(both["provenance"]).decode(),
        sha256=sha256(b"countersign.example/1\n" + written).hexdigest(),
        group_key=key("group", tree.group) if tree.group else near,
        cluster=near,
        decision=clean["decision"],
        tool=called,
        tier=tree.provenance["tier"],
    )


def subject(content: dict[str, Any]) -> tuple[str, Any, str]:
    """What tells an example from others: tool and arguments of its first call, and what the user said."""
    said = " ".join([turn["content"] for turn in content["input"]["messages"] if turn["role"] == "user"])
    expectation = content["expectation"]
    none: dict[str, Any] = {"tool": "", "args": {}}
    call = content["proposed"] or next(iter(expectation["actions"] + expectation["forbidden"]), none)
    return call["tool"], call["args"], said


def _messages(claims: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conversation; without one, what the agent said it was asked; [] where it said nothing."""
    turns = claims.get("conversation") or []
    if turns:
        return [{name: value for name, value in turn.items() if value is not None} for turn in turns]
    said = claims.get("intent") or claims.get("summary")
    return [{"role": "user", "content": said}] if said else []


def _tools(claims: Mapping[str, Any], *calls: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    offered = {tool["name"]: tool for tool in claims.get("tools_offered") or []}
    names = _names(calls)
    if not offered:
        return [{"name": name} for name in names]
    for name in names:
        offered.setdefault(name, {"name": name})
    return [{k: v for k, v in offered[name].items() if v is not None} for name in sorted(offered)]


def _names(calls: Sequence[Mapping[str, Any] | None]) -> list[str]:
    return sorted({call["tool"] for call in calls if call is not None})


def _canonical(tree: dict[str, Any]) -> bytes:
    # What is stored came through strict JSON, which has no NaN.
    try:
        return canonical(tree, finite=True)
    except NotCanonical:
        return canonical(_settled(tree))


def _settled(value: Any) -> Any:
    """PostgreSQL gives a float like 1e21 back as an integer; no integer that large was ever let in."""
    if isinstance(value, dict):
        return {name: _settled(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_settled(item) for item in value]
    if isinstance(value, int) and abs(value) > INTEGER_MAX:
        return float(value)
    return value
