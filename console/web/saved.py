"""A person's saved views of the queue: kept, renamed, put first, deleted."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Verb
from console import saved_views
from console.web.access import MemberRequest, in_workspace
from console.web.filters import Asked


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    return render(request, "queue/views.html", {"section": "queue", "views": saved_views.of(request.member)})


@require_POST
@in_workspace(Verb.SEE)
def save(request: MemberRequest) -> HttpResponse:
    """Keeps what the queue was narrowed to, and goes back there."""
    query = Asked.read(QueryDict(request.POST.get("query", "")[:2000])).stored
    back = reverse("queue", args=[request.member.workspace_slug]) + "?" + query

    def act() -> str:
        kept = saved_views.save(request.member, at=timezone.now(), name=request.POST.get("name", ""), query=query)
        return f"The view {kept.name} is saved."

    return _pressed(request, act, back)


@require_POST
@in_workspace(Verb.SEE)
def rename(request: MemberRequest, view_id: str) -> HttpResponse:
    def act() -> str:
        saved_views.rename(request.member, view_id, request.POST.get("name", ""))
        return "The view has its new name."

    return _pressed(request, act)


@require_POST
@in_workspace(Verb.SEE)
def open_first(request: MemberRequest, view_id: str) -> HttpResponse:
    is_default = request.POST.get("is_default") == "yes"

    def act() -> str:
        saved_views.open_first(request.member, view_id, is_default=is_default)
        return "The queue begins with this view." if is_default else "The queue begins with all that waits."

    return _pressed(request, act)


@require_POST
@in_workspace(Verb.SEE)
def delete(request: MemberRequest, view_id: str) -> HttpResponse:
    def act() -> str:
        saved_views.delete(request.member, view_id)
        return "The view is deleted. The actions are where they were."

    return _pressed(request, act)


def _pressed(request: MemberRequest, act: Callable[[], str], back: str = "") -> HttpResponse:
    try:
        messages.success(request, act())
    except saved_views.Refused as refused:
        messages.error(request, str(refused))
    return redirect(back or reverse("views", args=[request.member.workspace_slug]))
