"""Standing grants: what people agreed to in advance, until when, and who can end it."""

from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import queries as accounts_queries
from accounts.roles import Verb
from approvals import services
from approvals.errors import ApprovalError
from approvals.services import standing
from console.web.access import MemberRequest, in_workspace, refusal
from console.web.pressing import actor, pressed, sent

AGENTS_MAX = 1000
DAYS = [(1, "a day"), (7, "a week"), (30, "30 days"), (90, "90 days")]


class StandingGrantForm(forms.Form):
    """Which calls, for how long, and why."""

    agent = forms.ChoiceField()
    tool = forms.CharField(max_length=200, help_text="A tool, such as billing.refund, or a family, such as crm.*.")
    when = forms.CharField(
        max_length=20_000,
        required=False,
        label="Only when",
        help_text="A clause a line over args and confidence; all have to be true. Such as args.amount_usd <= 20.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "clauses"}),
    )
    days = forms.TypedChoiceField(coerce=int, choices=DAYS, label="For", initial=7)
    why = forms.CharField(max_length=2000, label="Why", widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, agents: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["agent"].choices = [(name, name) for name in agents]  # type: ignore[attr-defined]

    def clauses(self) -> list[str]:
        lines = self.cleaned_data["when"].splitlines()
        return [line.strip() for line in lines if line.strip()]


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    may_draft = request.member.may(Verb.DRAFT_POLICY)
    now, workspace_id = timezone.now(), request.member.workspace_id
    agents = [row.name for row in accounts_queries.agents(workspace_id, now, limit=AGENTS_MAX)]
    form = StandingGrantForm(sent(request) if may_draft else None, agents=agents, auto_id="grant_%s")
    if request.method == "POST" and not may_draft:
        raise PermissionDenied(refusal(request.member, Verb.DRAFT_POLICY))
    if form.is_valid() and _proposed(request, form):
        return redirect("standing-grants", request.member.workspace_slug)
    rows = standing.standing_grants(workspace_id, now, after=request.GET.get("after", "").replace("\0", ""))
    context = {
        "section": "policies",
        "form": form,
        "grants": rows[: standing.PAGE],
        "next": rows[standing.PAGE - 1].id if len(rows) > standing.PAGE else "",
        "may_draft": may_draft,
        "may_agree": request.member.may(Verb.ACTIVATE_POLICY),
        "may_stop": request.member.may(Verb.STOP),
        "is_alone": accounts_queries.is_alone(workspace_id),
        "now": now,
    }
    return render(request, "policies/grants.html", context, status=422 if form.is_bound else 200)


@require_POST
@in_workspace(Verb.ACTIVATE_POLICY)
def agree(request: MemberRequest, grant_id: str) -> HttpResponse:
    verb = partial(services.agree_to_grant, grant_id=grant_id)
    return pressed(request, verb, "The grant counts from now on.", "standing-grants")


@require_POST
@in_workspace(Verb.STOP)
def revoke(request: MemberRequest, grant_id: str) -> HttpResponse:
    verb = partial(services.revoke_grant, grant_id=grant_id)
    return pressed(request, verb, "The grant is revoked. It answers nothing any more.", "standing-grants")


def _proposed(request: MemberRequest, form: StandingGrantForm) -> bool:
    """Whether the grant was written; else the form says why not."""
    at, said = timezone.now(), form.cleaned_data
    propose = partial(services.propose_grant, actor=actor(request), at=at, workspace_id=request.member.workspace_id)
    try:
        propose(
            agent_name=said["agent"],
            tool=said["tool"],
            when=form.clauses(),
            expires_at=at + timedelta(days=said["days"]),
            why=said["why"],
        )
    except ApprovalError as error:
        field = error.faults[0].pointer.removeprefix("/") if error.faults else ""
        form.add_error(field if field in form.fields else None, error.detail)
        return False
    messages.success(request, "The grant is proposed. It counts once another person has agreed.")
    return True
