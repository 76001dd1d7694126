"""A version that is tried beside the active one: what it would have said to what really came."""

from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Verb
from approvals import services
from approvals.services.shadow import EFFECT_WORDS, shadow_view
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import pressed


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    found = shadow_view(request.member.workspace_id)
    context = {
        "section": "policies",
        "shadow": found,
        "rows": list(zip(EFFECT_WORDS, found.counts, strict=True)) if found else [],
        "effects": EFFECT_WORDS,
        "may_draft": request.member.may(Verb.DRAFT_POLICY),
        "now": timezone.now(),
    }
    return render(request, "policies/shadow.html", context)


@require_POST
@in_workspace(Verb.DRAFT_POLICY)
def start(request: MemberRequest, version_id: str) -> HttpResponse:
    begin = partial(services.start_shadow, version_id=version_id)
    return pressed(request, begin, "The version is asked about every new action. It decides nothing.", "policy-shadow")


@require_POST
@in_workspace(Verb.DRAFT_POLICY)
def stop(request: MemberRequest) -> HttpResponse:
    return pressed(request, services.stop_shadow, "Nothing is tried any more.", "policy-shadow")
