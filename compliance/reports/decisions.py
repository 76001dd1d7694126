"""The register: every decision, whoever or whatever made it."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from approvals.models import Decision
from compliance.reports.shape import ALWAYS, Asked, Report, Row, seconds, walk

COLUMNS = (
    "decided_at",
    "action",
    "tool",
    "agent",
    "risk",
    "asked_at",
    "seconds_to_decide",
    "outcome",
    "source",
    "edited",
    "reason",
    "decided_by",
    "door",
    "policy_version",
    "rule",
    "standing_grant",
    "execution",
    "test",
    "event",
)
READ = (
    "decided_at",
    "action_id",
    "action__tool",
    "action__agent__name",
    "action__risk",
    "action__created_at",
    "outcome",
    "source",
    "edited",
    "reason_code",
    "decided_by",
    "door",
    "action__policy_version_id",
    "action__policy",
    "action__execution__status",
    "action__terms__seeded",
    "event_id",
)


def decided(asked: Asked) -> QuerySet[Decision]:
    """The decisions of the window, narrowed."""
    wanted = asked.wanted
    found = Decision.objects.filter(pk__gte=asked.starts("dec"), decided_at__lt=asked.until)
    if wanted.since:
        found = found.filter(decided_at__gte=wanted.since)
    if wanted.tool:
        found = found.filter(action__tool=wanted.tool)
    if wanted.agent:
        found = found.filter(action__agent__name=wanted.agent)
    if wanted.outcome:
        found = found.filter(outcome=wanted.outcome)
    return found.filter(action__policy__rule=wanted.rule) if wanted.rule else found


def rows(asked: Asked) -> Iterator[Row]:
    for found in walk(decided(asked), asked, *READ):
        yield _row(found)


def _row(found: dict[str, Any]) -> Row:
    policy = found["action__policy"]
    return (
        found["decided_at"],
        found["action_id"],
        found["action__tool"],
        found["action__agent__name"],
        found["action__risk"],
        found["action__created_at"],
        seconds(found["action__created_at"], found["decided_at"]),
        found["outcome"],
        found["source"],
        found["edited"],
        found["reason_code"],
        names(found["decided_by"]),
        found["door"],
        found["action__policy_version_id"],
        policy.get("rule"),
        policy.get("standing_grant"),
        found["action__execution__status"],
        found["action__terms__seeded"] is not None,
        found["event_id"],
    )


def names(people: list[dict[str, str]]) -> str:
    return ", ".join(person["name"] for person in people)


REPORT = Report(
    name="decisions",
    title="Decisions register",
    about="Every decision of the period: what was asked, who or what decided, under which rule, and what became of it.",
    columns=COLUMNS,
    rows=rows,
    takes=ALWAYS | {"tool", "agent", "outcome", "rule"},
    tally="outcome",
    paper=(
        "decided_at",
        "tool",
        "agent",
        "risk",
        "seconds_to_decide",
        "outcome",
        "source",
        "edited",
        "reason",
        "decided_by",
        "rule",
        "execution",
        "action",
    ),
)
