"""Incidents: the list, one with its playbook and story, and what people do about it."""

from collections.abc import Callable
from functools import partial

import orjson
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import queries as accounts_queries
from accounts.roles import Verb
from approvals import queries
from approvals.errors import ApprovalError, BadRequest, NotFound
from approvals.queries import IncidentKind, IncidentView, Severity
from approvals.services import evidence, incidents, playbook, suspicions
from console.web import history
from console.web.access import MemberRequest, in_workspace
from console.web.incident_forms import NoteForm, OpenForm
from console.web.pressing import actor, sent

PAGE = 50
TOLD = {
    "opened": "Opened",
    "joined": "Action joined",
    "noted": "Note",
    "stepped": "Step taken",
    "assigned": "Handed over",
    "rated": "Severity changed",
    "closed": "Closed",
}


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    """Open ones, or with `?closed=1` the closed, or all of a time; who may opens one by hand."""
    closed, workspace_id = request.GET.get("closed") == "1", request.member.workspace_id
    form = OpenForm(sent(request), auto_id="open_%s", initial={"actions": request.GET.get("action", "")})
    may_work = request.member.may(Verb.WORK_INCIDENT)
    if form.is_bound and may_work and form.is_valid():
        opened = _opened(request, form)
        if opened:
            return redirect("incident", request.member.workspace_slug, opened.id)
    since, before = history.since(request.GET.get("from", "")), history.until(request.GET.get("to", ""))
    wanted = None if since or before else closed
    kind, severity = (
        request.GET.get(name, "") if request.GET.get(name, "") in words.values else ""
        for name, words in (("kind", IncidentKind), ("severity", Severity))
    )
    found = queries.incidents(
        workspace_id,
        closed=wanted,
        since=since,
        before=before,
        kind=kind,
        severity=severity,
        after=request.GET.get("after", ""),
        limit=PAGE + 1,
    )
    context = {
        "section": "incidents",
        "rows": found[:PAGE],
        "next": found[PAGE - 1].id if len(found) > PAGE else "",
        "closed": wanted,
        "only": [str(words(word).label) for words, word in ((IncidentKind, kind), (Severity, severity)) if word],
        "since": since,
        "before": before,
        "form": form,
        "may_work": may_work,
        "now": timezone.now(),
    }
    status = 200 if not form.is_bound else 422 if may_work else 403
    return render(request, "incidents/page.html", context, status=status)


def _opened(request: MemberRequest, form: OpenForm) -> IncidentView | None:
    """The new incident, or None with the refusal beside the field that it is about."""
    said = form.cleaned_data
    try:
        return incidents.open_incident(
            actor=actor(request),
            at=timezone.now(),
            workspace_id=request.member.workspace_id,
            title=said["title"],
            severity=said["severity"],
            action_ids=said["actions"].split(),
            text=said["text"],
        )
    except BadRequest as error:
        for fault in error.faults:
            form.add_error("actions" if fault.pointer.startswith("/actions") else None, fault.detail)
    return None


@require_safe
@in_workspace(Verb.SEE)
def incident(request: MemberRequest, incident_id: str) -> HttpResponse:
    return _draw(request, incident_id, NoteForm(auto_id="note_%s"))


def _draw(request: MemberRequest, incident_id: str, form: NoteForm, status: int = 200) -> HttpResponse:
    workspace_id, member = request.member.workspace_id, request.member
    try:
        found = queries.find_incident(workspace_id, incident_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    actions = queries.actions_of(workspace_id, incident_id)
    context = {
        "section": "incidents",
        "incident": found,
        "actions": actions,
        "undoing": {view.id: compensation(view.envelope) for view in actions},
        "entries": [(TOLD.get(line.kind, line.kind), line) for line in queries.entries(workspace_id, incident_id)],
        "steps": queries.Step.choices,
        "version": next((view.agent_version_id for view in actions if view.agent_version_id), ""),
        "severities": queries.Severity.choices,
        "people": accounts_queries.choices(workspace_id),
        "stops": [stop for stop in queries.stops_on(workspace_id) if stop.incident_id == incident_id],
        "form": form,
        "may_work": member.may(Verb.WORK_INCIDENT) and found.is_open,
        "may_close": member.may(Verb.CLOSE_INCIDENT) and found.is_open,
        "may_export": member.may(Verb.SEE_EVIDENCE),
        "now": timezone.now(),
    }
    return render(request, "incidents/incident.html", context, status=status)


def compensation(envelope: dict[str, object] | None) -> str:
    """The call that would undo the action, as its agent names it; "" for none."""
    impact = (envelope or {}).get("impact")
    undo = impact.get("undo") if isinstance(impact, dict) else None
    return f"{undo['name']} {orjson.dumps(undo['args']).decode()}" if undo else ""


@require_POST
@in_workspace(Verb.WORK_INCIDENT)
def note(request: MemberRequest, incident_id: str) -> HttpResponse:
    form = NoteForm(request.POST, auto_id="note_%s")
    if not form.is_valid():
        return _draw(request, incident_id, form, status=422)
    return _done(request, incident_id, partial(incidents.note, text=form.cleaned_data["text"]), "The note is kept.")


@require_POST
@in_workspace(Verb.WORK_INCIDENT)
def join(request: MemberRequest, incident_id: str) -> HttpResponse:
    add = partial(incidents.join, action_id=request.POST.get("action", ""))
    return _done(request, incident_id, add, "The action belongs to it now.")


@require_POST
@in_workspace(Verb.WORK_INCIDENT)
def assign(request: MemberRequest, incident_id: str) -> HttpResponse:
    hand_over = partial(incidents.assign, user_id=request.POST.get("owner", ""))
    return _done(request, incident_id, hand_over, "It has an owner.")


@require_POST
@in_workspace(Verb.WORK_INCIDENT)
def rate(request: MemberRequest, incident_id: str) -> HttpResponse:
    change = partial(incidents.rate, severity=request.POST.get("severity", ""))
    return _done(request, incident_id, change, "The severity is changed.")


@require_POST
@in_workspace(Verb.WORK_INCIDENT)
def step(request: MemberRequest, incident_id: str) -> HttpResponse:
    take = partial(playbook.take, step=request.POST.get("step", ""))
    return _done(request, incident_id, take, "Done. It stands in the story below.")


@require_POST
@in_workspace(Verb.CLOSE_INCIDENT)
def close(request: MemberRequest, incident_id: str) -> HttpResponse:
    form = NoteForm(request.POST, auto_id="note_%s")
    if not form.is_valid():
        return _draw(request, incident_id, form, status=422)
    finish = partial(incidents.close, text=form.cleaned_data["text"])
    return _done(
        request, incident_id, finish, "The incident is closed. What it stopped stays stopped until it is released."
    )


@require_POST
@in_workspace(Verb.WORK_INCIDENT)
def suspect(request: MemberRequest, action_id: str) -> HttpResponse:
    """The button on an action: it looks manipulated, whatever becomes of it."""
    try:
        found = suspicions.suspect(
            actor=actor(request), at=timezone.now(), workspace_id=request.member.workspace_id, action_id=action_id
        )
    except NotFound as error:
        raise Http404(error.detail) from error
    messages.success(request, "Security is told. You may still decide the action.")
    return redirect("incident", request.member.workspace_slug, found.id)


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def export(request: MemberRequest, incident_id: str) -> HttpResponse:
    """The whole incident as JSON, to take away."""
    try:
        tree = evidence.export_incident(
            actor=actor(request),
            at=timezone.now(),
            workspace_id=request.member.workspace_id,
            incident_id=incident_id,
        )
    except NotFound as error:
        raise Http404(error.detail) from error
    body = orjson.dumps(tree, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
    name = f"{incident_id}.json"
    return HttpResponse(
        body, content_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _done(request: MemberRequest, incident_id: str, verb: Callable[..., object], told: str) -> HttpResponse:
    """Calls the verb and goes back to the incident with what came of it."""
    try:
        queries.find_incident(request.member.workspace_id, incident_id)
        verb(
            actor=actor(request),
            at=timezone.now(),
            workspace_id=request.member.workspace_id,
            incident_id=incident_id,
        )
    except NotFound as error:
        raise Http404(error.detail) from error
    except ApprovalError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, told)
    return redirect("incident", request.member.workspace_slug, incident_id)
