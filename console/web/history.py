"""What happened: the decided actions of the workspace, newest first, and the story of one.

Where a number of a dashboard is asked about: the actions that it counts, also those that still wait.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

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
NARROWED = ("outcome", "rule", "group", "version", "policy", "reason", "level", "age", "when")
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
AGES = ("Under 5 min", "5 to 15 min", "15 to 60 min", "Over an hour")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LEVELS = frozenset(str(level) for level in range(-1, 100))
AGES_ASKED = tuple(str(age) for age in range(len(AGES)))
HOURS = frozenset(f"{hour:02}" for hour in range(24))
WEEKS_MAX = 54
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
    now = timezone.now()
    found = listing(request.member.workspace_id, asked, now)
    context = {
        "section": "history",
        "rows": found[:PAGE],
        "next": found[PAGE - 1].id if len(found) > PAGE else "",
        "window": window(asked) if found and request.member.may(Verb.MAKE_DATASET) else "",
        "asked": asked,
        "narrowed": narrowed(asked),
        "filtered": any(asked.values()),
        "states": [(s.value, s.label) for s in State if asked["outcome"] or s != State.PENDING],
        "voters": voters,
        "now": now,
    }
    return render(request, "history/page.html", context)


def listing(workspace_id: str, asked: dict[str, str], now: datetime) -> list[ActionView]:
    """One more than a page holds. An agent that does not exist has no actions; a day that is none bounds nothing."""
    agent = people.agent_named(workspace_id, asked["agent"]) if asked["agent"] else None
    if asked["agent"] and agent is None:
        return []
    return queries.page(
        workspace_id,
        state=asked["state"],
        decided=not asked["outcome"],
        tool=asked["tool"],
        agent_id=agent.id if agent else "",
        voter_id=asked["who"],
        since=since(asked["from"]),
        before=until(asked["to"]),
        narrowed=narrowing(asked, now),
        after=asked["after"],
        limit=PAGE + 1,
    )


def window(asked: dict[str, str]) -> str:
    """What a dataset of what is listed would begin with, as a query: its tool and its days, "" where it has neither."""
    first, last = since(asked["from"]), until(asked["to"])
    # A dataset takes whole days, and the last of its days is out.
    past = last - timedelta(microseconds=1) + timedelta(days=1) if last else None
    given = {
        "tools": asked["tool"],
        "since": f"{first:%Y-%m-%d}" if first else "",
        "until": f"{past:%Y-%m-%d}" if past else "",
    }
    return urlencode({name: text for name, text in given.items() if text})


def narrowing(asked: dict[str, str], now: datetime) -> Narrowing:
    return Narrowing(
        outcome=asked["outcome"],
        rule=asked["rule"],
        group=asked["group"],
        version_id=asked["version"],
        policy_id=asked["policy"],
        reason=asked["reason"],
        level=int(asked["level"]) if asked["level"] in LEVELS else None,
        age=AGES_ASKED.index(asked["age"]) if asked["age"] in AGES_ASKED else None,
        within=hours_of(asked),
        at=now,
    )


def hours_of(asked: dict[str, str]) -> tuple[tuple[datetime, datetime], ...]:
    """One hour of the week, each time that it came between the bounds; empty without bounds."""
    first, last = since(asked["from"]), until(asked["to"])
    weekday, hour_of_day = cell(asked["when"])
    if weekday is None or first is None or last is None:
        return ()
    midnight = first.replace(hour=0)
    began = midnight + (weekday - midnight.weekday()) % 7 * DAY + hour_of_day * HOUR
    weeks = range(min(WEEKS_MAX, max(0, (last - began) // (7 * DAY) + 1)))
    spans = [(began + 7 * n * DAY, began + 7 * n * DAY + HOUR) for n in weeks]
    # Where the hour never came there is nothing to list.
    return tuple((a, b) for a, b in spans if first <= a and b <= last) or ((first, first),)


def cell(text: str) -> tuple[int | None, int]:
    """Weekday from 0 for Monday, and hour, of "2T14"; None where it is none."""
    day_of_week, _, hour_of_day = text.partition("T")
    known = day_of_week in set("0123456") and hour_of_day in HOURS
    return (int(day_of_week), int(hour_of_day)) if known and day_of_week else (None, 0)


def since(text: str) -> datetime | None:
    """Where a day or an hour begins; None where it is none."""
    return day(text) or hour(text)


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


def until(text: str) -> datetime | None:
    """The end of a day or of an hour."""
    last_day, last_hour = day(text), hour(text)
    if last_day:
        return last_day + timedelta(days=1)
    return last_hour + timedelta(hours=1) if last_hour else None


def narrowed(asked: dict[str, str]) -> list[tuple[str, str]]:
    """(parameter, what it narrows to) of everything that has no field of its own."""
    weekday, hour_of_day = cell(asked["when"])
    told = {
        "outcome": queries.OUTCOMES.get(asked["outcome"], ("",))[0],
        "rule": "no rule of its own" if asked["rule"] == queries.NO_RULE else asked["rule"] and f"rule {asked['rule']}",
        "group": asked["group"] and f"group {asked['group']}",
        "version": "no version told"
        if asked["version"] == queries.NO_VERSION
        else asked["version"] and f"version {asked['version']}",
        "policy": asked["policy"] and f"policy {asked['policy']}",
        "reason": asked["reason"] and f"reason {asked['reason'].rpartition(':')[2].replace('_', ' ')}",
        "level": level(asked["level"]) if asked["level"] in LEVELS else "",
        "age": AGES[int(asked["age"])].lower() if asked["age"] in AGES_ASKED else "",
        "when": "" if weekday is None else f"{WEEK[weekday]} {hour_of_day:02}:00 UTC",
    }
    hours = {name: f"{name} {asked[name].replace('T', ' ')}:00 UTC" for name in ("from", "to") if hour(asked[name])}
    return [(name, words) for name, words in {**told, **hours}.items() if words]


def level(text: str) -> str:
    """As the page of escalations says it."""
    return {"-1": "nobody told yet", "0": "told by hand or the auditor"}.get(text, f"level {text}")


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
