"""Who may open a page: the person's membership and rights are read at each request."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone

from accounts import queries, services
from accounts.queries import Member
from accounts.roles import Verb
from tenancy import scope

LAST_WORKSPACE = "workspace"

Decorated = Callable[..., HttpResponseBase]


class MemberRequest(HttpRequest):
    """A request inside a workspace, by one of its members."""

    member: Member


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def to_login(request: HttpRequest) -> HttpResponse:
    """The log-in page; a page that asked for a part of itself is sent there as a whole."""
    if is_fragment(request):
        return HttpResponse(status=401, headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
    return redirect_to_login(request.get_full_path())


def in_workspace(verb: Verb) -> Callable[[Callable[..., HttpResponseBase]], Decorated]:
    """Takes the URL's `workspace` (a slug) and gives the view `request.member` instead, inside that workspace's scope.

    No session: the log-in page. No membership: 404, as if there were no such workspace. No right: 403 with the role.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Decorated:
        @wraps(view)
        def inner(request: MemberRequest, workspace: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_login(request)
            member = queries.member_of(str(request.user.pk), workspace)
            if member is None:
                raise Http404
            request.member = member
            services.note_seen(queries.session_id(request.session.session_key), at=timezone.now())
            if request.session.get(LAST_WORKSPACE) != workspace:
                request.session[LAST_WORKSPACE] = workspace
            if not member.may(verb):
                raise PermissionDenied(refusal(member, verb))
            with scope.workspace(member.workspace_id):
                return view(request, **kwargs)

        return inner

    return decorate


def refusal(member: Member, verb: Verb) -> str:
    return f"Your role in {member.workspace_name} is {member.role}, which may not {verb.label}. An admin can change it."
