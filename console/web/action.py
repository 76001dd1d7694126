"""One action: its page, and the three things that a person does there without changing the arguments."""

import orjson
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Verb
from approvals import services
from approvals.answers import ActionView
from approvals.marks import spell
from console.web import answering, showing, undoing
from console.web.access import MemberRequest, in_workspace, is_fragment
from console.web.answering import Done
from console.web.filters import Asked
from console.web.forms import AskForm, RejectedForm, SeenForm

INCOMPLETE = "The page was incomplete, so nothing was sent. Look at the action again."


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest, action_id: str) -> HttpResponse:
    return answering.draw(request, action_id)


@require_safe
@in_workspace(Verb.SEE)
def detail(request: MemberRequest, action_id: str) -> HttpResponse:
    """The page's main part alone. With `?prefetch=1` nobody looks at it yet, so no dwell begins; when it is shown, the
    page asks once more without the word.
    """
    view, now = showing.find(request.member, action_id), timezone.now()
    context = {
        "query": Asked.read(request.GET).suffix,
        **showing.context(request.member, view, now),
        **undoing.reading(request, view, now),
    }
    return render(request, "action/_detail.html", context)


@require_POST
@in_workspace(Verb.SEE)
def undo(request: MemberRequest, action_id: str) -> HttpResponse:
    """Takes the own vote back and shows the action again."""

    def act() -> Done:
        view = services.undo(
            actor=answering.actor(request), at=timezone.now(), member=request.member, action_id=action_id
        )
        return Done(f"Your vote on {spell(view.tool)} is taken back. It waits again.", then="action")

    return answering.attempt(request, action_id, act)


@require_safe
@in_workspace(Verb.SEE)
def standing(request: MemberRequest, action_id: str) -> HttpResponse:
    """What happened since `?version=`, as one bar; 204 when nothing did."""
    view = showing.find(request.member, action_id)
    if str(view.version) == request.GET.get("version"):
        return HttpResponse(status=204)
    revised = str(view.revision) != request.GET.get("revision")
    return render(request, "action/_standing.html", {"action": view, "revised": revised, "needs": view.needs})


@require_POST
@in_workspace(Verb.SEE)
def approve(request: MemberRequest, action_id: str) -> HttpResponse:
    form = SeenForm(request.POST)
    if not form.is_valid():
        return answering.draw(request, action_id, status=422, notice=INCOMPLETE)
    return answering.vote(request, action_id, form, "approve")


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.SEE)
def reject(request: MemberRequest, action_id: str) -> HttpResponse:
    view = showing.find(request.member, action_id)
    form = RejectedForm(request.POST or None, tool=view.tool, args_then=orjson.loads(view.args))
    if request.method == "POST" and form.is_valid():
        return answering.vote(request, action_id, form, "reject")
    return _ask_for(request, view, form, "reject")


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.SEE)
def ask(request: MemberRequest, action_id: str) -> HttpResponse:
    form = AskForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _ask_for(request, showing.find(request.member, action_id), form, "ask")

    def act() -> Done:
        services.ask(
            actor=answering.actor(request),
            at=timezone.now(),
            member=request.member,
            action_id=action_id,
            text=form.cleaned_data["text"],
        )
        return Done("The question is with the agent.", then="action")

    return answering.attempt(request, action_id, act)


def _ask_for(request: MemberRequest, view: ActionView, form: SeenForm | AskForm, what: str) -> HttpResponse:
    """The form on a page of its own, or alone for the page's dialog."""
    name = f"action/_{what}.html" if is_fragment(request) else f"action/{what}.html"
    context = {
        "section": "queue",
        "form": form,
        # By itself on a page it is sent as a page; in the dialog the next action slides in behind it.
        "in_sheet": is_fragment(request),
        "query": Asked.read(request.GET).suffix,
        **showing.context(request.member, view, timezone.now()),
    }
    answer = render(request, name, context, status=422 if form.errors else 200)
    if is_fragment(request):
        answer.headers["HX-Retarget"] = "#sheet"
    return answer
