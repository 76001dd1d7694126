"""Outcomes: what came of actions after they were decided."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.roles import Verb
from approvals.errors import ApprovalError
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor, sent
from feedback import services
from feedback.queries import outcomes as queries
from feedback.services.looks import COMMENT_MAX, OUTCOMES

RIGHT = [("no", "It was wrong"), ("yes", "It was right")]


class OutcomeForm(forms.Form):
    """What came of one action."""

    action = forms.CharField(max_length=40, label="Action", help_text="Its id, such as act_01…")
    right = forms.ChoiceField(label="It turned out", choices=RIGHT)
    kind = forms.ChoiceField(label="It came to light by", choices=[(word, word.capitalize()) for word in OUTCOMES])
    severe = forms.BooleanField(required=False, label="It was a severe error: autonomy for the tool ends at once")
    comment = forms.CharField(required=False, max_length=COMMENT_MAX, label="Comment")


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    workspace_id, may_tell = request.member.workspace_id, request.member.may(Verb.LABEL)
    form = OutcomeForm(sent(request), auto_id="outcome_%s", initial={"action": request.GET.get("action", "")[:40]})
    if form.is_bound and may_tell and form.is_valid() and _told(request, form):
        messages.success(request, "The outcome is kept beside the decision.")
        return redirect("outcomes", request.member.workspace_slug)
    context = {
        "section": "evaluation",
        "decisions": queries.by_decision(workspace_id),
        "outcomes": queries.outcomes(workspace_id),
        "form": form,
        "may_tell": may_tell,
        "now": timezone.now(),
    }
    status = 200 if not form.is_bound else 422 if may_tell else 403
    return render(request, "evaluation/outcomes.html", context, status=status)


def _told(request: MemberRequest, form: OutcomeForm) -> bool:
    said = form.cleaned_data
    try:
        services.judge_outcome(
            actor=actor(request),
            at=timezone.now(),
            workspace_id=request.member.workspace_id,
            action_id=said["action"].strip(),
            right=said["right"] == "yes",
            severe=said["severe"],
            kind=said["kind"],
            comment=said["comment"],
        )
    except ApprovalError as error:
        form.add_error("action", error.detail)
        return False
    return True
