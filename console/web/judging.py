"""What helps to judge one action: its marks, its reach, and what was decided on the like. Two reads of the history."""

from dataclasses import dataclass

from approvals import queries
from approvals.answers import ActionView
from approvals.facts import Argument, Facts
from approvals.findings import Finding, Similar, Subject, found
from approvals.marks import Segment, segments
from approvals.reach import Reach, claimed, reach
from console.web.oddities import Shown, shown

# From here on the end of a value is repeated under its box.
TAIL_FROM = 1200
TAIL = 160
# More arguments than this do not fit a screen or two; their end has to have been seen.
MANY = 40
LISTED_MAX = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One argument with its number on the page, everything that is odd about it, and the end of a long value."""

    number: int
    shown: Shown
    findings: tuple[Finding, ...]
    tail: tuple[Segment, ...]

    @property
    def argument(self) -> Argument:
        return self.shown.argument

    @property
    def tone(self) -> str:
        """How its row is drawn: "flag" for disguised characters, "warn" for what the history or the summary says."""
        if self.shown.notes:
            return "flag"
        return "warn" if any(finding.kind != "no_history" for finding in self.findings) else ""


@dataclass(frozen=True, slots=True)
class Judged:
    """`marked` are the rows to look at first, at most LISTED_MAX; `marked_count` is how many there are."""

    rows: tuple[Row, ...]
    marked: tuple[Row, ...]
    marked_count: int
    is_many: bool
    reach: tuple[Reach, ...]
    claimed: tuple[Reach, ...]
    similar: tuple[Similar, ...]
    step: str


def judged(view: ActionView, facts: Facts) -> Judged:
    about = queries.subject(view)
    findings = found(about, queries.past(view, about), facts.summary)
    by_name: dict[str, tuple[Finding, ...]] = {}
    for finding in findings:
        by_name[finding.name] = (*by_name.get(finding.name, ()), finding)
    rows = tuple(_row(n, one, by_name) for n, one in enumerate(facts.arguments, start=1))
    # Disguised characters first: what an agent adds beside them must not push them out of the short list.
    marked = tuple(sorted((row for row in rows if row.tone), key=lambda row: row.tone != "flag"))
    return Judged(
        rows=rows,
        marked=marked[:LISTED_MAX],
        marked_count=len(marked),
        is_many=len(rows) > MANY,
        reach=reach(about, view.terms),
        claimed=claimed(about, facts.impact),
        similar=tuple(queries.similar(view, about)),
        step=_why_raised(about),
    )


def _row(number: int, argument: Argument, by_name: dict[str, tuple[Finding, ...]]) -> Row:
    whole = "".join(part.text for part in argument.text) if argument.length > TAIL_FROM else ""
    name = "".join(part.text for part in argument.name)
    return Row(number, shown(argument), by_name.get(name, ()), segments(whole[-TAIL:]))


def _why_raised(about: Subject) -> str:
    """Why the risk of an uninspectable tool is what it is."""
    if about.spec is None:
        return "The policy does not list this tool, so its risk counts as high."
    return (
        f"No schema describes its arguments, so its risk is one step above the tool's own, which is {about.spec.risk}."
    )
