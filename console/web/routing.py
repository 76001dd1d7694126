"""Escalate, remind or hand over one action by hand, with a reason."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.roles import Verb
from approvals import services
from approvals.errors import ApprovalError, BadRequest
from approvals.services import escalation_board
from console.web import answering, showing
from console.web.access import MemberRequest, in_workspace
from console.web.forms import RouteForm
from console.web.pressing import sent

DONE = {
    "escalate": "Escalated. The story says who was told.",
    "remind": "They are told once more.",
    "reassign": "Handed over. A claim that another held has ended.",
}

_VERBS = {"escalate": services.escalate, "remind": services.remind}


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.ROUTE)
def page(request: MemberRequest, action_id: str) -> HttpResponse:
    now, member = timezone.now(), request.member
    view = showing.find(member, action_id)
    people = escalation_board.handed_to(member, view, now)
    form = RouteForm(sent(request), people=people, auto_id="route_%s")
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        verb = partial(services.reassign, user_id=said["user"]) if said["what"] == "reassign" else _VERBS[said["what"]]
        try:
            verb(actor=answering.actor(request), at=now, member=member, action_id=view.id, reason=said["reason"])
        except BadRequest as error:
            form.add_error(None, error.detail)
        except ApprovalError as error:
            return answering.draw(request, action_id, status=answering.status_of(error), notice=error.detail)
        else:
            messages.success(request, DONE[said["what"]])
            return redirect("action", member.workspace_slug, view.id)
    context = {
        "section": "queue",
        "form": form,
        **showing.context(member, view, now),
    }
    return render(request, "action/route.html", context, status=422 if form.errors else 200)
