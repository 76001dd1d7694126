"""Scheduled gates: which are on, what they said last, and a new one."""

from functools import partial
from typing import Any

import yaml
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import queries as accounts
from accounts.roles import Verb
from approvals.errors import ApprovalError
from console.web.access import MemberRequest, in_workspace
from console.web.evaluation import CHIPS
from console.web.pressing import actor, pressed, sent
from feedback import queries
from feedback.queries import plans
from feedback.services import planning as services

EVERY = [("run", "At each new run"), ("day", "Each day"), ("week", "Each week")]
SPEC = "name: release\nmargin: 0.02\n"


class PlanForm(forms.Form):
    """A gate that is judged by itself. The document is the same as that of `manage.py gate check`."""

    agent = forms.CharField(max_length=100, label="Agent", help_text="Its name, as runs give it.")
    every = forms.ChoiceField(label="When", choices=EVERY)
    baseline = forms.CharField(
        max_length=60, initial="tag:baseline", label="Against", help_text="tag:NAME, or a run's id."
    )
    spec = forms.CharField(
        max_length=20_000, initial=SPEC, label="Gate", widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"})
    )

    def __init__(
        self, *args: Any, datasets: list[tuple[str, str]], people: list[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["dataset"] = forms.ChoiceField(label="Dataset", choices=datasets)
        self.fields["owner"] = forms.ChoiceField(label="Who gets the letters", choices=people)
        self.order_fields(["dataset", "agent", "every", "baseline", "spec", "owner"])

    def clean_spec(self) -> Any:
        try:
            return yaml.safe_load(self.cleaned_data["spec"])
        except yaml.YAMLError as error:
            raise forms.ValidationError("This is no YAML.") from error


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    workspace_id, may_make = request.member.workspace_id, request.member.may(Verb.MAKE_DATASET)
    form = _form(request) if may_make else None
    if form is not None and form.is_bound and form.is_valid() and _planned(request, form):
        messages.success(request, "The gate is on. Its owner gets a letter of each verdict.")
        return redirect("gate-plans", request.member.workspace_slug)
    context = {
        "section": "evaluation",
        "plans": [(one, CHIPS.get(one.verdict, "")) for one in plans.plans(workspace_id)],
        "when": dict(EVERY),
        "form": form,
        "has_dataset": form is not None and bool(form.fields["dataset"].choices),  # type: ignore[attr-defined]
        "now": timezone.now(),
    }
    status = 200 if request.method != "POST" else 422 if may_make else 403
    return render(request, "evaluation/plans.html", context, status=status)


@require_POST
@in_workspace(Verb.MAKE_DATASET)
def end(request: MemberRequest, plan_id: str) -> HttpResponse:
    return pressed(request, partial(services.end_plan, plan_id=plan_id), "The gate is off.", "gate-plans")


def _form(request: MemberRequest) -> PlanForm:
    workspace_id = request.member.workspace_id
    may = accounts.holders(workspace_id, Verb.READ_DATASET)
    return PlanForm(
        sent(request),
        datasets=[(one.id, one.name) for one in queries.datasets(workspace_id)],
        people=[(user_id, name) for user_id, name in accounts.choices(workspace_id) if user_id in may],
        auto_id="plan_%s",
    )


def _planned(request: MemberRequest, form: PlanForm) -> bool:
    said = form.cleaned_data
    try:
        services.plan_gate(
            actor=actor(request),
            at=timezone.now(),
            workspace_id=request.member.workspace_id,
            dataset_id=said["dataset"],
            agent_name=said["agent"],
            spec=said["spec"],
            every=said["every"],
            owner_id=said["owner"],
            baseline=said["baseline"],
        )
    except ApprovalError as error:
        form.add_error(None, error.detail)
        return False
    return True
