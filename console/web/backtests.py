"""A backtest: how far it is, and what it found."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Verb
from approvals import services
from approvals.errors import ApprovalError, NotFound
from approvals.services import backtests
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor, pressed

DAYS = 30


@require_POST
@in_workspace(Verb.DRAFT_POLICY)
def start(request: MemberRequest, version_id: str) -> HttpResponse:
    given = request.POST.get("days", "")
    days = int(given) if given.isascii() and given.isdigit() and len(given) < 5 else DAYS
    begin = partial(services.start_backtest, actor=actor(request), at=timezone.now(), version_id=version_id)
    try:
        job_id = begin(workspace_id=request.member.workspace_id, days=days)
    except NotFound as error:
        raise Http404(error.detail) from error
    except ApprovalError as error:
        messages.error(request, error.detail)
        return redirect("policy-version", request.member.workspace_slug, version_id)
    return redirect("policy-backtest", request.member.workspace_slug, job_id)


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest, job_id: str) -> HttpResponse:
    return _drawn(request, job_id, "policies/backtest.html")


@require_safe
@in_workspace(Verb.SEE)
def progress(request: MemberRequest, job_id: str) -> HttpResponse:
    return _drawn(request, job_id, "policies/_backtest.html")


@require_POST
@in_workspace(Verb.DRAFT_POLICY)
def cancel(request: MemberRequest, job_id: str) -> HttpResponse:
    stop = partial(services.cancel_backtest, job_id=job_id)
    return pressed(request, stop, "The backtest stops.", "policy-backtest", job_id)


def _drawn(request: MemberRequest, job_id: str, template: str) -> HttpResponse:
    try:
        job = backtests.find_backtest(request.member.workspace_id, job_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    report = job.result
    context = {
        "section": "policies",
        "job": job,
        "report": report,
        "rows": [report["cells"][at : at + 3] for at in (0, 3, 6)] if report else [],
        "hours": [(hour, *pair) for hour, pair in enumerate(report["load"]["by_hour"])] if report else [],
        "may_draft": request.member.may(Verb.DRAFT_POLICY),
        "now": timezone.now(),
    }
    return render(request, template, context)
