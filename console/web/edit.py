"""Editing the arguments: a form or raw JSON, then the difference as the server sees it, then the approval of it."""

from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.roles import Verb
from approvals import queries, services, strict_json
from approvals.answers import ActionView
from approvals.errors import ApprovalError, EditRefused, Fault
from console import fields
from console.fields import Field
from console.web import answering, showing
from console.web.access import MemberRequest, in_workspace
from console.web.filters import Asked
from console.web.forms import EditedForm, SeenForm

ARRIVED = "Revision {} arrived while you were editing. Nothing was saved; look at it and edit that."
CHECK = "Nothing was saved. Mend what is marked below."


@dataclass(frozen=True, slots=True)
class Draft:
    """What the page shows: the fields, the raw text, and what is wrong."""

    fields: list[Field]
    raw: str
    problem: str = ""
    faults: tuple[Fault, ...] = ()


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.SEE)
def page(request: MemberRequest, action_id: str) -> HttpResponse:
    """GET draws the form. POST checks what was entered and draws the difference; it stores nothing."""
    view = showing.find(request.member, action_id)
    args = orjson.loads(view.args)
    spec = queries.tool_spec(view)
    empty = Draft(fields.drawn(args, spec.schema if spec else None), fields.pretty(args))
    if request.method != "POST":
        return _form(request, view, empty)
    seen = SeenForm(request.POST)
    if not seen.is_valid():
        return answering.draw(request, action_id, status=422, notice="The page was incomplete. Open the action again.")
    if (seen.cleaned_data["revision"], seen.cleaned_data["digest"]) != (view.revision, view.digest):
        return answering.draw(request, action_id, status=409, notice=ARRIVED.format(view.revision))
    tree, draft = _entered(request, empty)
    if tree is None:
        return _form(request, view, draft, status=422)
    return _difference(request, view, seen, tree, draft)


@require_POST
@in_workspace(Verb.SEE)
def approve(request: MemberRequest, action_id: str) -> HttpResponse:
    """Approves the arguments that the difference was drawn for."""
    form = EditedForm(request.POST)
    view = showing.find(request.member, action_id)
    try:
        tree = strict_json.parse(str(request.POST.get("args", "")).encode())
    except strict_json.Refused:
        return answering.draw(request, action_id, status=422, notice="The page was incomplete. Edit again.")
    if not form.is_valid():
        return _review(request, view, form, strict_json.canonical(tree), status=422)
    return answering.vote(request, action_id, form, "approve", strict_json.canonical(tree))


def _entered(request: MemberRequest, empty: Draft) -> tuple[dict[str, Any] | None, Draft]:
    """The arguments as entered, through the form or as raw JSON; None with what is wrong with them."""
    if request.POST.get("from") == "raw":
        raw = str(request.POST.get("raw", ""))
        try:
            tree = strict_json.parse(raw.encode())
        except strict_json.Refused as refused:
            return None, Draft(empty.fields, raw, f"This is not the JSON of arguments: {refused}")
        if not isinstance(tree, dict):
            return None, Draft(empty.fields, raw, "Arguments are an object: begin with { and end with }.")
        return tree, Draft(empty.fields, raw)
    tree, answered = fields.read(empty.fields, request.POST)
    if any(field.error for field in answered):
        return None, Draft(answered, empty.raw, CHECK)
    try:
        # A text field can hold what JSON of ours may not, such as U+0000.
        strict_json.parse(strict_json.canonical(tree))
    except strict_json.Refused as refused:
        return None, Draft(answered, empty.raw, f"This cannot be sent: {refused}")
    return tree, Draft(answered, fields.pretty(tree))


def _difference(
    request: MemberRequest, view: ActionView, seen: SeenForm, tree: dict[str, Any], draft: Draft
) -> HttpResponse:
    args = strict_json.canonical(tree)
    if args == view.args:
        return _form(request, view, Draft(draft.fields, draft.raw, "Nothing differs yet. Change a value."), status=422)
    said = seen.cleaned_data
    try:
        preview = services.preview_edit(
            at=timezone.now(),
            member=request.member,
            action_id=view.id,
            revision=said["revision"],
            digest=said["digest"],
            args=args,
        )
    except EditRefused as refused:
        return _form(request, view, Draft(draft.fields, draft.raw, refused.detail, refused.faults), status=422)
    except ApprovalError as error:
        return answering.draw(request, view.id, status=answering.status_of(error), notice=error.detail)
    form = EditedForm(initial={**said, "digest": "sha256:" + said["digest"].hex()})
    return _review(request, view, form, args, preview.after)


def _form(request: MemberRequest, view: ActionView, draft: Draft, status: int = 200) -> HttpResponse:
    query = Asked.read(request.GET).suffix
    shown = showing.context(request.member, view, timezone.now())
    context = {"section": "queue", "draft": draft, "query": query, **shown}
    return render(request, "action/edit.html", context, status=status)


def _review(
    request: MemberRequest,
    view: ActionView,
    form: EditedForm,
    args: bytes,
    after: ActionView | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "section": "queue",
        "query": Asked.read(request.GET).suffix,
        "after": after,
        # The editor's own vote counts for the edit unless another has to approve it, and is signed like any.
        "signed": after is not None and after.terms["step_up"] and not after.terms["second_person_for_edits"],
        "form": form,
        "args": fields.pretty(orjson.loads(args)),
        "changes": showing.changes(view.args, args),
        **showing.context(request.member, view, timezone.now()),
    }
    return render(request, "action/difference.html", context, status=status)
