"""A freeze or an export under way: how far it is, and what came of it."""

from collections.abc import Callable
from functools import partial

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Verb
from approvals.errors import NotFound
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import pressed
from feedback.services import exporting, freezing
from feedback.services.freezing import Job

Find = Callable[[str, str], Job]


@require_safe
@in_workspace(Verb.READ_DATASET)
def freeze(request: MemberRequest, job_id: str) -> HttpResponse:
    return _drawn(request, job_id, freezing.find_freeze, "feedback/freeze.html")


@require_safe
@in_workspace(Verb.READ_DATASET)
def freeze_progress(request: MemberRequest, job_id: str) -> HttpResponse:
    return _drawn(request, job_id, freezing.find_freeze, "feedback/_freeze.html")


@require_POST
@in_workspace(Verb.MAKE_DATASET)
def cancel_freeze(request: MemberRequest, job_id: str) -> HttpResponse:
    stop = partial(freezing.cancel_freeze, job_id=job_id)
    return pressed(request, stop, "The freeze stops.", "dataset-freeze-job", job_id)


@require_safe
@in_workspace(Verb.READ_DATASET)
def export(request: MemberRequest, job_id: str) -> HttpResponse:
    return _drawn(request, job_id, exporting.find_export, "feedback/export.html")


@require_safe
@in_workspace(Verb.READ_DATASET)
def export_progress(request: MemberRequest, job_id: str) -> HttpResponse:
    return _drawn(request, job_id, exporting.find_export, "feedback/_export.html")


@require_POST
@in_workspace(Verb.READ_DATASET)
def cancel_export(request: MemberRequest, job_id: str) -> HttpResponse:
    stop = partial(exporting.cancel_export, job_id=job_id)
    return pressed(request, stop, "The export stops.", "dataset-export-job", job_id)


@require_safe
@in_workspace(Verb.READ_DATASET)
def file(request: MemberRequest, job_id: str) -> HttpResponseBase:
    try:
        job = exporting.find_export(request.member.workspace_id, job_id)
        path = exporting.file_of(job)
    except NotFound as error:
        raise Http404(error.detail) from error
    name = f"{job.payload['name']}-{job.payload['format']}.zip"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/zip")


def _drawn(request: MemberRequest, job_id: str, find: Find, template: str) -> HttpResponse:
    try:
        job = find(request.member.workspace_id, job_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    context = {
        "section": "feedback",
        "job": job,
        "may_make": request.member.may(Verb.MAKE_DATASET),
        "now": timezone.now(),
    }
    return render(request, template, context)
