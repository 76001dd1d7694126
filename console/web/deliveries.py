"""Settings: what the workspace owes to somebody: what is on its way, what was given up on, and what was sent lately."""

from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import services
from accounts.queries import Verb
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import pressed
from outbox import queries

PAGE = 50
ID_DIGITS = 18
SHOWN = {queries.OWED: "On their way", queries.DEAD: "Given up", queries.SENT: "Sent"}


@in_workspace(Verb.SEE_EVIDENCE)
@require_safe
def page(request: MemberRequest) -> HttpResponse:
    which, before = request.GET.get("state", ""), request.GET.get("before", "")
    which = which if which in SHOWN else queries.OWED
    last = int(before) if before.isascii() and before.isdigit() and len(before) <= ID_DIGITS else None
    found = queries.deliveries(request.member.workspace_id, which, before=last, limit=PAGE + 1)
    shown = found[:PAGE]
    context = {
        "section": "settings",
        "rows": shown,
        "addresses": queries.addresses_of(request.member.workspace_id, [row.endpoint for row in shown if row.endpoint]),
        "next": found[PAGE - 1].id if len(found) > PAGE else "",
        "which": which,
        "states": SHOWN.items(),
        "may_replay": request.member.may(Verb.ADMINISTER),
        "now": timezone.now(),
    }
    return render(request, "settings/deliveries.html", context)


@in_workspace(Verb.ADMINISTER)
@require_POST
def replay(request: MemberRequest, message_id: int) -> HttpResponse:
    if len(str(message_id)) > ID_DIGITS:
        raise Http404
    once_more = partial(services.replay_delivery, message_id=message_id)
    return pressed(request, once_more, "It is sent once more, within seconds.", "deliveries")
