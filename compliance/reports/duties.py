"""Separation of duties, checked once more from the rows: nobody decides what they answer for."""

from collections.abc import Iterator
from typing import Any

from approvals.models import Review, Revision
from compliance.reports.decisions import decided, names
from compliance.reports.shape import ALWAYS, CHUNK, Asked, Report, Row, walk

COLUMNS = (
    "decided_at",
    "action",
    "tool",
    "agent",
    "owner",
    "decided_by",
    "edited_by",
    "quorum",
    "finding",
    "event",
)
READ = (
    "decided_at",
    "action_id",
    "action__tool",
    "action__agent__name",
    "action__agent__owner_id",
    "action__agent__owner__name",
    "action__terms",
    "decided_by",
    "outcome",
    "revision",
    "event_id",
)
NONE = "none"


def rows(asked: Asked) -> Iterator[Row]:
    found = decided(asked).filter(source="people", action__terms__seeded__isnull=True)
    batch: list[dict[str, Any]] = []
    for one in walk(found, asked, *READ):
        batch.append(one)
        if len(batch) == CHUNK:
            yield from _checked(batch)
            batch = []
    yield from _checked(batch)


def _checked(batch: list[dict[str, Any]]) -> Iterator[Row]:
    actions = [one["action_id"] for one in batch]
    editors = _editors(actions)
    votes = _votes(actions)
    for one in batch:
        at = (one["action_id"], one["revision"])
        editor_id, editor = editors.get(at, ("", ""))
        needs = one["action__terms"]["needs"]
        yield (
            one["decided_at"],
            one["action_id"],
            one["action__tool"],
            one["action__agent__name"],
            one["action__agent__owner__name"],
            names(one["decided_by"]),
            editor,
            ", ".join(f"{need['quorum']} of {need['group']}" for need in needs),
            "; ".join(_findings(one, votes.get(at, {}), editor_id)) or NONE,
            one["event_id"],
        )


def _findings(one: dict[str, Any], votes: dict[str, set[str]], editor_id: str) -> Iterator[str]:
    """`votes` are the groups in which each person's approval counted."""
    people = [person["id"] for person in one["decided_by"]]
    if one["action__agent__owner_id"] in people:
        yield "the agent's owner decided"
    if len(set(people)) < len(people):
        yield "one person counted twice"
    if one["outcome"] != "approved":
        return
    terms = one["action__terms"]
    short = [
        need for need in terms["needs"] if sum(need["group"] in groups for groups in votes.values()) < need["quorum"]
    ]
    if short:
        yield "fewer approvals than asked for"
    if terms.get("second_person_for_edits") and editor_id and set(people) == {editor_id}:
        yield "only the editor approved the edit"


def _editors(actions: list[str]) -> dict[tuple[str, int], tuple[str, str]]:
    edits = Revision.objects.filter(action_id__in=actions, n__gt=1)
    found = edits.values_list("action_id", "n", "author_id", "author_name")
    return {(action_id, n): (author_id, name) for action_id, n, author_id, name in found}


def _votes(actions: list[str]) -> dict[tuple[str, int], dict[str, set[str]]]:
    cast = Review.objects.filter(action_id__in=actions, verdict="approve", retraction__isnull=True)
    found: dict[tuple[str, int], dict[str, set[str]]] = {}
    for action_id, revision, user_id, groups in cast.values_list("action_id", "revision", "user_id", "groups"):
        found.setdefault((action_id, revision), {}).setdefault(user_id, set()).update(groups)
    return found


REPORT = Report(
    name="duties",
    title="Separation of duties",
    about=(
        "Every decision that people made, held against the rules once more: the agent's owner did not decide, nobody"
        " counted twice, each group had its quorum, and a second person approved an edit where policy asks for one."
    ),
    columns=COLUMNS,
    rows=rows,
    takes=ALWAYS | {"tool", "agent", "outcome", "rule"},
    tally="finding",
    usual=NONE,
    paper=("decided_at", "tool", "agent", "owner", "decided_by", "edited_by", "quorum", "finding", "action"),
)
