"""Escalations: what waits at which level and for how long, how soon people decide, who is on call, and who was told."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import Verb
from approvals.services import escalation_board
from approvals.services.boards import escalations
from console.web import dashboards
from console.web.access import MemberRequest, in_workspace, is_fragment
from console.web.history import AGES, WEEK
from tenancy import ids


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    now, asked = timezone.now(), request.GET.get("after", "")
    after = asked if ids.is_id(asked, "esc") else ""
    found = ({} if after else _figures(request)) | _told(request, after)
    template = "escalations/_figures.html" if is_fragment(request) and not after else "escalations/page.html"
    return render(request, template, {"section": "escalations", "now": now, **found})


def _figures(request: MemberRequest) -> dict[str, Any]:
    """What is renewed while the page stands open."""
    at, workspace_id = timezone.now(), request.member.workspace_id
    given = dashboards.context(request, "escalations", at)
    window = given["window"]
    pace = escalations.pace(workspace_id, window)
    return {
        **given,
        "board": escalation_board.board(workspace_id, at, window.group),
        "ages": AGES,
        "pace": pace,
        "hours": range(24),
        "week": [
            (day, [(n, f"{place}T{hour:02}") for hour, n in enumerate(row)])
            for place, (day, row) in enumerate(zip(WEEK, pace.week, strict=True))
        ],
        "busiest": max(map(max, pace.week)),
    }


def _told(request: MemberRequest, after: str) -> dict[str, Any]:
    found = escalation_board.latest(request.member.workspace_id, after=after, limit=escalation_board.PAGE + 1)
    return {
        "rows": found[: escalation_board.PAGE],
        "next": found[escalation_board.PAGE - 1].id if len(found) > escalation_board.PAGE else "",
        "after": after,
    }
