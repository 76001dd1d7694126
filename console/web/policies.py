"""The policy of a workspace: which version decides, what is proposed, and every version with who and why."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Verb
from approvals import services
from approvals.errors import ApprovalError, NotFound
from approvals.services import backtests, policy_reading
from approvals.services.shadow import running_shadow
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor
from feedback.services import widening

ACTIVE = "This version decides from now on."
MORE = "The proposal is there. {} more {} to sign it before it decides."


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    now, workspace_id = timezone.now(), request.member.workspace_id
    services.ensure_policy(workspace_id, at=now)
    rows = policy_reading.versions(workspace_id, after=request.GET.get("after", "").replace("\0", ""))
    shown = rows[: policy_reading.PAGE]
    may_sign, user_id = request.member.may(Verb.ACTIVATE_POLICY), request.member.user_id
    proposals = [(one, may_sign and not one.has_signed(user_id)) for one in policy_reading.proposals(workspace_id)]
    context = {
        "section": "policies",
        "versions": shown,
        "next": shown[-1].id if len(rows) > policy_reading.PAGE else "",
        "freezes": [(one, one.starts_at <= now) for one in policy_reading.freezes(workspace_id, now)],
        "proposals": proposals,
        "to_sign": sum(waits for _, waits in proposals),
        "shadow_id": running_shadow(workspace_id),
        "may_draft": request.member.may(Verb.DRAFT_POLICY),
        "now": now,
    }
    return render(request, "policies/page.html", context)


@require_safe
@in_workspace(Verb.SEE)
def version(request: MemberRequest, version_id: str) -> HttpResponse:
    now, workspace_id = timezone.now(), request.member.workspace_id
    try:
        row, text = policy_reading.version(workspace_id, version_id)
        change = None if row.is_active else policy_reading.change_to(workspace_id, version_id, now)
    except NotFound as error:
        raise Http404(error.detail) from error
    context = {
        "section": "policies",
        "version": row,
        "lines": text.splitlines(),
        "change": change,
        "written": () if row.is_active else policy_reading.lines_to(workspace_id, text, now),
        "shadow_id": running_shadow(workspace_id),
        "backtests": [job for job in backtests.newest_backtests(workspace_id) if job.payload["after"] == version_id],
        "may_draft": request.member.may(Verb.DRAFT_POLICY),
        "now": now,
    }
    return render(request, "policies/version.html", context)


@require_POST
@in_workspace(Verb.ACTIVATE_POLICY)
def roll_back(request: MemberRequest, version_id: str) -> HttpResponse:
    """One click: at once where one person's word is enough, else a proposal that another person signs."""
    back = partial(widening.roll_back, actor=actor(request), at=timezone.now())
    slug = request.member.workspace_slug
    try:
        signed = back(workspace_id=request.member.workspace_id, version_id=version_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    except ApprovalError as error:
        messages.error(request, error.detail)
        return redirect("policy-version", slug, version_id)
    if signed.is_active:
        messages.success(request, ACTIVE)
        return redirect("policies", slug)
    messages.success(request, missing(signed.missing))
    return redirect("policy-proposal", slug, signed.proposal_id)


def missing(count: int) -> str:
    return MORE.format(count, "person has" if count == 1 else "people have")
