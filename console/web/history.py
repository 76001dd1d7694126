"""What happened: the decided actions of the workspace, newest first, and the story of one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from accounts import queries as people
from accounts.roles import Verb
from approvals import queries
from approvals.answers import ActionView
from approvals.queries import EventView, Narrowing
from approvals.states import State
from console.web import showing
from console.web.access import MemberRequest, in_workspace

PAGE = 50
ASKED = ("state", "tool", "agent", "who", "from", "to", "after")
# What the points of dashboards ask for. The page names each, and each can be taken off again.
NARROWED = ("outcome", "rule", "group", "version", "reason")
TOLD = {
    "action:submitted": "Submitted",
    "action:revised": "Edited",
    "action:decided": "Decided",
    "action:escalated": "Escalated",
    "action:reminded": "Reminded",
    "action:reassigned": "Handed over",
    "action:unheard": "Nobody had been told",
    "level:skipped": "A level reached nobody",
    "review:approved": "Vote to approve",
    "review:rejected": "Vote to reject",
    "review:undone": "Vote taken back",
    "closing:cancelled": "Went back to waiting",
    "question:asked": "Question",
    "question:answered": "Answer",
    "claim:taken": "Claimed",
    "claim:released": "Claim released",
    "passkey:used": "Signed with a passkey",
    "passkey:refused": "A passkey was refused",
    "grant:spent": "Execution began",
    "grant:revoked": "Grant revoked",
    "grant:expired": "Grant expired unspent",
    "execution:reported": "Result reported",
    "execution:unreported": "No result in time",
    "execution:drifted": "Executed with other arguments",
    "incident:joined": "Joined an incident",
    "erasure:executed": "Erased",
}


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    asked = {name: request.GET.get(name, "").replace("\0", "")[:200] for name in (*ASKED, *NARROWED)}
    if asked["state"] not in State.values:
        asked["state"] = ""
    voters = people.ever_members(request.member.workspace_id)
    if asked["who"] not in dict(voters):
        asked["who"] = ""
    found = listing(request.member.workspace_id, asked)
    context = {
        "section": "history",
        "rows": found[:PAGE],
        "next": found[PAGE - 1].id if len(found) > PAGE else "",
        "asked": asked,
        "narrowed": narrowed(asked),
        "filtered": any(asked.values()),
        "states": [(s.value, s.label) for s in State if s != State.PENDING],
        "voters": voters,
        "now": timezone.now(),
    }
    return render(request, "history/page.html", context)


def listing(workspace_id: str, asked: dict[str, str]) -> list[ActionView]:
    """One more than a page holds. An agent that does not exist has no actions; a day that is none bounds nothing."""
    agent = people.agent_named(workspace_id, asked["agent"]) if asked["agent"] else None
    if asked["agent"] and agent is None:
        return []
    return queries.page(
        workspace_id,
        state=asked["state"],
        decided=True,
        tool=asked["tool"],
        agent_id=agent.id if agent else "",
        voter_id=asked["who"],
        since=day(asked["from"]) or hour(asked["from"]),
        before=_after(asked["to"]),
        narrowed=Narrowing(asked["outcome"], asked["rule"], asked["group"], asked["version"], asked["reason"]),
        after=asked["after"],
        limit=PAGE + 1,
    )


def day(text: str) -> datetime | None:
    """The beginning (UTC) of a day written as 2026-11-20, from 2000 to 2999."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return datetime(found.year, found.month, found.day, tzinfo=UTC) if found and 2000 <= found.year < 3000 else None


def hour(text: str) -> datetime | None:
    """The beginning of an hour (UTC) written as 2026-11-20T14."""
    head, _, tail = text.partition("T")
    found = day(head)
    return found.replace(hour=int(tail)) if found and tail.isascii() and tail.isdigit() and int(tail) < 24 else None


def _after(text: str) -> datetime | None:
    """The end of a day or of an hour."""
    last_day, last_hour = day(text), hour(text)
    if last_day:
        return last_day + timedelta(days=1)
    return last_hour + timedelta(hours=1) if last_hour else None


def narrowed(asked: dict[str, str]) -> list[tuple[str, str]]:
    """(parameter, what it narrows to) of everything that has no field of its own."""
    told = {
        "outcome": queries.OUTCOMES.get(asked["outcome"], ("",))[0],
        "rule": "no rule of its own" if asked["rule"] == queries.NO_RULE else asked["rule"] and f"rule {asked['rule']}",
        "group": asked["group"] and f"group {asked['group']}",
        "version": asked["version"] and f"version {asked['version']}",
        "reason": asked["reason"] and f"reason {asked['reason'].replace('_', ' ')}",
    }
    hours = {name: f"{name} {asked[name].replace('T', ' ')}:00 UTC" for name in ("from", "to") if hour(asked[name])}
    return [(name, words) for name, words in {**told, **hours}.items() if words]


@require_safe
@in_workspace(Verb.SEE)
def of_action(request: MemberRequest, action_id: str) -> HttpResponse:
    view = showing.find(request.member, action_id)
    context = showing.context(request.member, view, timezone.now())
    names = named(view, context["revisions"])
    context["events"] = [told(event, names, context["revisions"]) for event in queries.history(view)]
    context["section"] = "queue" if view.is_open else "history"
    return render(request, "history/action.html", context)


def named(view: ActionView, revisions: list[dict[str, Any]]) -> dict[str, str]:
    """Names by id, of everybody whose name the action itself keeps."""
    voters = {vote.user_id: vote.name for vote in view.votes}
    editors = {entry["revision"].author_id: entry["revision"].author_name for entry in revisions}
    return {**editors, **voters, view.agent_id: view.agent_name, "system": "Countersign"}


def told(event: EventView, names: dict[str, str], revisions: list[dict[str, Any]]) -> dict[str, Any]:
    """One entry of the story."""
    revised = event.kind == "action:revised"
    return {
        "event": event,
        "what": TOLD.get(event.kind, event.kind),
        "who": event.secrets.get("reviewer") or names.get(event.actor_id) or f"a {event.actor_kind}",
        "changes": [c for r in revisions if revised and r["revision"].n == event.revision for c in r["changes"]],
        "verdict": str(event.data.get("verdict") or "").replace("_", " "),
        "quorum": event.data.get("quorum") or [],
        "said": event.secrets.get("comment") or event.secrets.get("text") or "",
        "is_decision": event.kind == "action:decided",
    }
