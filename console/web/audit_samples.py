"""Populations and the samples that were drawn of them, with all that is needed to draw them again."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Verb
from approvals.errors import BadRequest, Conflict, NotFound
from compliance import queries, services
from compliance.queries import Wanted
from console.web.access import MemberRequest, in_workspace
from console.web.audit import note
from console.web.audit_forms import SampleForm
from console.web.pressing import actor, sent


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.SEE_EVIDENCE)
def page(request: MemberRequest) -> HttpResponse:
    form = SampleForm(sent(request), auto_id="sample_%s")
    if form.is_valid():
        drawn = _drawn(request, form)
        if drawn:
            messages.success(request, "The sample is drawn and recorded.")
            return redirect("audit-sample", request.member.workspace_slug, drawn)
    after = request.GET.get("after", "").replace("\0", "")[:40]
    found = queries.samples(request.member.workspace_id, after)
    context = {"section": "audit", "rows": found.rows, "next": found.next, "form": form}
    return render(request, "audit/samples.html", context, status=422 if form.is_bound else 200)


def _drawn(request: MemberRequest, form: SampleForm) -> str:
    """The id of its event, or "" with the refusal in the form."""
    said = form.cleaned_data
    since, before = form.window()
    wanted = Wanted(since, before, tool=said["tool"], state=said["state"], source=said["source"])
    try:
        return services.draw_sample(
            actor=actor(request),
            at=timezone.now(),
            workspace_id=request.member.workspace_id,
            wanted=wanted,
            size=said["size"],
            seed=said["seed"],
        ).event_id
    except BadRequest as error:
        for fault in error.faults:
            name = fault.pointer.removeprefix("/").replace("before", "until")
            form.add_error(name if name in form.fields else None, fault.detail)
    except Conflict as error:
        form.add_error(None, error.detail)
    return ""


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def sample(request: MemberRequest, event_id: str) -> HttpResponse:
    try:
        found = queries.find_sample(request.member.workspace_id, event_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    note(request, "sample", ("event", event_id))
    return render(request, "audit/sample.html", {"section": "audit", "sample": found})
