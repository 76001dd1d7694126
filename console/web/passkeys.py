"""Settings: a person's own passkeys, and, for leads and admins, resetting those that others lost."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import queries, services
from accounts.errors import AccountError
from accounts.queries import Verb
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import pressed
from console.web.signing import told

ADDED = "The passkey is added. It can sign your approvals from now on."


@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    return _draw(request)


@sensitive_post_parameters("password")
@in_workspace(Verb.SEE)
@require_POST
def begin(request: MemberRequest) -> HttpResponse:
    """WebAuthn's PublicKeyCredentialCreationOptions, after a fresh log-in or the password."""
    try:
        found = services.begin_passkey(at=timezone.now(), **_proof(request))
    except AccountError as error:
        return told(error.detail, 403)
    return JsonResponse(found)


@sensitive_post_parameters("password")
@in_workspace(Verb.SEE)
@require_POST
def add(request: MemberRequest) -> HttpResponse:
    name, answer = request.POST.get("name", ""), request.POST.get("answer", "")
    if not answer:
        return _draw(request, "Adding a passkey needs JavaScript, because your browser has to answer.", name)
    try:
        services.add_passkey(at=timezone.now(), user_id=request.member.user_id, name=name, answer=answer)
    except AccountError as error:
        return _draw(request, error.detail, name)
    messages.success(request, ADDED)
    return redirect("passkeys", request.member.workspace_slug)


@in_workspace(Verb.SEE)
@require_POST
def rename(request: MemberRequest, passkey_id: str) -> HttpResponse:
    again = partial(services.rename_passkey, passkey_id=passkey_id, name=request.POST.get("name", ""))
    return _pressed(request, again, "The passkey has its new name.")


@sensitive_post_parameters("password")
@in_workspace(Verb.SEE)
@require_POST
def remove(request: MemberRequest, passkey_id: str) -> HttpResponse:
    proof = {name: value for name, value in _proof(request).items() if name != "user_id"}
    gone = partial(services.remove_passkey, passkey_id=passkey_id, **proof)
    return _pressed(request, gone, "The passkey is removed and signs nothing any more.")


@in_workspace(Verb.RESET_PASSKEYS)
@require_POST
def reset(request: MemberRequest, user_id: str) -> HttpResponse:
    forget = partial(services.reset_passkeys, user_id=user_id)
    return pressed(request, forget, "Their passkeys are removed. They add new ones after logging in.", "passkeys")


def _pressed(request: MemberRequest, verb: Any, done: str) -> HttpResponse:
    """As `pressed`, for verbs on the person's own account, which no workspace scopes."""

    def own(*, workspace_id: str, **given: Any) -> None:
        verb(user_id=request.member.user_id, **given)

    return pressed(request, own, done, "passkeys")


def _proof(request: MemberRequest) -> dict[str, Any]:
    return {
        "user_id": request.member.user_id,
        "session_id": queries.session_id(request.session.session_key),
        "password": request.POST.get("password", ""),
    }


def _draw(request: MemberRequest, problem: str = "", name: str = "") -> HttpResponse:
    now, member = timezone.now(), request.member
    may_reset = member.may(Verb.RESET_PASSKEYS)
    after = request.GET.get("after", "").replace("\0", "")
    holders = queries.passkey_holders(member.workspace_id, after=after) if may_reset else []
    context = {
        "section": "settings",
        "passkeys": queries.passkeys_of(member.user_id),
        "origin": queries.passkey_origin(),
        "is_fresh": queries.is_fresh(queries.session_id(request.session.session_key), member.user_id, now),
        "may_reset": may_reset,
        "holders": holders,
        "next": holders[-1].user_id if len(holders) == queries.HOLDERS else "",
        "problem": problem,
        "name": name,
        "now": now,
    }
    return render(request, "settings/passkeys.html", context, status=422 if problem else 200)
