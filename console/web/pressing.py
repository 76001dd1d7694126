"""What the pages of accounts and policies answer when somebody sends a form or presses a button."""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone

from accounts.errors import AccountError, NotFound
from approvals import errors
from approvals.errors import ApprovalError
from audit.actor import Actor, Door
from console.web.access import MemberRequest

T = TypeVar("T")


def actor(request: MemberRequest) -> Actor:
    return request.member.actor(Door.WEB, "password")


def sent(request: HttpRequest) -> QueryDict | None:
    """What was posted; None draws an empty form."""
    return request.POST if request.method == "POST" else None


def tried(form: forms.Form, act: Callable[[], T]) -> T | None:
    """The result, or None with the refusal beside the field that it is about."""
    try:
        return act()
    except AccountError as error:
        form.add_error(error.field if error.field in form.fields else None, error.detail)
        return None


def pressed(request: MemberRequest, verb: Callable[..., object], told: str, to: str, *args: str) -> HttpResponse:
    """Calls the verb with actor, time and workspace, says what was done, and goes to the workspace's page `to`.

    A refusal is said there instead; what does not exist here is 404.
    """
    try:
        verb(actor=actor(request), at=timezone.now(), workspace_id=request.member.workspace_id)
    except (NotFound, errors.NotFound) as error:
        raise Http404(error.detail) from error
    except (AccountError, ApprovalError) as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, told)
    return redirect(to, request.member.workspace_slug, *args)
