"""What a page answers to a person who pressed a button: it was done, or why not, on the action as it stands now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from approvals import queries, services
from approvals.answers import ActionView
from approvals.errors import ApprovalError, BadRequest, Forbidden
from approvals.marks import spell
from audit.actor import Actor, Door
from console.web import queue, showing, undoing
from console.web.access import MemberRequest, is_fragment
from console.web.filters import Asked
from console.web.forms import SeenForm

TESTED = "This was a test action. Nothing could have run. The page says what to look for."


def actor(request: MemberRequest) -> Actor:
    return request.member.actor(Door.WEB, "password")


def draw(request: MemberRequest, action_id: str, *, status: int = 200, notice: str = "") -> HttpResponse:
    """The action's page, the queue beside it while it waits, with a notice above where something was refused.

    A page that sent its form by script gets the main part alone.
    """
    now = timezone.now()
    view = showing.find(request.member, action_id)
    context = {
        "section": "queue" if view.is_open else "history",
        "notice": notice,
        "query": Asked.read(request.GET).suffix,
        **showing.context(request.member, view, now),
        **undoing.reading(request, view, now),
    }
    if is_fragment(request):
        return render(request, "action/_detail.html", context, status=status)
    context = {**queue.beside(request, view, now), **context}
    return render(request, "queue/page.html" if view.is_open else "action/page.html", context, status=status)


@dataclass(frozen=True, slots=True)
class Done:
    """What is said of it, "" where that is done already, and the page that comes then."""

    told: str
    then: str = "queue"


def attempt(request: MemberRequest, action_id: str, act: Callable[[], Done]) -> HttpResponse:
    """Does it, says so and moves on; or draws the action again with the reason why nothing was changed."""
    try:
        done = act()
    except ApprovalError as error:
        return draw(request, action_id, status=status_of(error), notice=error.detail)
    if done.told:
        messages.success(request, done.told)
    slug = request.member.workspace_slug
    to = reverse(done.then, args=[slug, action_id] if done.then == "action" else [slug])
    to += Asked.read(request.GET).suffix
    return slide(request, action_id, to, done.then) if is_fragment(request) else redirect(to)


def slide(request: MemberRequest, action_id: str, to: str, then: str) -> HttpResponse:
    """The next action under the same keys, or the same one again after a question, with the list as it is now."""
    now = timezone.now()
    view = showing.find(request.member, action_id)
    following = view if then == "action" else queue.following(request, view, now)
    shown = queue.opened(request, following.id, now) if following else {}
    context = {**queue.waiting(request, now), **queue.nothing(request, shown, now), **shown}
    answer = render(request, "queue/_slide.html", context)
    answer.headers["HX-Push-Url"] = to
    return answer


def vote(
    request: MemberRequest, action_id: str, form: SeenForm, verdict: str, args: bytes | None = None
) -> HttpResponse:
    """One vote on what the form says was seen, with the edited arguments where there are any."""
    said: dict[str, Any] = {name: form.cleaned_data.get(name, "") for name in ("reason_code", "comment")}

    def act() -> Done:
        view = services.review(
            actor=actor(request),
            at=timezone.now(),
            member=request.member,
            action_id=action_id,
            revision=form.cleaned_data["revision"],
            digest=form.cleaned_data["digest"],
            verdict=verdict,
            args=args,
            checks=form.checks,
            assertion=form.assertion,
            alternative=form.alternative,
            **said,
        )
        if queries.lesson(view, request.member.user_id):
            # What there is to learn stands with the action, so the person stays there.
            return Done(TESTED, then="action")
        if view.closing_at:
            undoing.offer(request, view)
            return Done("")
        return Done(outcome(view, verdict))

    return attempt(request, action_id, act)


def outcome(view: ActionView, verdict: str) -> str:
    """What became of it, in one sentence. The tool's name is the agent's text, so it is spelled."""
    tool = spell(view.tool)
    if view.state == "approved":
        may = "It only drafts, so nothing runs."
        if view.grant:
            may = f"{view.agent_name} may run it once until {view.grant.expires_at:%H:%M} UTC."
        return f"Approved {tool}{' with your changes' if view.proposed else ''}. {may}"
    if view.state == "rejected":
        return f"Rejected {tool}. {view.agent_name} is told why."
    missing = ", ".join(f"{need['group']} {need['approvals']} of {need['quorum']}" for need in view.needs)
    return f"Your vote to {verdict} {tool} is counted. Approvals so far: {missing}."


def status_of(error: ApprovalError) -> int:
    if isinstance(error, Forbidden):
        return 403
    return 422 if isinstance(error, BadRequest) else 409
