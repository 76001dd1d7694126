"""What took longer than it should: escalated, late against its target, or expired."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from approvals.models import Action, Escalation
from approvals.states import State
from compliance.reports.shape import ALWAYS, CHUNK, Asked, Report, Row, seconds, walk

COLUMNS = (
    "asked_at",
    "action",
    "tool",
    "agent",
    "risk",
    "target_at",
    "expires_at",
    "decided_at",
    "outcome",
    "seconds_late",
    "escalated",
    "reminded",
    "handed_over",
    "reached_nobody",
    "first_told_at",
    "finding",
)
READ = (
    "created_at",
    "tool",
    "agent__name",
    "risk",
    "target_at",
    "expires_at",
    "decided_at",
    "state",
)


def rows(asked: Asked) -> Iterator[Row]:
    wanted = asked.wanted
    told = Exists(Escalation.objects.filter(action_id=OuterRef("pk")))
    slow = Q(state=State.EXPIRED) | Q(decided_at__gt=F("target_at")) | Q(state=State.PENDING, target_at__lt=asked.at)
    found = Action.objects.filter(told | slow, pk__gte=asked.starts("act"), created_at__lt=asked.until)
    found = found.filter(terms__seeded__isnull=True)
    if wanted.since:
        found = found.filter(created_at__gte=wanted.since)
    if wanted.tool:
        found = found.filter(tool=wanted.tool)
    if wanted.agent:
        found = found.filter(agent__name=wanted.agent)
    batch: list[dict[str, Any]] = []
    for one in walk(found, asked, *READ):
        batch.append(one)
        if len(batch) == CHUNK:
            yield from _told(batch, asked)
            batch = []
    yield from _told(batch, asked)


def _told(batch: list[dict[str, Any]], asked: Asked) -> Iterator[Row]:
    tellings: dict[str, list[tuple[str, str, Any]]] = {}
    found = Escalation.objects.filter(action_id__in=[one["pk"] for one in batch]).order_by("action_id", "n")
    for action_id, kind, outcome, fired_at in found.values_list("action_id", "kind", "outcome", "fired_at"):
        tellings.setdefault(action_id, []).append((kind, outcome, fired_at))
    for one in batch:
        own = tellings.get(one["pk"], [])
        end = one["decided_at"] or asked.at
        kinds = [kind for kind, _, _ in own]
        yield (
            one["created_at"],
            one["pk"],
            one["tool"],
            one["agent__name"],
            one["risk"],
            one["target_at"],
            one["expires_at"],
            one["decided_at"],
            one["state"],
            seconds(one["target_at"], end),
            kinds.count("escalate"),
            kinds.count("remind"),
            kinds.count("reassign"),
            sum(outcome == "nobody" for _, outcome, _ in own),
            own[0][2] if own else None,
            _finding(one, end),
        )


def _finding(one: dict[str, Any], end: Any) -> str:
    if one["state"] == State.EXPIRED:
        return "expired"
    late = end > one["target_at"]
    if one["state"] == State.PENDING:
        return "still waiting, late" if late else "still waiting"
    return "late" if late else "in time after escalation"


REPORT = Report(
    name="overdue",
    title="Expired and escalated",
    about=(
        "Actions asked for in the period that were escalated, decided after their target, or expired. The target is"
        " what policy promises; silence never approved any of them."
    ),
    columns=COLUMNS,
    rows=rows,
    takes=ALWAYS | {"tool", "agent"},
    tally="finding",
    paper=(
        "asked_at",
        "tool",
        "agent",
        "risk",
        "target_at",
        "decided_at",
        "seconds_late",
        "escalated",
        "reminded",
        "reached_nobody",
        "finding",
        "action",
    ),
)
