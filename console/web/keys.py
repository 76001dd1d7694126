"""Settings: keys of agents and of service accounts. A key is shown in the answer that issues it, and never again."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import queries, services
from accounts.errors import Conflict
from accounts.queries import Verb
from accounts.services import Credential
from console.web import agents
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor, pressed, sent, tried
from console.web.settings_forms import LifetimeForm, ServiceKeyForm


@in_workspace(Verb.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MemberRequest) -> HttpResponse:
    """The service accounts' keys."""
    now, workspace_id = timezone.now(), request.member.workspace_id
    form = ServiceKeyForm(sent(request), scopes=queries.scopes_for_services(), auto_id="key_%s")
    if form.is_valid():
        said = {"name": form.cleaned_data["name"], "scopes": form.cleaned_data["scopes"]}
        issue = partial(services.issue_key, actor=actor(request), at=now, workspace_id=workspace_id)
        issued = tried(form, lambda: issue(expires_at=form.expires_at(now), **said))
        if issued:
            return shown(request, issued, "key", "keys")
    keys = queries.keys_of(workspace_id, agent_id=None, after=request.GET.get("after", ""))
    context = {
        "section": "settings",
        "form": form,
        "keys": [(key, key.is_live(now)) for key in keys],
        "next": keys[-1].id if len(keys) == queries.PAGE else "",
    }
    return render(request, "settings/keys.html", context, status=422 if form.is_bound else 200)


@in_workspace(Verb.ADMINISTER)
@require_POST
def issue_for_agent(request: MemberRequest, agent_id: str) -> HttpResponse:
    agent, now = agents.find(request, agent_id), timezone.now()
    form = LifetimeForm(request.POST, auto_id="key_%s")
    if form.is_valid():
        said = {"workspace_id": request.member.workspace_id, "agent_id": agent_id, "name": form.cleaned_data["name"]}
        issue = partial(services.issue_key, actor=actor(request), at=now, expires_at=form.expires_at(now))
        issued = tried(form, lambda: issue(**said))
        if issued:
            return shown(request, issued, "key", "agent", agent_id)
    return agents.draw(request, agent, status=422, key_form=form)


@in_workspace(Verb.ADMINISTER)
@require_POST
def rotate(request: MemberRequest, key_id: str) -> HttpResponse:
    who, workspace_id, back = actor(request), request.member.workspace_id, _back(request, key_id)
    try:
        issued = services.rotate_key(actor=who, at=timezone.now(), workspace_id=workspace_id, key_id=key_id)
    except Conflict as error:
        messages.error(request, error.detail)
        return redirect(back[0], request.member.workspace_slug, *back[1:])
    return shown(request, issued, "key", *back)


@in_workspace(Verb.ADMINISTER)
@require_POST
def revoke(request: MemberRequest, key_id: str) -> HttpResponse:
    take_back = partial(services.revoke_key, key_id=key_id)
    return pressed(request, take_back, "The key is revoked and refused from now on.", *_back(request, key_id))


def _back(request: MemberRequest, key_id: str) -> tuple[str, ...]:
    """The page that lists the key."""
    key = queries.key(request.member.workspace_id, key_id)
    if key is None:
        raise Http404
    return ("agent", key.agent_id) if key.agent_id else ("keys",)


def shown(request: MemberRequest, issued: Credential, what: str, to: str, *args: str) -> HttpResponse:
    """The one page that ever holds the credential; nothing keeps it between this answer and the person."""
    context = {
        "section": "settings",
        "issued": issued,
        "what": what,
        "back": reverse(to, args=[request.member.workspace_slug, *args]),
    }
    return render(request, "settings/shown_once.html", context)
