"""What waits, riskiest first, beside the one that is open."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.queries import group_handles, workspaces_of
from accounts.roles import Verb
from approvals import queries
from approvals.answers import ActionView
from approvals.queries import COUNT_MAX, InboxCursor
from approvals.services import claims, counting, listening
from console import saved_views
from console.web import showing, undoing
from console.web.access import LAST_WORKSPACE, MemberRequest, in_workspace, to_login
from console.web.filters import ALL, CLAIMED, DUE, RISKS, Asked, cursor, place, read_cursor

PAGE = 50


def home(request: HttpRequest) -> HttpResponseBase:
    """To the queue of the workspace that the person was in last, or of their first."""
    if not request.user.is_authenticated:
        return to_login(request)
    slugs = [slug for slug, _ in workspaces_of(str(request.user.pk))]
    if not slugs:
        return render(request, "errors/no_workspace.html", status=403)
    last = request.session.get(LAST_WORKSPACE)
    return redirect("queue", last if last in slugs else slugs[0])


@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    """The queue; asked for nothing in particular, as the person's default view shows it."""
    now = timezone.now()
    listed = listing(request, now)
    chosen = next((view for view in listed["views"] if view.is_default), None)
    if chosen and chosen.query and not request.GET:
        return redirect(reverse("queue", args=[request.member.workspace_slug]) + "?" + chosen.query)
    first = showing.first_to_open(listed["rows"], request.member, listed["claims"])
    shown = opened(request, first.id, now) if first else {}
    return render(request, "queue/page.html", {"section": "queue", **listed, **nothing(request, shown, now), **shown})


def opened(request: MemberRequest, action_id: str, now: datetime) -> dict[str, Any]:
    """What the open action's part needs."""
    view = showing.find(request.member, action_id)
    return {**showing.context(request.member, view, now), **undoing.reading(request, view, now)}


@in_workspace(Verb.SEE)
def rows(request: MemberRequest) -> HttpResponse:
    return render(request, "queue/_rows.html", waiting(request, timezone.now()))


@in_workspace(Verb.SEE)
def found(request: MemberRequest) -> HttpResponse:
    """The rows for what was just typed or chosen, with the strip of views above them, and the address that shows it."""
    asked = Asked.read(request.GET)
    context = {**waiting(request, timezone.now()), "all": ALL, "views": saved_views.of(request.member)}
    answer = render(request, "queue/_found.html", context)
    answer.headers["HX-Push-Url"] = reverse("queue", args=[request.member.workspace_slug]) + asked.suffix
    return answer


def waiting(request: MemberRequest, now: datetime) -> dict[str, Any]:
    """The rows of the page, who holds them, where the next page begins, and how many wait in all."""
    asked = Asked.read(request.GET)
    found = window(request, asked, read_cursor(asked.after), now, PAGE + 1)
    count = queries.waiting(request.member.workspace_id)
    shown = found[:PAGE]
    return {
        "rows": shown,
        "gone": listening.gone(request.member.workspace_id, [view.id for view in shown], now),
        "claims": claims.held(request.member.workspace_id, [view.id for view in shown], now),
        "next": cursor(found[PAGE - 1]) if len(found) > PAGE else "",
        "asked": asked,
        "query": asked.suffix,
        "waiting": f"{COUNT_MAX}+" if count >= COUNT_MAX else str(count),
        "now": now,
    }


def listing(request: MemberRequest, now: datetime) -> dict[str, Any]:
    """The rows, and what stands above them: the filters and the person's views."""
    return {
        **waiting(request, now),
        "risks": RISKS,
        "claimed": CLAIMED,
        "due": DUE,
        "all": ALL,
        "groups": group_handles(request.member.workspace_id),
        "views": saved_views.of(request.member),
    }


def window(
    request: MemberRequest, asked: Asked, after: InboxCursor | None, now: datetime, limit: int
) -> list[ActionView]:
    """So many of the actions that were asked for, from a place on, with their votes counted."""
    filters = asked.filters(request.member, now)
    return counting.counted_each(queries.inbox(request.member.workspace_id, filters=filters, after=after, limit=limit))


def beside(request: MemberRequest, view: ActionView, now: datetime) -> dict[str, Any]:
    """The list to the left of an open action; none for one that is decided."""
    return listing(request, now) if view.is_open else {}


def following(request: MemberRequest, done: ActionView, now: datetime) -> ActionView | None:
    """What slides under the same keys after `done`: the next of the list, else from its top, that waits for this person
    and that nobody else holds.
    """
    asked = Asked.read(request.GET)
    for after in (place(done), None):
        found = [view for view in window(request, asked, after, now, PAGE) if view.id != done.id]
        held = claims.held(request.member.workspace_id, [view.id for view in found], now)
        chosen = showing.first_for(found, request.member, held)
        if chosen:
            return chosen
    return None


def nothing(request: MemberRequest, opened: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What an empty queue says of the past: when something came last, and about how often; {} beside an action."""
    if opened:
        return {}
    came = queries.arrivals(request.member.workspace_id)
    every = (came[0] - came[-1]) / (len(came) - 1) if len(came) > 2 else None
    return {"now": now, "last_came": came[0] if came else None, "comes_every": every.total_seconds() if every else 0}
