"""The reasons that people choose from: what is offered, what was retired, and new ones."""

from functools import partial

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.roles import Verb
from approvals.errors import BadRequest
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor, pressed, sent
from feedback import queries
from feedback.services import reasons


class ReasonForm(forms.Form):
    """A new reason, or other words for one that is there."""

    code = forms.CharField(
        max_length=40,
        label="Code",
        help_text="What the agent and the labels receive: small letters, digits and underscores.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    text = forms.CharField(
        max_length=reasons.TEXT_MAX, label="Words", help_text="What people read when they reject or edit."
    )


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    workspace_id, may_make = request.member.workspace_id, request.member.may(Verb.MAKE_DATASET)
    form = ReasonForm(sent(request), auto_id="reason_%s")
    if form.is_bound and may_make and form.is_valid() and _added(request, form):
        messages.success(request, "People can choose it from now on.")
        return redirect("reasons", request.member.workspace_slug)
    context = {
        "section": "feedback",
        "taxonomy": queries.taxonomy(workspace_id),
        "always": reasons.ALWAYS,
        "form": form,
        "may_make": may_make,
    }
    status = 200 if not form.is_bound else 422 if may_make else 403
    return render(request, "feedback/reasons.html", context, status=status)


def _added(request: MemberRequest, form: ReasonForm) -> bool:
    try:
        reasons.add_reason(
            actor=actor(request), at=timezone.now(), workspace_id=request.member.workspace_id, **form.cleaned_data
        )
    except BadRequest as error:
        for fault in error.faults:
            form.add_error(fault.pointer.removeprefix("/"), fault.detail)
        if not error.faults:
            form.add_error(None, error.detail)
        return False
    return True


@require_POST
@in_workspace(Verb.MAKE_DATASET)
def retire(request: MemberRequest) -> HttpResponse:
    stop = partial(reasons.retire_reason, code=request.POST.get("code", ""))
    return pressed(request, stop, "It is offered no more. Labels that bear it stay as they are.", "reasons")


@require_POST
@in_workspace(Verb.MAKE_DATASET)
def renew(request: MemberRequest) -> HttpResponse:
    again = partial(reasons.renew_reason, code=request.POST.get("code", ""))
    return pressed(request, again, "It is offered again.", "reasons")
