"""Linking: a person who is logged in here says which Slack account is theirs, and Slack confirms it where it can.

The address comes from a private message in Slack and names the account; a link that somebody else sent on would make
their account act as the reader. So with Sign in with Slack the account has to be open in the reader's own browser, and
without it the page says plainly whose account it is.
"""

import secrets
from dataclasses import dataclass

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_http_methods, require_safe

from accounts import queries, services
from accounts.errors import AccountError
from accounts.queries import Member
from audit.actor import Door
from console.models import SlackTeam
from console.slack import signing_in
from console.slack.clickers import SALT, standing
from console.slack.client import Caller
from console.slack.errors import SlackTrouble
from console.slack.signing_in import Unfinished
from console.web.access import to_login

KEPT = "slack_link"
HOUR = 3600
GUEST = "This Slack account is a guest's, a robot's or closed, so it cannot decide."


@dataclass(frozen=True, slots=True)
class Asked:
    """Which account of which Slack workspace is to be linked to which member."""

    team: SlackTeam
    slack_user_id: str
    member: Member


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return to_login(request)
    asked = _asked(request, request.GET.get("state", ""))
    if signing_in.is_configured():
        return _confirm(request, asked, "Continue to Slack")
    if request.method != "POST":
        return _confirm(request, asked, "")
    return _link(request, asked)


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """To Slack, where the account has to be logged in."""
    if not request.user.is_authenticated:
        return to_login(request)
    if not signing_in.is_configured():
        raise Http404
    state = request.GET.get("state", "")
    asked = _asked(request, state)
    word = secrets.token_urlsafe(24)
    request.session[KEPT] = {"word": word, "state": state}
    return redirect(signing_in.link_address(word, asked.team.slack_id))


@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    kept = request.session.pop(KEPT, None)
    if not signing_in.is_configured() or not request.user.is_authenticated or kept is None:
        raise Http404
    asked = _asked(request, kept["state"])
    try:
        if not constant_time_compare(request.GET.get("state", ""), kept["word"]):
            raise Unfinished("This answer of Slack's was not asked for here. Begin again in Slack.")
        found = signing_in.account(request.GET.get("code", ""))
    except Unfinished as error:
        messages.error(request, str(error))
        return _confirm(request, asked, "Try again", status=422)
    if found != (asked.team.slack_id, asked.slack_user_id):
        messages.error(request, "You are logged in to Slack with another account than the one that asked. Begin again.")
        return _confirm(request, asked, "Try again", status=403)
    return _link(request, asked)


def _asked(request: HttpRequest, state: str) -> Asked:
    """404 for what was not signed here or is older than an hour, and for a workspace that the person is not in."""
    try:
        said = signing.loads(state, salt=SALT, max_age=HOUR)
    except signing.BadSignature as error:
        raise Http404("This link is not ours, or older than an hour. Press the button in Slack again.") from error
    team = SlackTeam.everywhere.filter(pk=said["team"], removed_at=None).select_related("workspace").first()
    member = queries.member_of(str(request.user.pk), team.workspace.slug) if team else None
    if team is None or member is None:
        raise Http404
    return Asked(team, said["user"], member)


def _confirm(request: HttpRequest, asked: Asked, button: str, status: int = 200) -> HttpResponse:
    """`button` goes on to Slack; "" is a form that links at once."""
    context = {
        "asked": asked,
        "account": _name(asked),
        "button": button,
        "state": request.GET.get("state", "") if status == 200 else "",
    }
    return render(request, "accounts/slack_link.html", context, status=status)


def _link(request: HttpRequest, asked: Asked) -> HttpResponse:
    now = timezone.now()
    try:
        barred = standing(_account(asked))
        if barred:
            messages.error(request, GUEST)
            return _confirm(request, asked, "", status=403)
        services.link_slack(
            actor=asked.member.actor(Door.WEB, "password"),
            at=now,
            workspace_id=asked.member.workspace_id,
            user_id=asked.member.user_id,
            team_id=asked.team.slack_id,
            slack_user_id=asked.slack_user_id,
            enterprise_id=asked.team.enterprise_id,
        )
    except (AccountError, SlackTrouble) as error:
        messages.error(request, f"Nothing was linked: {error}")
        return _confirm(request, asked, "", status=422)
    messages.success(request, "Your Slack account is linked. Go back to Slack and press again.")
    return redirect("queue", asked.member.workspace_slug)


def _account(asked: Asked) -> dict[str, object]:
    found = Caller(asked.team, at=timezone.now(), is_click=True).call("users.info", {"user": asked.slack_user_id})
    account = found.get("user")
    return account if isinstance(account, dict) else {}


def _name(asked: Asked) -> str:
    """How Slack names the account, for the person to recognise; its id where Slack does not answer."""
    try:
        account = _account(asked)
    except SlackTrouble:
        return asked.slack_user_id
    return str(account.get("real_name") or account.get("name") or asked.slack_user_id)[:100]
