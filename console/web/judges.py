"""Judges against people: how far a judge's scores agree with people's on the same answers."""

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
from feedback.queries import evaluation
from feedback.queries.answers import RunView

LISTED = 50


class JudgeForm(forms.Form):
    """A run that people and a judge scored both."""

    judge = forms.CharField(max_length=80, label="Judge", help_text="The scorer's name, as the run gave it.")
    human = forms.CharField(max_length=80, label="People", help_text="The scorer of the kind human.")

    def __init__(self, *args: object, runs: list[RunView], **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["run"] = forms.ChoiceField(label="Run", choices=[(run.id, _named(run)) for run in runs])
        self.order_fields(["run", "judge", "human"])


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    workspace_id, may_make = request.member.workspace_id, request.member.may(Verb.MAKE_DATASET)
    runs = [run for run in evaluation.runs(workspace_id, limit=LISTED) if run.closed_at is not None]
    both = [run for run in runs if {"judge", "human"} <= {str(said["kind"]) for said in run.scorers.values()}]
    form = JudgeForm(sent(request), runs=both, auto_id="judge_%s")
    if form.is_bound and may_make and form.is_valid() and _held(request, form):
        messages.success(request, "The judge was held against people.")
        return redirect("judges", request.member.workspace_slug)
    context = {
        "section": "evaluation",
        "judges": evaluation.calibrations(workspace_id),
        "form": form if may_make and both else None,
        "now": timezone.now(),
    }
    status = 200 if not form.is_bound else 422 if may_make else 403
    return render(request, "evaluation/judges.html", context, status=status)


def _held(request: MemberRequest, form: JudgeForm) -> bool:
    said = form.cleaned_data
    try:
        services.calibrate_judge(
            actor=actor(request),
            at=timezone.now(),
            workspace_id=request.member.workspace_id,
            run_id=said["run"],
            judge_name=said["judge"],
            human=said["human"],
        )
    except ApprovalError as error:
        form.add_error(None, error.detail)
        return False
    return True


def _named(run: RunView) -> str:
    scored = sorted(name for name, said in run.scorers.items() if said["kind"] in {"judge", "human"})
    return f"{run.agent_name} {run.agent_version} on {run.dataset_name} {run.version_n} ({', '.join(scored)})"
