"""Audit, exports: where the log is sent as it grows. A secret is shown in the answer that makes it, and never again."""

from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.queries import Verb
from approvals.errors import ApprovalError, BadRequest, NotFound
from compliance.queries import streams
from compliance.services import streaming
from compliance.services.streaming import Issued
from console.web.access import MemberRequest, in_workspace
from console.web.export_forms import StreamForm
from console.web.pressing import actor, pressed, sent


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.SEE_EVIDENCE)
def page(request: MemberRequest) -> HttpResponse:
    form = StreamForm(sent(request), auto_id="stream_%s")
    if request.method == "POST" and form.is_valid():
        issued = _started(request, form)
        if issued:
            return _shown(request, issued)
    found = streams.page(request.member.workspace_id, at=timezone.now())
    context = {"section": "audit", "form": form, "streams": found}
    return render(request, "exports/streams.html", context, status=422 if form.errors else 200)


@require_POST
@in_workspace(Verb.SEE_EVIDENCE)
def rotate(request: MemberRequest, stream_id: str) -> HttpResponse:
    try:
        issued = streaming.rotate_secret(
            actor=actor(request), at=timezone.now(), workspace_id=request.member.workspace_id, stream_id=stream_id
        )
    except NotFound as error:
        raise Http404(error.detail) from error
    return _shown(request, issued)


@require_POST
@in_workspace(Verb.SEE_EVIDENCE)
def check(request: MemberRequest, stream_id: str) -> HttpResponse:
    told = "A test event is in the log. It arrives after what was there before; look again in a moment."
    return pressed(request, partial(streaming.check_stream, stream_id=stream_id), told, "export-streams")


@require_POST
@in_workspace(Verb.SEE_EVIDENCE)
def pause(request: MemberRequest, stream_id: str) -> HttpResponse:
    told = "Nothing is sent until you resume it. Nothing is lost."
    return pressed(request, partial(streaming.pause_stream, stream_id=stream_id), told, "export-streams")


@require_POST
@in_workspace(Verb.SEE_EVIDENCE)
def resume(request: MemberRequest, stream_id: str) -> HttpResponse:
    told = "It goes on where it stopped."
    return pressed(request, partial(streaming.resume_stream, stream_id=stream_id), told, "export-streams")


@require_POST
@in_workspace(Verb.SEE_EVIDENCE)
def end(request: MemberRequest, stream_id: str) -> HttpResponse:
    told = "The stream has ended, and its secrets are forgotten."
    return pressed(request, partial(streaming.end_stream, stream_id=stream_id), told, "export-streams")


def _started(request: MemberRequest, form: StreamForm) -> Issued | None:
    said = form.cleaned_data
    begin = partial(streaming.start_stream, actor=actor(request), at=timezone.now())
    try:
        return begin(
            workspace_id=request.member.workspace_id,
            url=said["url"],
            form=said["format"],
            since=said["since"],
            with_values=said["with_values"],
            authorization=said["authorization"],
        )
    except ApprovalError as error:
        for fault in error.faults if isinstance(error, BadRequest) else ():
            form.add_error(fault.pointer.removeprefix("/"), fault.detail)
        if not form.errors:
            form.add_error(None, error.detail)
        return None


def _shown(request: MemberRequest, issued: Issued) -> HttpResponse:
    back = reverse("export-streams", args=[request.member.workspace_slug])
    context = {"section": "audit", "secret": issued.secret, "stream_id": issued.id, "back": back}
    return render(request, "exports/stream_secret.html", context)
