"""Escalations: what waits at which level and for how long, who is on call, what falls due next, and who was told."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import Verb
from approvals.services import escalation_board
from console.web.access import MemberRequest, in_workspace
from tenancy import ids

AGES = ("Under 5 min", "5 to 15 min", "15 to 60 min", "Over an hour")


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    now, asked = timezone.now(), request.GET.get("after", "")
    after = asked if ids.is_id(asked, "esc") else ""
    found = escalation_board.latest(request.member.workspace_id, after=after, limit=escalation_board.PAGE + 1)
    context: dict[str, Any] = {
        "section": "escalations",
        "rows": found[: escalation_board.PAGE],
        "next": found[escalation_board.PAGE - 1].id if len(found) > escalation_board.PAGE else "",
        "after": after,
        "now": now,
    }
    if not after:
        context |= {"board": escalation_board.board(request.member.workspace_id, now), "ages": AGES}
    return render(request, "escalations/page.html", context)
