"""What goes out, as bytes. Arguments are spliced in as the canonical bytes that were signed, never written anew."""

from datetime import datetime
from hashlib import blake2b
from typing import Any

import orjson
from django.conf import settings
from orjson import Fragment

from approvals.answers import ActionView, DecisionView, ExecutionView
from approvals.queries import EntryView, IncidentView, Stop, incident_tree

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC


def action_out(view: ActionView, grant: str | None) -> bytes:
    """The action of api section 2. `grant` is the compact JWS, for the owning agent's key alone."""
    return dumps(action_tree(view, grant))


def action_tree(view: ActionView, grant: str | None) -> dict[str, Any]:
    tool_call = {"name": view.tool, "args": Fragment(view.args)}
    return {
        "id": view.id,
        "state": view.state,
        "revision": view.revision,
        "digest": "sha256:" + view.digest.hex() if view.digest else None,
        "tool_call": tool_call,
        "agent": {"id": view.agent_id, "name": view.agent_name, "version": view.agent_version_id},
        "trace_id": view.trace_id or None,
        "risk": view.risk,
        "policy": {
            "version": view.policy_version_id,
            "effect": view.policy["effect"],
            "rule": view.policy["rule"],
            "explanation": view.policy["explanation"],
        },
        "needs": view.needs,
        "question": view.question or None,
        "closing_at": view.closing_at,
        "created_at": view.created_at,
        "expires_at": view.expires_at,
        "decision": _decision(view, view.decision, tool_call, grant) if view.decision else None,
        "execution": _execution(view.execution) if view.execution else None,
        "links": links(view),
    }


def links(view: ActionView) -> dict[str, str]:
    return {
        "self": f"{settings.BASE_URL}/api/v1/actions/{view.id}",
        "console": f"{settings.BASE_URL}/w/{view.workspace_slug}/actions/{view.id}",
    }


def _decision(view: ActionView, made: DecisionView, tool_call: dict[str, Any], grant: str | None) -> dict[str, Any]:
    return {
        "id": made.id,
        "outcome": made.outcome,
        "source": made.source,
        "edited": made.edited,
        "tool_call": tool_call,
        "changes": made.changes,
        "reason_code": made.reason_code or None,
        "comment": made.comment or None,
        "decided_at": made.decided_at,
        "decided_by": made.decided_by,
        "revision": made.revision,
        "digest": "sha256:" + view.digest.hex() if view.digest else None,
        "grant": grant,
        "grant_expires_at": view.grant.expires_at if view.grant else None,
        "audit": {"event": made.event_id, "log": None, "index": None},
    }


def _execution(execution: ExecutionView) -> dict[str, Any]:
    return {
        "status": execution.status,
        "spent_at": execution.spent_at,
        "reported_at": execution.reported_at,
        "drifted": execution.drifted,
        "report": execution.report or None,
    }


def spent_out(tool: str, args: bytes, spent_at: datetime, execution_key: str) -> bytes:
    call = {"name": tool, "args": Fragment(args)}
    return dumps({"tool_call": call, "spent_at": spent_at, "execution_key": execution_key})


def stop_tree(stop: Stop) -> dict[str, Any]:
    return {
        "id": stop.id,
        "mode": stop.mode,
        "reach": stop.reach,
        "target": stop.target or None,
        "explanation": f"The stop switch is on: {stop.told}.",
        "reason": stop.reason or None,
        "pulled_at": stop.pulled_at,
        "pulled_by": stop.pulled_by,
        "incident": stop.incident_id or None,
        "released_at": stop.released_at,
        "released_by": stop.released_by or None,
        "released_because": stop.released_because or None,
    }


def incident_out(found: IncidentView, story: list[EntryView] | None = None, actions: list[str] | None = None) -> bytes:
    """With its story where that is given."""
    told: dict[str, Any] = incident_tree(found)
    if story is not None:
        told["story"] = [
            {"kind": entry.kind, "at": entry.at, "by": entry.by, "text": entry.text or None, "data": entry.data}
            for entry in story
        ]
        told["actions"] = actions or []
    return dumps(told)


def page_out(items: list[bytes], following: str | None) -> bytes:
    return dumps({"items": [Fragment(item) for item in items], "next": following})


def dumps(tree: Any) -> bytes:
    return orjson.dumps(tree, option=_OPTIONS)


def etag(body: bytes) -> str:
    """A strong validator: equal exactly where the answer is byte for byte the same, grant included."""
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'
