"""Everything that bears one trace id, in the order in which it happened."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import Verb
from approvals import queries
from approvals.answers import ActionView
from console.web import history
from console.web.access import MemberRequest, in_workspace

PAGE = 100
# Of one action; the rest stands on its own page.
LISTED = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """What an agent says that it did or read: the first LISTED, and how many more there are."""

    items: list[dict[str, Any]]
    more: int


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest, trace_id: str = "") -> HttpResponse:
    """`trace_id` in the path, or any text at all as `?id=`. A trace that no action of the workspace bears is 404."""
    asked = trace_id or request.GET.get("id", "")
    after = request.GET.get("after", "")
    found = queries.trace(request.member.workspace_id, asked, after=after, limit=PAGE)
    if not found:
        raise Http404
    views = {view.id: view for view in found}
    names = _names(found)
    context = {
        "section": "history",
        "trace_id": asked,
        "actions": found,
        "spending": queries.spending(found),
        "entries": [_entry(event, views[event.action_id], names) for event in queries.stories(found)],
        "next": found[-1].id if len(found) == PAGE else "",
        "after": after,
        "now": timezone.now(),
    }
    return render(request, "trace/page.html", context)


def _names(views: list[ActionView]) -> dict[str, str]:
    names: dict[str, str] = {}
    for view in views:
        names |= history.named(view, [])
    return names


def _entry(event: queries.EventView, view: ActionView, names: dict[str, str]) -> dict[str, Any]:
    """One event with its action; what was submitted also with what the agent says that led to it."""
    entry = {"action": view, **history.told(event, names, [])}
    if event.kind == "action:submitted":
        envelope = view.envelope or {}
        trace = envelope.get("trace") or {}
        entry |= {
            "summary": envelope.get("summary", ""),
            "steps": _listed(trace.get("steps")),
            "sources": _listed(trace.get("sources")),
            "evidence": _listed(envelope.get("evidence")),
        }
    return entry


def _listed(items: list[dict[str, Any]] | None) -> Listed:
    items = items or []
    return Listed(items[:LISTED], max(0, len(items) - LISTED))
