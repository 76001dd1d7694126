"""A proposed policy: what it changes, who signed, and the button that signs."""

from datetime import datetime
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
from approvals.services.proposals import NOTE_MAX
from approvals.services.shadow import running_shadow
from console.web.access import MemberRequest, in_workspace
from console.web.policies import ACTIVE, missing
from console.web.pressing import actor, pressed
from console.web.readiness import NAMES
from feedback.queries import widening
from feedback.services import widening as widening_services


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest, proposal_id: str) -> HttpResponse:
    now, workspace_id = timezone.now(), request.member.workspace_id
    try:
        proposal = policy_reading.proposal(workspace_id, proposal_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    checked = policy_reading.checked(workspace_id, proposal.text, now) if proposal.is_open else None
    tests = [job for job in backtests.newest_backtests(workspace_id) if job.payload["after"] == proposal.version_id]
    signed = sum(signature.counts for signature in proposal.signatures)
    context = {
        "section": "policies",
        "proposal": proposal,
        "checked": checked,
        "change": checked.change if checked else None,
        "written": policy_reading.lines_to(workspace_id, proposal.text, now) if proposal.is_open else (),
        "signed": signed,
        "unready": unready(workspace_id, proposal.version_id, now) if proposal.is_open else [],
        "is_asked": widening.is_asked(workspace_id),
        "has_signed": proposal.has_signed(request.member.user_id),
        "is_last": bool(checked and checked.change and signed + 1 >= checked.change.signers),
        "backtests": tests,
        "shadow_id": running_shadow(workspace_id),
        "may_sign": request.member.may(Verb.ACTIVATE_POLICY),
        "may_draft": request.member.may(Verb.DRAFT_POLICY),
        "now": now,
    }
    return render(request, "policies/proposal.html", context)


def unready(workspace_id: str, version_id: str, at: datetime) -> list[tuple[str, str, str]]:
    """(agent, what would be wider, what it lacks)."""
    found = widening.unready(workspace_id, version_id, at)
    return [(one.agent, "; ".join(one.how), ", ".join(NAMES[name].lower() for name in one.lacking)) for one in found]


@require_POST
@in_workspace(Verb.ACTIVATE_POLICY)
def sign(request: MemberRequest, proposal_id: str) -> HttpResponse:
    slug = request.member.workspace_slug
    say = partial(widening_services.sign_policy, actor=actor(request), at=timezone.now())
    base_id = request.POST.get("base", "")
    try:
        signed = say(workspace_id=request.member.workspace_id, proposal_id=proposal_id, base_id=base_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    except ApprovalError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, ACTIVE if signed.is_active else missing(signed.missing))
        if signed.is_active:
            return redirect("policies", slug)
    return redirect("policy-proposal", slug, proposal_id)


@require_POST
@in_workspace(Verb.ACTIVATE_POLICY)
def decline(request: MemberRequest, proposal_id: str) -> HttpResponse:
    because = request.POST.get("because", "").replace("\0", "")[:NOTE_MAX]
    close = partial(services.decline_policy, proposal_id=proposal_id, because=because)
    return pressed(request, close, "The proposal is closed. The policy stays as it is.", "policies")
