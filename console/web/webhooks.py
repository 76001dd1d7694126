"""Settings: where webhooks go. A secret is shown in the answer that makes it, and never again."""

from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import queries as accounts
from accounts.errors import NotFound
from accounts.queries import Verb
from accounts.services import endpoints
from accounts.services.endpoints import IssuedSecret
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor, pressed, sent, tried
from console.web.webhook_forms import KindsForm, WebhookForm
from outbox import queries
from outbox.queries import EndpointView

AGENTS_MAX = 500


@in_workspace(Verb.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MemberRequest) -> HttpResponse:
    now, workspace_id = timezone.now(), request.member.workspace_id
    agents = [(row.id, f"the agent {row.name}") for row in accounts.agents(workspace_id, now, limit=AGENTS_MAX)]
    form = WebhookForm(sent(request), agents=agents, auto_id="webhook_%s")
    if form.is_valid():
        said = form.cleaned_data
        add = partial(endpoints.add_endpoint, actor=actor(request), at=now, workspace_id=workspace_id)
        issued = tried(form, lambda: add(url=said["url"], kinds=said["kinds"], agent_id=said["agent"]))
        if issued:
            return _shown(request, issued)
    context = {"section": "settings", "form": form, "endpoints": queries.endpoints(workspace_id, at=now)}
    return render(request, "settings/webhooks.html", context, status=422 if form.errors else 200)


@in_workspace(Verb.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    now, view = timezone.now(), _find(request, endpoint_id)
    form = KindsForm(sent(request), of_agent=bool(view.agent_id), initial={"kinds": view.kinds}, auto_id="webhook_%s")
    if form.is_valid():
        choose = partial(endpoints.choose_kinds, endpoint_id=endpoint_id, kinds=form.cleaned_data["kinds"])
        return pressed(request, choose, "It takes exactly these from now on.", "webhook", endpoint_id)
    context = {
        "section": "settings",
        "form": form,
        "one": view,
        "given_up": queries.given_up(view.workspace_id, endpoint_id),
        "now": now,
    }
    return render(request, "settings/webhook.html", context, status=422 if form.errors else 200)


@in_workspace(Verb.ADMINISTER)
@require_POST
def rotate(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    rotated = partial(endpoints.rotate_endpoint_secret, actor=actor(request), at=timezone.now())
    try:
        issued = rotated(workspace_id=request.member.workspace_id, endpoint_id=endpoint_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    return _shown(request, issued)


@in_workspace(Verb.ADMINISTER)
@require_POST
def check(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    told = "A test is on its way. Look again in a moment."
    test = partial(endpoints.check_endpoint, endpoint_id=endpoint_id)
    return pressed(request, test, told, "webhook", endpoint_id)


@in_workspace(Verb.ADMINISTER)
@require_POST
def replay(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    told = "What was given up on is sent once more, within seconds."
    again = partial(endpoints.replay_endpoint, endpoint_id=endpoint_id)
    return pressed(request, again, told, "webhook", endpoint_id)


@in_workspace(Verb.ADMINISTER)
@require_POST
def remove(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    told = "The webhook is removed, and its secrets are forgotten. What was not sent yet is not sent."
    return pressed(request, partial(endpoints.remove_endpoint, endpoint_id=endpoint_id), told, "webhooks")


def _find(request: MemberRequest, endpoint_id: str) -> EndpointView:
    view = queries.endpoint(request.member.workspace_id, endpoint_id, at=timezone.now())
    if view is None:
        raise Http404
    return view


def _shown(request: MemberRequest, issued: IssuedSecret) -> HttpResponse:
    """The one page that ever holds the secret."""
    back = reverse("webhook", args=[request.member.workspace_slug, issued.id])
    context = {"section": "settings", "secret": issued.secret, "endpoint_id": issued.id, "back": back}
    return render(request, "settings/webhook_secret.html", context)
