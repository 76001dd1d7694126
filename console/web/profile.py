"""Settings that everybody has: where one is logged in, the password, and tokens for the API."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import queries, services
from accounts.queries import Verb
from console.web.access import MemberRequest, in_workspace
from console.web.entering import enter
from console.web.keys import shown
from console.web.pressing import actor, pressed, tried
from console.web.settings_forms import LifetimeForm, PasswordForm


@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    return _draw(request, PasswordForm(auto_id="password_%s"), LifetimeForm(auto_id="token_%s"), 200)


@in_workspace(Verb.SEE)
@require_POST
def issue_token(request: MemberRequest) -> HttpResponse:
    now, form = timezone.now(), LifetimeForm(request.POST, auto_id="token_%s")
    if form.is_valid():
        member, name = request.member, form.cleaned_data["name"]
        issue = partial(services.issue_token, actor=actor(request), at=now, name=name, expires_at=form.expires_at(now))
        issued = tried(form, lambda: issue(workspace_id=member.workspace_id, user_id=member.user_id))
        if issued:
            return shown(request, issued, "token", "profile")
    return _draw(request, PasswordForm(auto_id="password_%s"), form, 422)


@in_workspace(Verb.SEE)
@require_POST
def revoke_token(request: MemberRequest, token_id: str) -> HttpResponse:
    take_back = partial(services.revoke_token, token_id=token_id, user_id=request.member.user_id)
    return pressed(request, take_back, "The token is revoked and refused from now on.", "profile")


@in_workspace(Verb.SEE)
@require_POST
def end_session(request: MemberRequest, session_id: str) -> HttpResponse:
    end = partial(services.end_session, user_id=request.member.user_id, session_id=session_id)
    return pressed(request, end, "That session is over.", "profile")


@in_workspace(Verb.SEE)
@require_POST
def end_other_sessions(request: MemberRequest) -> HttpResponse:
    here = queries.session_id(request.session.session_key)
    end = partial(services.end_other_sessions, user_id=request.member.user_id, kept=here)
    return pressed(request, end, "You are logged out everywhere else.", "profile")


@sensitive_post_parameters("old", "password")
@in_workspace(Verb.SEE)
@require_POST
def change_password(request: MemberRequest) -> HttpResponse:
    form = PasswordForm(request.POST, auto_id="password_%s")
    if form.is_valid():
        said, mine = form.cleaned_data, request.member.user_id
        change = partial(services.change_password, at=timezone.now(), user_id=mine)
        person = tried(form, lambda: change(old=said["old"], new=said["password"]))
        if person:
            # All sessions ended with the old password; this browser gets a fresh one.
            request.session.flush()
            enter(request, person)
            messages.success(request, "The password is changed. You are logged out everywhere else.")
            return redirect("profile", request.member.workspace_slug)
    return _draw(request, form, LifetimeForm(auto_id="token_%s"), 422)


def _draw(request: MemberRequest, password: PasswordForm, token: LifetimeForm, status: int) -> HttpResponse:
    now, member = timezone.now(), request.member
    tokens = queries.tokens_of(member.workspace_id, member.user_id, after=request.GET.get("after", ""))
    live = [(row, row.revoked_at is None and (row.expires_at is None or row.expires_at > now)) for row in tokens]
    context = {
        "section": "settings",
        "password_form": password,
        "token_form": token,
        "tokens": live,
        "next": tokens[-1].id if len(tokens) == queries.PAGE else "",
        "sessions": queries.sessions_of(member.user_id, now, here=queries.session_id(request.session.session_key)),
        "now": now,
    }
    return render(request, "settings/profile.html", context, status=status)
