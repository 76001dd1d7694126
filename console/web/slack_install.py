"""Installing the Slack app by a click: an admin goes to Slack with a word that only their session knows, and comes back
with a code.
"""

import dataclasses
import secrets

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from accounts import queries
from accounts.errors import AccountError
from accounts.queries import Member, Verb
from audit.actor import Door
from console.services import slack
from console.slack import signing_in
from console.slack.signing_in import Unfinished
from console.web.access import refusal, to_login

KEPT = "slack_install"


@require_safe
def install(request: HttpRequest) -> HttpResponse:
    """To Slack, for the workspace `?workspace=` (a slug) that the person administers."""
    if not signing_in.is_configured():
        raise Http404
    if not request.user.is_authenticated:
        return to_login(request)
    member = _admin(request, request.GET.get("workspace", ""))
    state = secrets.token_urlsafe(24)
    request.session[KEPT] = {"state": state, "workspace": member.workspace_slug}
    return redirect(signing_in.install_address(state))


@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    """From Slack. Only the session that went there may come back, once."""
    kept = request.session.pop(KEPT, None)
    if not signing_in.is_configured() or not request.user.is_authenticated or kept is None:
        raise Http404
    member = _admin(request, kept["workspace"])
    try:
        if not constant_time_compare(request.GET.get("state", ""), kept["state"]):
            raise Unfinished("This answer of Slack's was not asked for here. Begin again.")
        if "code" not in request.GET:
            raise Unfinished("Slack did not give its consent, so nothing was installed.")
        now = timezone.now()
        found = signing_in.installed(request.GET["code"], now)
        actor = member.actor(Door.WEB, "password")
        slack.install(actor=actor, at=now, workspace_id=member.workspace_id, **dataclasses.asdict(found))
    except (Unfinished, AccountError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The app is installed. Say now which channels get cards.")
    return redirect("slack", member.workspace_slug)


def _admin(request: HttpRequest, workspace: str) -> Member:
    """The membership, with the right to administer; 404 and 403 as everywhere."""
    member = queries.member_of(str(request.user.pk), workspace)
    if member is None:
        raise Http404
    if not member.may(Verb.ADMINISTER):
        raise PermissionDenied(refusal(member, Verb.ADMINISTER))
    return member
