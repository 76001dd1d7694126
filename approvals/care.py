"""How carefully votes are cast: counts by day, approval against the time taken, streaks, and kind advice. Pure.

It describes; it never ranks people. Thresholds are round numbers that we chose, named below.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

DAYS = 30
# Upper ends in seconds, exclusive; the last band has none.
BANDS = ((10.0, "under 10 s"), (30.0, "10 to 30 s"), (120.0, "30 s to 2 min"), (600.0, "2 to 10 min"))
LAST_BAND = "over 10 min"
RECENT = 20
# So many earlier votes make a pace usual, and half of it is sudden.
USUAL = 40
SUDDEN = 0.5
LONG_RUN = 50
# A sitting goes on over pauses shorter than this, and is long after that.
PAUSE = timedelta(minutes=15)
LONG_SITTING = timedelta(minutes=90)
TESTS = 5
FEW_CAUGHT = 0.6


@dataclass(frozen=True, slots=True)
class Cast:
    """One vote. `seconds` from when it could be seen to the vote; `right` is None unless it was a test action."""

    at: datetime
    approved: bool
    edited: bool
    seconds: float
    right: bool | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """`approved` leaves out what was `edited`."""

    day: date
    approved: int
    edited: int
    rejected: int

    @property
    def votes(self) -> int:
        return self.approved + self.edited + self.rejected


@dataclass(frozen=True, slots=True)
class Band:
    name: str
    votes: int
    approved: int

    @property
    def rate(self) -> int:
        """Per cent, 0 where there are no votes."""
        return round(100 * self.approved / self.votes) if self.votes else 0


@dataclass(frozen=True, slots=True)
class Care:
    """`longest` and `running` count votes in a row without a rejection. `recent` and `usual` are median seconds: of the
    last RECENT votes, and of those before; None where there are too few.
    """

    votes: int
    approved: int
    days: tuple[Day, ...]
    bands: tuple[Band, ...]
    longest: int
    running: int
    recent: float | None
    usual: float | None
    tested: int
    caught: int
    advice: tuple[str, ...]


def care(casts: Sequence[Cast], at: datetime) -> Care:
    """Of the votes of the last DAYS, in any order."""
    casts = sorted(casts, key=lambda cast: cast.at)
    approvals = [cast.approved for cast in casts]
    tests = [cast.right for cast in casts if cast.right is not None]
    recent, usual = pace([cast.seconds for cast in casts])
    running = run(approvals)
    return Care(
        votes=len(casts),
        approved=sum(approvals),
        days=by_day(casts, at),
        bands=by_time(casts),
        longest=longest(approvals),
        running=running,
        recent=recent,
        usual=usual,
        tested=len(tests),
        caught=sum(tests),
        advice=_advice(running, recent, usual, sitting(casts, at), tests),
    )


def by_day(casts: Sequence[Cast], at: datetime) -> tuple[Day, ...]:
    """Each of the last DAYS days (UTC), the oldest first, with or without votes."""
    counts = {at.date() - timedelta(days=ago): [0, 0, 0] for ago in range(DAYS - 1, -1, -1)}
    for cast in casts:
        if (day := counts.get(cast.at.date())) is not None:
            day[2 if not cast.approved else 1 if cast.edited else 0] += 1
    return tuple(Day(day, *found) for day, found in counts.items())


def by_time(casts: Sequence[Cast]) -> tuple[Band, ...]:
    """How many votes took how long, and how many of them approved."""
    names = [name for _, name in BANDS] + [LAST_BAND]
    found = {name: [0, 0] for name in names}
    for cast in casts:
        name = next((name for end, name in BANDS if cast.seconds < end), LAST_BAND)
        found[name][0] += 1
        found[name][1] += cast.approved
    return tuple(Band(name, *found[name]) for name in names)


def longest(approvals: Sequence[bool]) -> int:
    """The longest run of approvals."""
    best = now = 0
    for approved in approvals:
        now = now + 1 if approved else 0
        best = max(best, now)
    return best


def run(approvals: Sequence[bool]) -> int:
    """The run of approvals at the end."""
    return next((n for n, approved in enumerate(reversed(approvals)) if not approved), len(approvals))


def pace(seconds: Sequence[float]) -> tuple[float | None, float | None]:
    """Median of the last RECENT, and of all before them."""
    before = seconds[:-RECENT]
    recent = median(seconds[-RECENT:]) if len(seconds) >= RECENT else None
    return recent, median(before) if len(before) >= USUAL else None


def sitting(casts: Sequence[Cast], at: datetime) -> timedelta:
    """How long this person has been deciding without a pause, up to now; zero after a pause. `casts` in order."""
    began = at
    for cast in reversed(casts):
        if began - cast.at > PAUSE:
            break
        began = cast.at
    return at - began


def _advice(
    running: int, recent: float | None, usual: float | None, sat: timedelta, tests: Sequence[bool]
) -> tuple[str, ...]:
    found = []
    if sat >= LONG_SITTING:
        minutes = int(sat.total_seconds() // 60)
        found.append(f"You have been deciding for {minutes} minutes. A short walk does good; the deadlines are listed.")
    if recent is not None and usual is not None and recent < usual * SUDDEN:
        found.append(
            f"Your last {RECENT} took about {_span(recent)} each, where you usually take {_span(usual)}."
            " That may be fine. If it is haste, a few minutes' rest pays."
        )
    if running >= LONG_RUN:
        found.append(
            f"You approved the last {running} in a row. Perhaps read the next one aloud, argument by argument."
        )
    if len(tests) >= TESTS and sum(tests) < FEW_CAUGHT * len(tests):
        found.append(
            f"{len(tests) - sum(tests)} of {len(tests)} test actions got past you. They are hard on purpose: give"
            " amounts, names and marked characters another look."
        )
    return tuple(found)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
