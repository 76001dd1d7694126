"""How far reviewers agree, and the queue of second looks, each without what the first person decided."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import queries as accounts
from accounts.roles import Verb
from approvals.errors import ApprovalError, NotFound
from console.web.access import MemberRequest, in_workspace
from console.web.calls import call_shown
from console.web.forms import BetterForm
from console.web.pressing import actor
from feedback import services
from feedback.queries import looks

READINGS = {
    "fix": "Mend the rubric first: labels of single reviewers are no ground truth.",
    "trend": "Good enough for trends, not for a gate.",
    "anchor": "Good enough to measure agents by.",
}
VERDICTS = (("approve", "Right as it is"), ("edit", "Right once changed"), ("reject", "Wrong"))
UNCLEAR = ("unclear", "Cannot be said: the rubric is at fault")
WIDTH, HEIGHT = 600, 200


@dataclass(frozen=True, slots=True)
class Mark:
    """A reviewer in the drawing, in its own units."""

    x: float
    left: float
    y: float
    low: float
    high: float
    kind: str


@require_safe
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    """Agreement with its intervals; the funnel of reviewers for those who oversee."""
    member, now = request.member, timezone.now()
    oversees = member.may(Verb.OVERSEE)
    names = {contact.user_id: contact.name for contact in accounts.directory(member.workspace_id, now)}
    found = looks.agreement(member.workspace_id, names)
    context = {
        "section": "evaluation",
        "found": found,
        "reading": READINGS[found.whole.reading],
        "dots": found.reviewers if oversees else (),
        "marks": _marks(found) if oversees else [],
        "width": WIDTH,
        "height": HEIGHT,
        "open": looks.open_looks(member.workspace_id, member.user_id) if member.may(Verb.LABEL) else [],
        "now": now,
    }
    return render(request, "evaluation/agreement.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.LABEL)
def look(request: MemberRequest, look_id: str) -> HttpResponse:
    """One second look: the call and what the agent said, and three answers."""
    member = request.member
    try:
        found = looks.find_look(member.workspace_id, look_id, member.user_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    form = BetterForm(request.POST or None, tool=found.tool, args_then=found.args)
    if request.method == "POST" and form.is_valid():
        try:
            services.give(
                member=member,
                actor=actor(request),
                at=timezone.now(),
                workspace_id=member.workspace_id,
                look_id=look_id,
                verdict=request.POST.get("verdict", ""),
                severe=request.POST.get("severe") == "on",
                comment=request.POST.get("comment", ""),
                answer=form.alternative,
            )
        except ApprovalError as error:
            messages.error(request, error.detail)
            return redirect("look", member.workspace_slug, look_id)
        messages.success(request, "Thank you. The first decision is shown now.")
        return redirect("look", member.workspace_slug, look_id)
    context = {
        "section": "evaluation",
        "look": found,
        "form": form,
        "better": call_shown(found.answer),
        "call": call_shown({"tool": found.tool, "args": found.args}),
        "conversation": found.claims.get("conversation") or [],
        "said": [found.claims[name] for name in ("intent", "summary") if found.claims.get(name)],
        "verdicts": [*VERDICTS, UNCLEAR] if found.purpose == "adjudication" else VERDICTS,
        "now": timezone.now(),
    }
    return render(request, "evaluation/look.html", context, status=422 if form.errors else 200)


def _marks(found: looks.AgreementView) -> list[Mark]:
    """Side by side by number of comparisons; full agreement is the top, and the lowest limit near the bottom."""
    step = WIDTH / max(1, len(found.reviewers))
    reach = 1.1 * max((1 - min(dot.low, dot.share) for dot in found.reviewers), default=1.0) or 1.0
    return [
        Mark(
            x=round(step * (place + 0.5), 1),
            left=round(step * (place + 0.5) - 9, 1),
            y=round(HEIGHT * (1 - dot.share) / reach - 2, 1),
            low=round(HEIGHT * (1 - dot.low) / reach, 1),
            high=round(HEIGHT * (1 - dot.high) / reach, 1),
            kind="rejected" if dot.told == "far apart" else "approved",
        )
        for place, dot in enumerate(found.reviewers)
    ]
