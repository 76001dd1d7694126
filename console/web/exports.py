"""Audit, exports: what was taken away, what is being made, and the order of another one."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import queries as people
from accounts.queries import Verb
from approvals.errors import ApprovalError, BadRequest, NotFound
from compliance.queries import exports as queries
from compliance.services import downloads, exports, filtering, schedules
from console.web.access import MemberRequest, in_workspace
from console.web.export_forms import ExportForm, ScheduleForm
from console.web.pressing import actor, pressed, sent
from tenancy import ids


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def page(request: MemberRequest) -> HttpResponse:
    return _drawn(request, "exports/page.html")


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def progress(request: MemberRequest) -> HttpResponse:
    return _drawn(request, "exports/_list.html")


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.SEE_EVIDENCE)
def new(request: MemberRequest) -> HttpResponse:
    form = ExportForm(sent(request), auto_id="export_%s", voters=people.ever_members(request.member.workspace_id))
    if request.method == "POST" and form.is_valid():
        order = partial(
            exports.order_export,
            actor=actor(request),
            at=timezone.now(),
            workspace_id=request.member.workspace_id,
            what=form.cleaned_data["what"],
            form=form.cleaned_data["format"],
            with_values=form.cleaned_data["with_values"],
        )
        try:
            order(wanted=filtering.read(form.asked))
        except ApprovalError as error:
            _refuse(form, error)
        else:
            messages.success(request, "It is being made. This page shows how far it is.")
            return redirect("exports", request.member.workspace_slug)
    return render(request, "exports/new.html", {"section": "audit", "form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.SEE_EVIDENCE)
def scheduled(request: MemberRequest) -> HttpResponse:
    workspace_id = request.member.workspace_id
    readers = people.holders(workspace_id, Verb.SEE_EVIDENCE)
    names = [(user_id, name) for user_id, name in people.ever_members(workspace_id) if user_id in readers]
    form = ScheduleForm(sent(request), auto_id="schedule_%s", readers=names, initial={"user": request.member.user_id})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        begin = partial(schedules.set_schedule, actor=actor(request), at=timezone.now(), workspace_id=workspace_id)
        try:
            begin(
                what=said["what"],
                form=said["format"],
                wanted=filtering.read({}),
                every=said["every"],
                user_id=said["user"],
            )
        except ApprovalError as error:
            _refuse(form, error)
        else:
            messages.success(request, "It comes by itself from now on, with a letter each time.")
            return redirect("export-schedules", request.member.workspace_slug)
    context = {"section": "audit", "form": form, "schedules": queries.schedules(workspace_id)}
    return render(request, "exports/schedules.html", context, status=422 if form.errors else 200)


@require_POST
@in_workspace(Verb.SEE_EVIDENCE)
def end_schedule(request: MemberRequest, schedule_id: str) -> HttpResponse:
    end = partial(schedules.end_schedule, schedule_id=schedule_id)
    return pressed(request, end, "It comes no more.", "export-schedules")


@require_POST
@in_workspace(Verb.SEE_EVIDENCE)
def cancel(request: MemberRequest, export_id: str) -> HttpResponse:
    return pressed(request, partial(exports.cancel_export, export_id=export_id), "The export stops.", "exports")


@require_POST
@in_workspace(Verb.SEE_EVIDENCE)
def drop(request: MemberRequest, export_id: str) -> HttpResponse:
    return pressed(request, partial(exports.drop_export, export_id=export_id), "The file is gone.", "exports")


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def download(request: MemberRequest, export_id: str) -> HttpResponseBase:
    """The file, in parts where a part is asked for."""
    try:
        answer = downloads.download(
            actor=actor(request),
            at=timezone.now(),
            workspace_id=request.member.workspace_id,
            export_id=export_id,
            headers=request.headers,
            is_head=request.method == "HEAD",
        )
    except NotFound as error:
        raise Http404(error.detail) from error
    except ApprovalError as error:
        messages.error(request, error.detail)
        return redirect("exports", request.member.workspace_slug)
    # An ASGI server would read a plain iterator to its end before it sends anything.
    pieces = answer.pieces_async() if hasattr(request, "scope") else answer.pieces()
    return StreamingHttpResponse(pieces, status=answer.status, headers=answer.headers)


def _drawn(request: MemberRequest, template: str) -> HttpResponse:
    after = request.GET.get("after", "")
    after = after if ids.is_id(after, "exp") else ""
    found = queries.page(request.member.workspace_id, after=after)
    rows = found[: queries.PAGE]
    context = {
        "section": "audit",
        "rows": rows,
        "after": after,
        "next": rows[-1].id if len(found) > queries.PAGE else "",
        "is_moving": any(row.is_under_way for row in rows),
        "now": timezone.now(),
    }
    return render(request, template, context)


def _refuse(form: ExportForm | ScheduleForm, error: ApprovalError) -> None:
    faults = error.faults if isinstance(error, BadRequest) else ()
    for fault in faults:
        name = fault.pointer.removeprefix("/")
        form.add_error(name if name in form.fields else None, fault.detail)
    if not faults:
        form.add_error(None, error.detail)
