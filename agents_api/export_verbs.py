"""The audit log over the API: keys of service accounts with `audit:read`, and people who may open evidence."""

from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpRequest
from orjson import Fragment

from accounts.queries import Caller
from accounts.roles import Verb
from agents_api import asking, auth, errors
from agents_api.auth import Who
from agents_api.idempotency import Answer, Ticket
from agents_api.output import dumps
from agents_api.serializers import ExportIn
from compliance.queries import events, exports
from compliance.queries.exports import PAGE, ExportView
from compliance.services import downloads, filtering
from compliance.services import exports as services
from tenancy import ids

SCOPE = "audit:read"
_FILTER = ("since", "until", "actor", "agent", "tool", "kind", "outcome", "rule")


def who(request: HttpRequest, at: datetime) -> Who:
    """A service account with the scope, or a person whose role may open evidence. An agent's key never reads here."""
    found = auth.who(request, at)
    if isinstance(found, Caller):
        if SCOPE not in found.scopes:
            raise errors.forbidden("missing_scope", f"The key lacks the scope {SCOPE}. Make one that has it.")
    elif not found.may(Verb.SEE_EVIDENCE):
        detail = f"Your role may not {Verb.SEE_EVIDENCE.label}. An admin can change it."
        raise errors.forbidden("wrong_role", detail)
    return found


def event_page(request: HttpRequest, found: Who, at: datetime) -> bytes:
    asked = asking.words(request, *_FILTER, "after", "limit")
    after = _cursor(asked.get("after", ""), "evt")
    limit = asking.whole_number(asked, "limit", default=asking.LIMIT, least=1, most=asking.LIMIT_MAX)
    wanted = filtering.read({name: asked[name] for name in _FILTER if name in asked})
    page = events.page(found.workspace_id, wanted, after=after, limit=limit, at=at)
    items = [
        {
            "id": entry.id,
            "recorded_at": entry.recorded_at,
            "event": Fragment(entry.body),
            "action": None
            if entry.action is None
            else {"tool": entry.action.tool, "agent": entry.action.agent, "outcome": entry.action.outcome},
        }
        for entry in page.items
    ]
    return dumps({"items": items, "next": page.next})


def export_page(request: HttpRequest, found: Who) -> bytes:
    after = _cursor(asking.words(request, "after").get("after", ""), "exp")
    rows = exports.page(found.workspace_id, after=after)
    shown = rows[:PAGE]
    return dumps({"items": [_tree(view) for view in shown], "next": shown[-1].id if len(rows) > PAGE else None})


def export(found: Who, export_id: str) -> bytes:
    return dumps(_tree(exports.find(found.workspace_id, export_id)))


def order(ticket: Ticket, asked: ExportIn) -> Answer:
    found = ticket.who

    def run() -> Answer:
        given = {name: value for name, value in msgspec.to_builtins(asked.asked).items() if value is not None}
        wanted = filtering.read(given, "/asked")
        filtering.check(asked.what, asked.format, wanted, "/asked")
        view = services.order_export(
            actor=auth.actor_of(found),
            at=ticket.at,
            workspace_id=found.workspace_id,
            what=asked.what,
            form=asked.format,
            wanted=wanted,
            with_values=asked.values,
        )
        return Answer(202, dumps(_tree(view)))

    return ticket.around(run)


def cancel(ticket: Ticket, export_id: str) -> Answer:
    found = ticket.who

    def run() -> Answer:
        services.cancel_export(
            actor=auth.actor_of(found), at=ticket.at, workspace_id=found.workspace_id, export_id=export_id
        )
        return Answer(200, export(found, export_id))

    return ticket.around(run)


def fetch(request: HttpRequest, found: Who, export_id: str, at: datetime) -> downloads.Answer:
    return downloads.download(
        actor=auth.actor_of(found),
        at=at,
        workspace_id=found.workspace_id,
        export_id=export_id,
        headers=request.headers,
        is_head=request.method == "HEAD",
    )


def _cursor(after: str, prefix: str) -> str:
    if after and not ids.is_id(after, prefix):
        raise errors.invalid("/after", "bad_format", "Give `next` of the page before as it came.")
    return after


def _tree(view: ExportView) -> dict[str, Any]:
    return {
        "id": view.id,
        "what": view.what,
        "format": view.format,
        "asked": view.asked,
        "values": view.with_values,
        "state": view.state,
        "done": view.done,
        "total": view.total,
        "problem": view.problem or None,
        "ordered_at": view.created_at,
        "ordered_by": view.by_name,
        "made_at": view.made_at,
        "expires_at": view.expires_at,
        "expired_at": view.expired_at,
        "bytes": view.bytes,
        "rows": view.rows,
        "sha256": view.sha256 or None,
        "file": f"/api/v1/audit/exports/{view.id}/file" if view.state == "made" else None,
    }
