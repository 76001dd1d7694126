"""Writing a policy: the text, what the server says about it, and the button that proposes it."""

from typing import Any

import orjson
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.roles import Verb
from approvals import queries, services
from approvals.errors import ApprovalError, NotFound
from approvals.services import drafting, policy_reading
from approvals.services.policy import TEXT_MAX
from approvals.services.proposals import NOTE_MAX
from console.web import showing
from console.web.access import MemberRequest, in_workspace
from console.web.policies import missing
from console.web.pressing import actor

UNREADABLE = "The text is longer than a policy may be, or holds a null character."
PROPOSED = "The proposal is there, and nobody else has to sign it. Activate it below."


class PolicyForm(forms.Form):
    """The document as text, and why."""

    text = forms.CharField(strip=False, max_length=TEXT_MAX, required=False)
    note = forms.CharField(max_length=NOTE_MAX, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.DRAFT_POLICY)
def page(request: MemberRequest) -> HttpResponse:
    """GET draws a version, perhaps with a line more from a decided action. POST checks the text, or proposes it."""
    if request.method != "POST":
        text, line, told = _begun(request)
        return _draw(request, text, "", line=line, told=told)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _draw(
            request, "", "", told="The text is longer than a policy may be, or holds a null character.", status=422
        )
    text, note = _lines(form.cleaned_data["text"]), form.cleaned_data["note"]
    if "check" in request.POST:
        return _draw(request, text, note)
    at, workspace_id = timezone.now(), request.member.workspace_id
    try:
        made = services.propose_policy(actor=actor(request), at=at, workspace_id=workspace_id, text=text, note=note)
    except ApprovalError as error:
        return _draw(request, text, note, told=error.detail, status=422)
    messages.success(
        request, missing(made.missing) if made.missing else "The proposal is there. Sign it to let it decide."
    )
    return redirect("policy-proposal", request.member.workspace_slug, made.proposal_id)


@require_POST
@in_workspace(Verb.DRAFT_POLICY)
def check(request: MemberRequest) -> HttpResponse:
    """What the server says about the text, as a part of the page."""
    form = PolicyForm(request.POST)
    text = _lines(form.cleaned_data["text"]) if form.is_valid() else ""
    return render(request, "policies/_checked.html", _said(request, text))


def _draw(
    request: MemberRequest, text: str, note: str, *, line: int = 0, told: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "section": "policies",
        "text": text,
        "note": note,
        "line": line,
        "told": told,
        **_said(request, text),
    }
    return render(request, "policies/edit.html", context, status=status)


def _said(request: MemberRequest, text: str) -> dict[str, Any]:
    checked = policy_reading.checked(request.member.workspace_id, text, timezone.now())
    return {"checked": checked, "change": checked.change, "passed": sum(trial.passed for trial in checked.trials)}


def _begun(request: MemberRequest) -> tuple[str, int, str]:
    """The text to begin with, the line that was added to it, and what to say about that."""
    workspace_id, at = request.member.workspace_id, timezone.now()
    asked = request.GET.get("from", "")
    try:
        read = policy_reading.version(workspace_id, asked) if asked else None
        _, text = read or policy_reading.active_version(workspace_id, at)
    except NotFound as error:
        raise Http404(error.detail) from error
    for word, verb in (("test", drafting.as_test), ("rule", drafting.as_rule)):
        if action_id := request.GET.get(word, ""):
            view = showing.find(request.member, action_id)
            if view.decision is None:
                raise Http404
            text, line = verb(text, view, orjson.loads(view.proposed or view.args), queries.tool_spec(view))
            return text, line, f"Line {line} is new, from {view.id}. Read it, change it, then check."
    return text, 0, ""


def _lines(text: str) -> str:
    """A browser sends each line break as two characters, and the text is hashed as it is."""
    return text.replace("\r\n", "\n")
