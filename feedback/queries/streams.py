"""What came in, now and before, by agent and tool."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from feedback import features
from feedback.drift.mix import KNOWN_LEAST as KNOWN_LEAST
from feedback.drift.mix import Moved as Moved
from feedback.drift.mix import Novelty, Thing, moved, novelty
from feedback.drift.psi import LEAST as LEAST
from feedback.drift.watch import Cause
from feedback.models import StreamDay

# The last week against the four before it.
NOW, THEN = timedelta(days=7), timedelta(days=28)
ROWS_MAX = 200_000

Days = dict[str, dict[str, dict[date, int]]]
Values = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Source:
    """One value of a version's part or of a source, with how often it was seen in both spans."""

    feature: str
    value: str
    then: int
    now: int


@dataclass(frozen=True, slots=True)
class Stream:
    """One agent's calls of one tool. `began` is the first day of what counts as now; `cause` says whether a policy or
    an agent version that is new in this span explains what moved.
    """

    agent_id: str
    tool: str
    n_then: int
    n_now: int
    began: date
    shapes: Novelty
    sources: Novelty
    mixes: tuple[Moved, ...]
    seen: tuple[Source, ...]
    cause: Cause


def streams(workspace_id: str, at: datetime) -> Iterator[Stream]:
    """In the order of agent and tool; one read for all. The days are those on which agents asked (UTC)."""
    today = at.date()
    rows = StreamDay.everywhere.filter(workspace_id=workspace_id, day__gt=today - NOW - THEN, day__lte=today)
    grouped: dict[tuple[str, str], Days] = {}
    told = rows.order_by("agent_id", "tool").values_list("agent_id", "tool", "feature", "value", "day", "n")
    for agent_id, tool, feature, value, day, n in told[:ROWS_MAX]:
        days = grouped.setdefault((agent_id, tool), {}).setdefault(feature, {}).setdefault(value, {})
        days[day] = n
    for (agent_id, tool), found in grouped.items():
        yield _stream(agent_id, tool, found, today - NOW)


def _stream(agent_id: str, tool: str, found: Days, last: date) -> Stream:
    """`last` is the last day of the span before."""
    then, now = _within(found, lambda day: day <= last), _within(found, lambda day: day > last)
    n_then, n_now = (span.get(features.ALL, {}).get("", 0) for span in (then, now))
    shapes = [_things(span, features.is_shape) for span in (then, now)]
    sources = [_things(span, features.is_source) for span in (then, now)]
    return Stream(
        agent_id=agent_id,
        tool=tool,
        n_then=n_then,
        n_now=n_now,
        began=last + timedelta(days=1),
        shapes=novelty(shapes[0], shapes[1], n_then, n_now),
        sources=novelty(sources[0], sources[1], n_then, n_now),
        mixes=tuple(moved(then, now, _is_mix)),
        seen=tuple(
            Source(feature, value, sources[0].get((feature, value), 0), sources[1].get((feature, value), 0))
            for feature, value in sorted(sources[0].keys() | sources[1].keys())
        ),
        cause=_cause(then, now),
    )


def _within(found: Days, counts: Callable[[date], bool]) -> Values:
    spans = {
        feature: {value: sum(n for day, n in days.items() if counts(day)) for value, days in values.items()}
        for feature, values in found.items()
    }
    kept = {feature: {value: n for value, n in values.items() if n} for feature, values in spans.items()}
    return {feature: values for feature, values in kept.items() if values}


def _things(span: Values, wanted: Callable[[str], bool]) -> dict[Thing, int]:
    """Of shapes the kind, not the range: an amount that grew is a mix that moved and no new shape."""
    found: Counter[Thing] = Counter()
    for feature, values in span.items():
        for value, n in values.items() if wanted(feature) else ():
            found[feature, features.kind_of(value) if features.is_shape(feature) else value] += n
    return dict(found)


def _is_mix(feature: str) -> bool:
    return features.is_shape(feature) or feature in {"confidence", "minutes", "door"}


def _cause(then: Values, now: Values) -> Cause:
    """A policy first: it decides what comes to people at all."""
    for feature, cause in (("policy", Cause.POLICY), ("version", Cause.VERSION)):
        if now.get(feature, {}).keys() - then.get(feature, {}).keys():
            return cause
    return Cause.DRIFT
