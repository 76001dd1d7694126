"""The audit log for those who check it: search, the story of one action, one event. Each read is itself on record."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import queries as people
from accounts.roles import Verb
from approvals.errors import NotFound
from approvals.states import State
from compliance import queries, services
from compliance.queries import Asked, Entry, Found
from console.web import showing
from console.web.access import MemberRequest, in_workspace
from console.web.history import TOLD as OF_ACTIONS
from console.web.history import day
from console.web.pressing import actor

ASKED = ("kind", "actor", "agent", "tool", "outcome", "rule", "id", "from", "to")


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def page(request: MemberRequest) -> HttpResponse:
    asked = {name: request.GET.get(name, "").replace("\0", "").strip()[:200] for name in ASKED}
    workspace_id, now = request.member.workspace_id, timezone.now()
    names = people.ever_members(workspace_id)
    given = wanted(workspace_id, asked, dict(names))
    after = request.GET.get("after", "").replace("\0", "")[:40]
    found = queries.search(workspace_id, given, after=after) if given else Found((), "", is_cut=False)
    note(request, "search", ("workspace", workspace_id), asked={**asked, "after": after})
    context = {
        "section": "audit",
        "rows": [(row, what(row.kind)) for row in found.rows],
        "next": found.next,
        "is_cut": found.is_cut,
        "stretch": queries.STRETCH,
        "after": after,
        "asked": asked,
        "filtered": any(asked.values()),
        "kinds": [(kind, what(kind)) for kind in sorted(queries.KINDS)],
        "people": names,
        "outcomes": State.choices,
        "now": now,
    }
    return render(request, "audit/page.html", context)


def wanted(workspace_id: str, asked: dict[str, str], names: dict[str, str]) -> Asked | None:
    """What to search for; None where nothing can be found: an agent that is none. What is no choice asks nothing."""
    agent = people.agent_named(workspace_id, asked["agent"]) if asked["agent"] else None
    if asked["agent"] and agent is None:
        return None
    for name, known in (("kind", set(queries.KINDS)), ("outcome", set(State.values)), ("actor", set(names))):
        if asked[name] not in known:
            asked[name] = ""
    last = day(asked["to"])
    return Asked(
        kinds=(asked["kind"],) if asked["kind"] else (),
        actor_id=asked["actor"],
        agent_id=agent.id if agent else "",
        tool=asked["tool"],
        outcome=asked["outcome"],
        rule=asked["rule"],
        word=asked["id"],
        since=day(asked["from"]),
        before=last + timedelta(days=1) if last else None,
    )


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def of_action(request: MemberRequest, action_id: str) -> HttpResponse:
    """The whole story: who, what was shown, which rule, which data, what happened."""
    view, workspace_id = showing.find(request.member, action_id), request.member.workspace_id
    entries = queries.story(workspace_id, view.id)
    note(request, "story", ("action", view.id), action_id=view.id)
    context = {
        "section": "audit",
        "action": view,
        "entries": named(entries, dict(people.ever_members(workspace_id)), {view.agent_id: view.agent_name}),
    }
    return render(request, "audit/action.html", context)


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def event(request: MemberRequest, event_id: str) -> HttpResponse:
    workspace_id = request.member.workspace_id
    try:
        entry, action_id = queries.event(workspace_id, event_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    note(request, "event", ("event", entry.id), action_id=action_id)
    context = {
        "section": "audit",
        "entries": named([entry], dict(people.ever_members(workspace_id)), {}),
        "action_id": action_id,
    }
    return render(request, "audit/event.html", context)


def named(entries: list[Entry], members: dict[str, str], agents: dict[str, str]) -> list[dict[str, Any]]:
    """Entries with the names of their actors; whoever is forgotten has none."""
    known = {**members, **agents, "system": "Countersign", "operator": "the operator"}
    return [
        {"entry": entry, "what": what(entry.kind), "who": known.get(entry.actor_id) or f"a {entry.actor_kind}"}
        for entry in entries
    ]


def what(kind: str) -> str:
    """A kind in words: what the story of actions calls it, else "Erasure executed"."""
    return OF_ACTIONS.get(kind) or kind.replace(":", " ").replace("_", " ").capitalize()


def note(request: MemberRequest, what_: str, subject: tuple[str, str], **more: Any) -> None:
    services.note_reading(
        actor=actor(request),
        at=timezone.now(),
        workspace_id=request.member.workspace_id,
        what=what_,
        subject=subject,
        **more,
    )
