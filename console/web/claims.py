"""Claiming an action, keeping it while one looks, and giving it back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Verb
from approvals import services
from approvals.errors import ApprovalError
from console.web import answering, showing
from console.web.access import MemberRequest, in_workspace, is_fragment
from console.web.filters import Asked


@require_safe
@in_workspace(Verb.SEE)
def company(request: MemberRequest, action_id: str) -> HttpResponse:
    """Who is at the action, as a part of its page."""
    return _draw(request, action_id)


@require_POST
@in_workspace(Verb.ROUTE)
def claim(request: MemberRequest, action_id: str) -> HttpResponse:
    found = showing.find(request.member, action_id)
    try:
        services.claim(actor=answering.actor(request), at=timezone.now(), member=request.member, action_id=found.id)
    except ApprovalError as error:
        return _told(request, action_id, error.detail, messages.ERROR, answering.status_of(error))
    return _told(request, action_id, "It is yours for five minutes, and for as long as you look at it.")


@require_POST
@in_workspace(Verb.ROUTE)
def release(request: MemberRequest, action_id: str) -> HttpResponse:
    found = showing.find(request.member, action_id)
    services.release(actor=answering.actor(request), at=timezone.now(), member=request.member, action_id=found.id)
    return _told(request, action_id, "It is free for others again.")


@require_POST
@in_workspace(Verb.ROUTE)
def keep(request: MemberRequest, action_id: str) -> HttpResponse:
    """The page's own word that its reader is still there; it has nothing to say where the claim ran out."""
    found = showing.find(request.member, action_id)
    services.keep_claim(at=timezone.now(), member=request.member, action_id=found.id)
    return _draw(request, action_id)


def _told(
    request: MemberRequest, action_id: str, told: str, level: int = messages.SUCCESS, status: int = 200
) -> HttpResponse:
    if is_fragment(request):
        return _draw(request, action_id, status=status, refused=told if status != 200 else "")
    messages.add_message(request, level, told)
    to = reverse("action", args=[request.member.workspace_slug, action_id])
    return redirect(to + Asked.read(request.GET).suffix)


def _draw(request: MemberRequest, action_id: str, *, status: int = 200, refused: str = "") -> HttpResponse:
    view = showing.find(request.member, action_id)
    context: dict[str, Any] = {
        "action": view,
        "refused": refused,
        "query": Asked.read(request.GET).suffix,
        **showing.company(request.member, view, timezone.now()),
    }
    return render(request, "action/_company.html", context, status=status)
