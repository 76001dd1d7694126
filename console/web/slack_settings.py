"""Settings: Slack. Where the app is installed, which channels get cards, who is linked, and what is wrong."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services as accounts
from accounts.queries import Verb
from console.services import slack
from console.slack import standing
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor, pressed, sent, tried
from console.web.slack_forms import RouteForm


@in_workspace(Verb.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MemberRequest) -> HttpResponse:
    """How Slack stands, and the form that gives a channel its cards."""
    member = request.member
    form = RouteForm(sent(request), teams=standing.team_choices(member.workspace_id), auto_id="route_%s")
    if form.is_valid():
        said = form.cleaned_data
        lead = partial(slack.route, actor=actor(request), at=timezone.now(), workspace_id=member.workspace_id)
        lead = partial(lead, team_id=said["team"], channel_id=said["channel"].strip())
        if tried(form, lambda: lead(kind=said["kind"], value=said["value"].strip())):
            messages.success(request, "The channel gets these cards from now on. Send it a test message.")
            return redirect("slack", member.workspace_slug)
    context = {
        "section": "settings",
        "form": form,
        "teams": standing.teams(member.workspace_id),
        "is_on": slack.is_on(),
        "may_install": bool(settings.SLACK_CLIENT_ID and settings.SLACK_CLIENT_SECRET),
        "now": timezone.now(),
    }
    return render(request, "settings/slack.html", context, status=422 if form.is_bound else 200)


@in_workspace(Verb.ADMINISTER)
@require_POST
def unroute(request: MemberRequest, route_id: str) -> HttpResponse:
    end = partial(slack.unroute, route_id=route_id)
    return pressed(request, end, "New actions go there no more. Cards that stand there are kept up.", "slack")


@in_workspace(Verb.ADMINISTER)
@require_POST
def test(request: MemberRequest, channel_id: str) -> HttpResponse:
    send = partial(slack.send_test, channel=channel_id)
    return pressed(request, send, "A test message is on its way. This page says if it does not arrive.", "slack")


@in_workspace(Verb.ADMINISTER)
@require_POST
def disconnect(request: MemberRequest, team_id: str) -> HttpResponse:
    end = partial(slack.remove, team=team_id)
    return pressed(request, end, "Slack is disconnected. Buttons that stand there do nothing any more.", "slack")


@in_workspace(Verb.ADMINISTER)
@require_POST
def link_by_email(request: MemberRequest, team_id: str) -> HttpResponse:
    is_on = request.POST.get("is_on") == "1"
    told = "People are linked by their address in Slack." if is_on else "Nobody is linked by an address any more."
    return pressed(request, partial(slack.link_by_email, team=team_id, is_on=is_on), told, "slack")


@in_workspace(Verb.ADMINISTER)
@require_POST
def unlink(request: MemberRequest, identity_id: str) -> HttpResponse:
    end = partial(accounts.unlink_slack, identity_id=identity_id)
    return pressed(request, end, "The account is not linked any more. It can decide nothing.", "slack")
