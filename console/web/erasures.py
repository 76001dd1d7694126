"""Erasures, legal holds and the time of keeping: what one person asks for and another agrees to."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Verb
from approvals.errors import ApprovalError, BadRequest, NotFound
from compliance import queries, services
from console.web.access import MemberRequest, in_workspace
from console.web.audit_forms import ErasureForm, HoldForm, KeepingForm
from console.web.pressing import actor, pressed, sent

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.ERASE)
def page(request: MemberRequest) -> HttpResponse:
    """The list, and the form that asks for one."""
    form = ErasureForm(
        sent(request), auto_id="erasure_%s", initial={"kind": "action", "subject": request.GET.get("action", "")}
    )
    made = _tried(request, form, services.request_erasure)
    if made is not None:
        messages.success(request, "Asked for. Somebody else has to agree before anything is erased.")
        return redirect("erasure", request.member.workspace_slug, made.id)
    found = queries.erasures(request.member.workspace_id, after=_after(request), limit=PAGE + 1)
    return _drawn(request, "audit/erasures.html", found, form)


@require_safe
@in_workspace(Verb.ERASE)
def erasure(request: MemberRequest, erasure_id: str) -> HttpResponse:
    workspace_id = request.member.workspace_id
    try:
        found = queries.find_erasure(workspace_id, erasure_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    job = queries.erasing_job(workspace_id, found)
    context = {
        "section": "audit",
        "erasure": found,
        "job": job,
        "failed": found.state == "agreed" and job is not None and job.outcome in {"failed", "cancelled"},
        "is_own": found.requested_by == request.member.user_id,
    }
    return render(request, "audit/erasure.html", context)


@require_POST
@in_workspace(Verb.ERASE)
def agree(request: MemberRequest, erasure_id: str) -> HttpResponse:
    verb = partial(services.agree_to_erase, erasure_id=erasure_id)
    return pressed(request, verb, "Agreed. It is being erased now.", "erasure", erasure_id)


@require_POST
@in_workspace(Verb.ERASE)
def decline(request: MemberRequest, erasure_id: str) -> HttpResponse:
    verb = partial(services.decline_erasure, erasure_id=erasure_id)
    return pressed(request, verb, "Declined. Nothing was erased.", "erasure", erasure_id)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.ERASE)
def holding(request: MemberRequest) -> HttpResponse:
    form = HoldForm(sent(request), auto_id="hold_%s")
    if _tried(request, form, services.place_hold) is not None:
        messages.success(request, "Held. Nothing of it is erased until two people lift it.")
        return redirect("holds", request.member.workspace_slug)
    found = queries.holds(request.member.workspace_id, after=_after(request), limit=PAGE + 1)
    return _drawn(request, "audit/holds.html", found, form)


@require_POST
@in_workspace(Verb.ERASE)
def lift(request: MemberRequest, hold_id: str) -> HttpResponse:
    """The first press asks, the second one, by somebody else, lifts."""
    try:
        found = queries.find_hold(request.member.workspace_id, hold_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    if found.asked_at is None:
        verb: Callable[..., object] = partial(services.ask_to_lift, hold_id=hold_id)
        return pressed(request, verb, "Asked for. Somebody else has to agree.", "holds")
    return pressed(request, partial(services.agree_to_lift, hold_id=hold_id), "The hold is lifted.", "holds")


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.ERASE)
def keeping(request: MemberRequest) -> HttpResponse:
    days = queries.days_kept(request.member.workspace_id)
    form = KeepingForm(sent(request), auto_id="keep_%s", initial={"days": days})
    if form.is_valid() and _done(request, form):
        messages.success(request, "Saved. It counts from the next sweep, within the hour.")
        return redirect("retention", request.member.workspace_slug)
    context = {"section": "audit", "days": days, "form": form}
    return render(request, "audit/retention.html", context, status=422 if form.is_bound else 200)


def _done(request: MemberRequest, form: forms.Form) -> bool:
    try:
        services.keep_for(
            actor=actor(request), at=timezone.now(), workspace_id=request.member.workspace_id, **form.cleaned_data
        )
    except BadRequest as error:
        form.add_error("days", error.detail)
        return False
    return True


def _tried(request: MemberRequest, form: forms.Form, verb: Callable[..., Any]) -> Any:
    """What the verb made of a form that is right; None with the refusal beside the field that it is about."""
    if not form.is_valid():
        return None
    try:
        return verb(
            actor=actor(request), at=timezone.now(), workspace_id=request.member.workspace_id, **form.cleaned_data
        )
    except ApprovalError as error:
        pointed = [fault.pointer.removeprefix("/") for fault in error.faults]
        form.add_error(pointed[0] if pointed and pointed[0] in form.fields else None, error.detail)
    return None


def _drawn(request: MemberRequest, template: str, found: list[Any], form: forms.Form) -> HttpResponse:
    context = {
        "section": "audit",
        "rows": found[:PAGE],
        "next": found[PAGE - 1].id if len(found) > PAGE else "",
        "form": form,
        "me": request.member.user_id,
        "now": timezone.now(),
    }
    return render(request, template, context, status=422 if form.is_bound else 200)


def _after(request: MemberRequest) -> str:
    return request.GET.get("after", "").replace("\0", "")[:40]
