"""Readiness: the five controls, who answers for them, and how each agent stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import queries as accounts
from accounts.roles import Verb
from approvals.errors import BadRequest
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor, sent
from feedback.queries import readiness as queries
from feedback.queries.readiness import SHARES, Control, ControlView, Stand, Standing
from feedback.services import readiness as services

NAMES = {
    Control.TRACE_COVERAGE: "Trace coverage",
    Control.TOOL_SUCCESS: "Tool success",
    Control.POLICY_VIOLATIONS: "Policy violations",
    Control.PASSING_GATE: "Fresh passing gate",
    Control.COST_PER_TASK: "Cost per task",
}
ASKED = {
    Control.TRACE_COVERAGE: "at least {} of its actions come with a trace",
    Control.TOOL_SUCCESS: "at least {} of its reported executions succeed",
    Control.POLICY_VIOLATIONS: "policy refuses at most {} of 1,000 actions",
    Control.PASSING_GATE: "its newest gate passed, at most {} days ago",
    Control.COST_PER_TASK: "a task costs at most {} on average",
}
NEXT = {
    Control.TRACE_COVERAGE: "Send trace_id and trace with each action.",
    Control.TOOL_SUCCESS: "Report each result, and look at the executions that failed.",
    Control.POLICY_VIOLATIONS: "Look at what policy refused, and take these tools from the agent or mend its prompt.",
    Control.PASSING_GATE: "Run this version on a frozen dataset and let a gate judge it.",
    Control.COST_PER_TASK: "Send usage.cost with each action, on five days or more.",
}
CHIPS = {Standing.MET: "approved", Standing.WAIVED: "medium", Standing.MISSED: "rejected"}


class ControlForm(forms.Form):
    """One control. Shares are asked in percent."""

    name = forms.ChoiceField(label="Control", choices=[(name.value, NAMES[name]) for name in Control])
    threshold = forms.FloatField(
        required=False,
        label="Threshold",
        help_text="Percent for trace coverage and tool success, a number of 1,000 for violations, days for the gate.",
    )
    currency = forms.CharField(required=False, max_length=10, label="Currency", help_text="Of the cost, such as USD.")
    waived = forms.BooleanField(required=False, label="Agents may pass without it")
    why = forms.CharField(required=False, max_length=services.WHY_MAX, label="Because")

    def __init__(self, *args: Any, people: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"] = forms.ChoiceField(
            label="Who answers for it", choices=people, help_text="Somebody who may read evaluation."
        )

    def given(self) -> dict[str, Any]:
        said = self.cleaned_data
        threshold = said["threshold"]
        if threshold is not None and said["name"] in SHARES:
            threshold /= 100
        return {
            "name": said["name"],
            "owner_id": said["owner"],
            "threshold": threshold,
            "currency": said["currency"],
            "waived": said["waived"],
            "why": said["why"],
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One control of one agent in words."""

    name: str
    standing: str
    chip: str
    figure: str
    n: int
    advice: str


@dataclass(frozen=True, slots=True)
class Asked:
    name: str
    text: str
    view: ControlView


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    now, workspace_id = timezone.now(), request.member.workspace_id
    may_set = request.member.may(Verb.MAKE_DATASET)
    form = ControlForm(sent(request), people=_people(workspace_id) if may_set else [], auto_id="control_%s")
    if form.is_bound and may_set and form.is_valid() and _set(request, form):
        messages.success(request, "The control is set.")
        return redirect("readiness", request.member.workspace_slug)
    agents = [(one, [_row(stand) for stand in one.stands]) for one in queries.readiness_of(workspace_id, now)]
    controls = queries.controls(workspace_id)
    context = {
        "section": "evaluation",
        "controls": [_asked(one) for one in controls],
        "unowned": [NAMES[one.name].lower() for one in controls if not one.owner_id],
        "is_fresh": not any(one.set_at for one in controls),
        "agents": agents,
        "days": queries.DAYS,
        "form": form,
        "may_set": may_set,
        "now": now,
    }
    status = 200 if not form.is_bound else 422 if may_set else 403
    return render(request, "evaluation/readiness.html", context, status=status)


def of_agent(workspace_id: str, agent_id: str, at: datetime) -> list[Row]:
    """The five of one agent; empty where it asked for nothing lately."""
    found = queries.readiness_of(workspace_id, at)
    return [_row(stand) for one in found if one.agent_id == agent_id for stand in one.stands]


def _people(workspace_id: str) -> list[tuple[str, str]]:
    may = accounts.holders(workspace_id, Verb.READ_DATASET)
    return [(user_id, name) for user_id, name in accounts.choices(workspace_id) if user_id in may]


def _set(request: MemberRequest, form: ControlForm) -> bool:
    try:
        services.set_control(
            actor=actor(request), at=timezone.now(), workspace_id=request.member.workspace_id, **form.given()
        )
    except BadRequest as error:
        for fault in error.faults:
            form.add_error(fault.pointer.removeprefix("/"), fault.detail)
        return False
    return True


def _asked(view: ControlView) -> Asked:
    if view.threshold is None:
        return Asked(NAMES[view.name], "no threshold is set yet", view)
    return Asked(NAMES[view.name], ASKED[view.name].format(_told(view, view.threshold)), view)


def _row(stand: Stand) -> Row:
    control, figure = stand.control, stand.figure
    told = "nothing to go by" if figure.value is None else _told(control, figure.value)
    if figure.bound is not None and control.name is not Control.PASSING_GATE:
        least = control.name in SHARES
        told = f"{told}, {'at least' if least else 'at most'} {_told(control, figure.bound)} for sure"
    return Row(
        name=NAMES[control.name],
        standing=stand.standing.value.capitalize(),
        chip=CHIPS.get(stand.standing, "high"),
        figure=told,
        n=figure.n,
        advice=_advice(stand),
    )


def _advice(stand: Stand) -> str:
    if stand.standing in {Standing.MET, Standing.WAIVED}:
        return ""
    if stand.standing is Standing.UNOWNED:
        return "Name somebody who answers for it."
    if stand.control.threshold is None:
        return "Set a threshold."
    return NEXT[stand.control.name]


def _told(view: ControlView, value: float) -> str:
    if view.name in SHARES:
        return f"{100 * value:.1f}\u00a0%"
    if view.name is Control.COST_PER_TASK:
        return f"{value:,.4g}\u00a0{view.currency}".strip()
    return f"{value:,.1f}"
