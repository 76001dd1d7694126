"""The stop switch: what is stopped, one press to stop, and a second look before it goes on."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import queries as accounts_queries
from accounts.roles import Verb
from approvals import queries
from approvals.errors import AlreadyReleased, BadRequest, NotFound
from approvals.queries import Stop
from approvals.services import stops
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor
from console.web.stop_forms import ReleaseForm, StopForm

PAGE = 50


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    given = {name: request.GET.get(name, "") for name in ("agent", "tool")}
    return _draw(request, StopForm(initial={"mode": "pause", **given}, auto_id="stop_%s"))


def _draw(request: MemberRequest, form: StopForm, status: int = 200) -> HttpResponse:
    workspace_id, now = request.member.workspace_id, timezone.now()
    past = queries.stops_released(workspace_id, after=request.GET.get("after", ""), limit=PAGE + 1)
    context = {
        "section": "stop",
        "form": form,
        "on": queries.stops_on(workspace_id),
        "past": past[:PAGE],
        "next": past[PAGE - 1].id if len(past) > PAGE else "",
        "agents": [agent.name for agent in accounts_queries.agents(workspace_id, now)],
        "may_stop": request.member.may(Verb.STOP),
        "may_release": request.member.may(Verb.RELEASE),
        "now": now,
    }
    return render(request, "stops/page.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.STOP)
def pull(request: MemberRequest) -> HttpResponse:
    """Asks once, with equal weight for yes and no, and then does it."""
    sent = request.method == "POST"
    form = StopForm(request.POST if sent else request.GET, auto_id="stop_%s")
    if not form.is_valid():
        return _draw(request, form, status=422)
    workspace_id, now = request.member.workspace_id, timezone.now()
    said = form.cleaned_data
    target = {name: said[name] for name in ("mode", "agent", "tool")}
    try:
        if sent:
            stop = stops.pull(actor=actor(request), at=now, workspace_id=workspace_id, reason=said["reason"], **target)
            messages.success(request, f"Stopped: {stop.told}.")
            return redirect("stops", request.member.workspace_slug)
        planned = stops.planned(workspace_id, at=now, **target)
    except BadRequest as error:
        for fault in error.faults:
            form.add_error(fault.pointer.removeprefix("/"), fault.detail)
        return _draw(request, form, status=422)
    context = {
        "section": "stop",
        "stop": planned,
        "held": queries.held_by(workspace_id, planned, now),
        "said": said,
        "most": queries.HELD_MAX,
    }
    return render(request, "stops/pull.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.RELEASE)
def release(request: MemberRequest, stop_id: str) -> HttpResponse:
    """The second look: what waits, what can be spent, and why it is safe again."""
    stop, now = _find(request, stop_id), timezone.now()
    form = ReleaseForm(request.POST if request.method == "POST" else None, auto_id="release_%s")
    if form.is_valid():
        try:
            because = form.cleaned_data["reason"]
            workspace_id = request.member.workspace_id
            stops.release(actor=actor(request), at=now, workspace_id=workspace_id, stop_id=stop_id, because=because)
        except AlreadyReleased as error:
            messages.error(request, error.detail)
        else:
            messages.success(request, "Released: it goes on from now.")
        return redirect("stops", request.member.workspace_slug)
    context = {
        "section": "stop",
        "stop": stop,
        "form": form,
        "held": queries.held_by(request.member.workspace_id, stop, now),
        "most": queries.HELD_MAX,
        "now": now,
    }
    return render(request, "stops/release.html", context, status=422 if form.is_bound else 200)


@require_safe
@in_workspace(Verb.SEE)
def banner(request: MemberRequest) -> HttpResponse:
    """What stands on top of every page while something is stopped, for pages that are open already."""
    return render(request, "stops/_banner.html", {"stops": queries.stops_on(request.member.workspace_id)})


def _find(request: MemberRequest, stop_id: str) -> Stop:
    try:
        return queries.find_stop(request.member.workspace_id, stop_id)
    except NotFound as error:
        raise Http404(error.detail) from error
