"""Evaluation: runs of agent versions, the baseline, and gates with the pairs that changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Verb
from approvals.errors import ApprovalError, NotFound
from console.web.access import MemberRequest, in_workspace
from console.web.evaluation_forms import GateForm
from console.web.pairs import pair_shown
from console.web.pressing import actor, pressed
from feedback import services
from feedback.queries import evaluation

LISTED = 20
CHIPS = {"pass": "approved", "fail": "rejected", "inconclusive": "high", "invalid": "unknown"}


@dataclass(frozen=True, slots=True)
class RowShown:
    """One row of a gate in words: shares in percent, budgets in their unit."""

    name: str
    kind: str
    verdict: str
    chip: str
    reason: str
    n: int
    old: str
    new: str
    between: str
    limit: str
    p: str


@require_safe
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    """Runs, baselines and what gates said, the newest first."""
    return _draw(request, GateForm(runs=evaluation.runs(request.member.workspace_id, limit=LISTED)))


@require_POST
@in_workspace(Verb.MAKE_DATASET)
def check(request: MemberRequest) -> HttpResponse:
    """Judges one run against another, from the page."""
    form = GateForm(request.POST, runs=evaluation.runs(request.member.workspace_id, limit=LISTED))
    if not form.is_valid():
        return _draw(request, form, status=422)
    try:
        found = services.check_gate(
            actor=actor(request),
            at=timezone.now(),
            workspace_id=request.member.workspace_id,
            spec=form.spec(),
            baseline=form.cleaned_data["baseline"],
            candidate=form.cleaned_data["candidate"],
        )
    except ApprovalError as error:
        form.add_error(None, error.detail)
        return _draw(request, form, status=422)
    return redirect("gate", request.member.workspace_slug, found.id)


@require_POST
@in_workspace(Verb.MAKE_DATASET)
def move(request: MemberRequest, run_id: str) -> HttpResponse:
    """Makes a run the baseline of its dataset."""
    return pressed(
        request, partial(services.move_baseline, run_id=run_id), "It is the baseline of its dataset now.", "evaluation"
    )


@require_safe
@in_workspace(Verb.READ_DATASET)
def gate(request: MemberRequest, gate_id: str) -> HttpResponse:
    """The verdict, its rows, and the pairs that changed, what was lost first."""
    try:
        found = evaluation.find_gate(request.member.workspace_id, gate_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    way = request.GET.get("way", "")
    slices = [row["name"] for row in found.rows if row["kind"] == "slice"]
    chosen = request.GET.get("slice", "")
    pairs = evaluation.differences(
        found, way=way if way in {"lost", "gained"} else "", slice_name=chosen if chosen in slices else ""
    )
    context = {
        "section": "evaluation",
        "gate": found,
        "chip": CHIPS[found.verdict],
        "rows": [row_shown(row) for row in found.rows],
        "pairs": [pair_shown(pair) for pair in pairs],
        "way": way,
        "slices": slices,
        "chosen": chosen,
        "now": timezone.now(),
    }
    return render(request, "evaluation/gate.html", context)


def row_shown(row: Mapping[str, Any]) -> RowShown:
    def told(value: float | None) -> str:
        if value is None:
            return ""
        return f"{value:,.4g}" if row["kind"] == "budget" else f"{100 * value:.1f}\u00a0%"

    return RowShown(
        name=row["name"],
        kind=row["kind"],
        verdict=row["verdict"],
        chip=CHIPS[row["verdict"]],
        reason=row["reason"],
        n=row["n"],
        old=told(row["old"]),
        new=told(row["new"]),
        between="" if row["low"] is None else f"{told(row['low'])} to {told(row['high'])}",
        limit=told(row["limit"]),
        p="" if row["p"] is None else f"{row['p']:.3g}",
    )


def _draw(request: MemberRequest, form: GateForm, status: int = 200) -> HttpResponse:
    workspace_id = request.member.workspace_id
    context = {
        "section": "evaluation",
        "form": form,
        "runs": form.runs,
        "gates": [(found, CHIPS[found.verdict]) for found in evaluation.gates(workspace_id, limit=LISTED)],
        "baselines": evaluation.baselines(workspace_id),
        "judges": evaluation.calibrations(workspace_id),
        "may_make": request.member.may(Verb.MAKE_DATASET),
        "now": timezone.now(),
    }
    return render(request, "evaluation/page.html", context, status=status)
