"""Datasets: what is gathered, its frozen versions, and what stands in one."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Verb
from approvals.errors import ApprovalError, NotFound
from console.web.access import MemberRequest, in_workspace
from console.web.dataset_forms import DatasetForm, ExportForm
from console.web.pressing import actor, sent
from feedback import queries, services
from feedback.queries import DatasetView
from feedback.services import exporting, freezing

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    workspace_id, may_make = request.member.workspace_id, request.member.may(Verb.MAKE_DATASET)
    asked = {name: request.GET.get(name, "")[:200] for name in ("tools", "since", "until")}
    form = DatasetForm(sent(request), auto_id="dataset_%s", initial=asked)
    if form.is_bound and may_make and form.is_valid():
        made = _made(request, form)
        if made:
            messages.success(request, "The dataset is there. Freeze it to use it.")
            return redirect("dataset", request.member.workspace_slug, made.id)
    found = queries.datasets(workspace_id, after=request.GET.get("after", "").replace("\0", ""), limit=PAGE + 1)
    newest = queries.newest_of(workspace_id, [one.id for one in found[:PAGE]])
    context = {
        "section": "feedback",
        "rows": [(one, newest.get(one.id)) for one in found[:PAGE]],
        "next": found[PAGE - 1].id if len(found) > PAGE else "",
        "form": form,
        "may_make": may_make,
        "now": timezone.now(),
    }
    status = 200 if not form.is_bound else 422 if may_make else 403
    return render(request, "feedback/datasets.html", context, status=status)


def _made(request: MemberRequest, form: DatasetForm) -> DatasetView | None:
    """The new dataset, or None with the refusal beside the field that it is about."""
    said = form.cleaned_data
    try:
        return services.create_dataset(
            actor=actor(request),
            at=timezone.now(),
            workspace_id=request.member.workspace_id,
            name=said["name"],
            description=said["description"],
            recipe=form.recipe(),
        )
    except ApprovalError as error:
        for fault in error.faults:
            form.add_error("name" if fault.pointer == "/name" else None, fault.detail)
        if not error.faults:
            form.add_error("name", error.detail)
    return None


@require_safe
@in_workspace(Verb.READ_DATASET)
def dataset(request: MemberRequest, dataset_id: str) -> HttpResponse:
    workspace_id = request.member.workspace_id
    try:
        found = queries.find_dataset(workspace_id, dataset_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    context = {
        "section": "feedback",
        "dataset": found,
        "versions": queries.versions(workspace_id, found.id),
        "freezes": freezing.under_way(workspace_id, found.id),
        "may_make": request.member.may(Verb.MAKE_DATASET),
        "now": timezone.now(),
    }
    return render(request, "feedback/dataset.html", context)


@require_POST
@in_workspace(Verb.MAKE_DATASET)
def freeze(request: MemberRequest, dataset_id: str) -> HttpResponse:
    begin = partial(services.start_freeze, actor=actor(request), at=timezone.now(), dataset_id=dataset_id)
    try:
        job_id = begin(workspace_id=request.member.workspace_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    except ApprovalError as error:
        messages.error(request, error.detail)
        return redirect("dataset", request.member.workspace_slug, dataset_id)
    return redirect("dataset-freeze-job", request.member.workspace_slug, job_id)


@require_safe
@in_workspace(Verb.READ_DATASET)
def version(request: MemberRequest, frozen_id: str) -> HttpResponse:
    workspace_id, asked = request.member.workspace_id, request.GET.get("after", "")
    after = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    try:
        found = queries.find_version(workspace_id, frozen_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    items = queries.some_items(workspace_id, found.id, after=after, limit=PAGE + 1)
    context = {
        "section": "feedback",
        "version": found,
        "items": items[:PAGE],
        "next": items[PAGE - 1].n if len(items) > PAGE else "",
        "form": ExportForm(auto_id="export_%s"),
        "exports": exporting.newest_exports(workspace_id, found.id),
        "now": timezone.now(),
    }
    return render(request, "feedback/version.html", context)


@require_safe
@in_workspace(Verb.READ_DATASET)
def card(request: MemberRequest, frozen_id: str) -> HttpResponse:
    try:
        text = exporting.card_of(request.member.workspace_id, frozen_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    headers = {"Content-Disposition": f'attachment; filename="{frozen_id}.md"'}
    return HttpResponse(text, content_type="text/markdown; charset=utf-8", headers=headers)


@require_POST
@in_workspace(Verb.READ_DATASET)
def export(request: MemberRequest, frozen_id: str) -> HttpResponse:
    begin = partial(exporting.start_export, actor=actor(request), at=timezone.now(), version_id=frozen_id)
    try:
        job_id = begin(workspace_id=request.member.workspace_id, format_name=request.POST.get("format", ""))
    except NotFound as error:
        raise Http404(error.detail) from error
    except ApprovalError as error:
        messages.error(request, error.detail)
        return redirect("dataset-version", request.member.workspace_slug, frozen_id)
    return redirect("dataset-export-job", request.member.workspace_slug, job_id)
