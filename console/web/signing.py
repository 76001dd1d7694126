"""What a browser's passkey is asked to sign before an approval, as JSON for the page's script."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.roles import Verb
from approvals import services, strict_json
from approvals.errors import ApprovalError
from console.web import answering, showing
from console.web.access import MemberRequest, in_workspace
from console.web.forms import SeenForm

INCOMPLETE = "The page was incomplete, so nothing was asked. Open the action again."


@require_POST
@in_workspace(Verb.SEE)
def options(request: MemberRequest, action_id: str) -> HttpResponse:
    """WebAuthn's PublicKeyCredentialRequestOptions for an approval of what the form says, with `args` of the edit."""
    form = SeenForm(request.POST)
    showing.find(request.member, action_id)
    if not form.is_valid():
        return told(INCOMPLETE, 422)
    asked: dict[str, Any] = {"action_id": action_id, **form.cleaned_data}
    try:
        if "args" in request.POST:
            asked["args"] = strict_json.canonical(strict_json.parse(str(request.POST["args"]).encode()))
        found = services.ask_step_up(at=timezone.now(), member=request.member, **asked)
    except strict_json.Refused:
        return told(INCOMPLETE, 422)
    except ApprovalError as error:
        return told(error.detail, answering.status_of(error))
    return JsonResponse(found)


def told(detail: str, status: int) -> JsonResponse:
    """A refusal that the script shows to the person."""
    return JsonResponse({"detail": detail}, status=status)
