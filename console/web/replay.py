"""What stood before whoever decided, drawn from what the decision kept and not from what is stored today."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import Verb
from approvals import facts, queries
from approvals.answers import ActionView
from console.web import showing
from console.web.access import MemberRequest, in_workspace


@dataclass(frozen=True, slots=True)
class Past:
    """As much of an action as the templates ask for. All but the three moments is from what was kept."""

    id: str
    tool: str
    risk: str
    revision: int
    policy: dict[str, Any]
    terms: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    votes: tuple[()] = ()
    is_open: bool = False


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest, action_id: str) -> HttpResponse:
    view = showing.find(request.member, action_id)
    kept = queries.shown(view)
    if kept is None:
        raise Http404
    tree = kept.tree
    readable = tree is not None and tree.get("template") in facts.READABLE
    context = {
        "section": "history",
        "live": view,
        "made": view.decision,
        "kept": kept,
        "readable": readable,
        "now": timezone.now(),
        **(drawn(tree, view) if tree is not None and readable else {}),
    }
    return render(request, "history/replay.html", context)


def drawn(tree: dict[str, Any], view: ActionView) -> dict[str, Any]:
    """The context of the action's own templates, of a kept tree."""
    past = Past(
        id=tree["action"],
        tool=tree["tool"],
        risk=tree["risk"],
        revision=tree["revision"],
        policy=tree["policy"],
        terms={},
        created_at=view.created_at,
        expires_at=view.expires_at,
        decided_at=view.decided_at,
    )
    return {"action": past, "needs": tree["needs"], **showing.of_facts(facts.drawn(tree), view)}
