"""How each reviewer decides: how many, how fast, and how often otherwise than the agent wanted."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from approvals.models import Review
from compliance.reports.shape import ALWAYS, Asked, Report, Row, nearest_rank, seconds, walk

COLUMNS = (
    "reviewer",
    "person",
    "votes",
    "approved",
    "approved_changed",
    "rejected",
    "taken_back",
    "override_percent",
    "seconds_median",
    "seconds_p90",
    "seconds_longest",
    "open_seconds_median",
    "voted_unopened",
)
READ = (
    "user_id",
    "user_name",
    "verdict",
    "revision",
    "opened_at",
    "created_at",
    "action__created_at",
    "retraction__id",
)


def _numbers() -> "array[int]":
    return array("q")


@dataclass(slots=True)
class Tally:
    """One person's votes. Two numbers are kept of each: sixteen million bytes for a million votes."""

    name: str = ""
    approved: int = 0
    changed: int = 0
    rejected: int = 0
    taken_back: int = 0
    unopened: int = 0
    taken: "array[int]" = field(default_factory=_numbers)
    opened: "array[int]" = field(default_factory=_numbers)

    def see(self, vote: dict[str, Any]) -> None:
        self.name = vote["user_name"]
        if vote["retraction__id"] is not None:
            self.taken_back += 1
            return
        if vote["verdict"] == "reject":
            self.rejected += 1
        elif vote["revision"] > 1:
            self.changed += 1
        else:
            self.approved += 1
        self.taken.append(seconds(vote["action__created_at"], vote["created_at"]))
        if vote["opened_at"] is None:
            self.unopened += 1
        else:
            self.opened.append(seconds(vote["opened_at"], vote["created_at"]))


def rows(asked: Asked) -> Iterator[Row]:
    people: dict[str, Tally] = {}
    wanted = asked.wanted
    found = Review.objects.filter(
        pk__gte=asked.starts("vot"), created_at__lt=asked.until, action__terms__seeded__isnull=True
    )
    if wanted.since:
        found = found.filter(created_at__gte=wanted.since)
    if wanted.actor:
        found = found.filter(user_id=wanted.actor)
    if wanted.tool:
        found = found.filter(action__tool=wanted.tool)
    if wanted.agent:
        found = found.filter(action__agent__name=wanted.agent)
    for vote in walk(found, asked, *READ):
        people.setdefault(vote["user_id"], Tally()).see(vote)
    for user_id, tally in sorted(people.items(), key=lambda item: (item[1].name, item[0])):
        yield _row(user_id, tally)


def _row(user_id: str, tally: Tally) -> Row:
    taken, opened = sorted(tally.taken), sorted(tally.opened)
    against = tally.changed + tally.rejected
    return (
        tally.name,
        user_id,
        len(taken),
        tally.approved,
        tally.changed,
        tally.rejected,
        tally.taken_back,
        f"{100 * against / len(taken):.1f}" if taken else None,
        nearest_rank(taken, 0.5),
        nearest_rank(taken, 0.9),
        taken[-1] if taken else None,
        nearest_rank(opened, 0.5),
        tally.unopened,
    )


REPORT = Report(
    name="reviewers",
    title="Approvals by reviewer",
    about=(
        "Votes of each person that were not taken back, test actions left out. Seconds run from the question to the"
        " vote, open seconds from the first look to the vote; medians and the 90th percentile by nearest rank."
        " Overridden is what was rejected or approved with changes; a rate near zero with short looks hints at"
        " rubber-stamping."
    ),
    columns=COLUMNS,
    rows=rows,
    takes=ALWAYS | {"actor", "tool", "agent"},
    paper=(COLUMNS[0], *COLUMNS[2:]),
)
