"""Opening a piece of the evidence that the rule wants opened."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.roles import Verb
from approvals import services
from console.web import answering
from console.web.access import MemberRequest, in_workspace
from console.web.answering import Done
from console.web.forms import PieceForm

INCOMPLETE = "The page was incomplete, so nothing was opened. Look at the action again."


@require_POST
@in_workspace(Verb.SEE)
def open_piece(request: MemberRequest, action_id: str) -> HttpResponse:
    form = PieceForm(request.POST)
    if not form.is_valid():
        return answering.draw(request, action_id, status=422, notice=INCOMPLETE)

    def act() -> Done:
        services.open_evidence(
            at=timezone.now(),
            member=request.member,
            action_id=action_id,
            **form.cleaned_data,
        )
        return Done("", then="action")

    return answering.attempt(request, action_id, act)
