"""What moved in what comes in, as alarms with a detail in words."""

from collections.abc import Iterator
from datetime import date

from feedback import features
from feedback.drift.mix import Moved, Novelty
from feedback.drift.watch import Alarm
from feedback.queries.streams import Stream

LISTED = 6
SHAPE, SOURCE, MIX = "schema", "source", "mix"


def alarms_of(stream: Stream, today: date) -> Iterator[tuple[str, Alarm, str]]:
    """Metric, alarm and detail. Of a novelty `n` is how many calls there are now; of a mix `rate` is the index and
    `baseline` its limit.
    """
    for metric, found in ((SHAPE, stream.shapes), (SOURCE, stream.sources)):
        if found:
            yield metric, _alarm(stream, today, "novelty", 1.0, 0.0, stream.n_now), told(found)
    for row in stream.mixes[:1] if stream.mixes and stream.mixes[0].alert else ():
        n = row.shift.n
        yield MIX, _alarm(stream, today, "psi", row.shift.index, row.shift.limit, n), told_mixes(stream.mixes)


def told(found: Novelty) -> str:
    """ "New: amount_usd (text). Vanished: note (text)." """
    parts = [
        f"{word}: {', '.join(_thing(*thing) for thing in things[:LISTED])}{_more(len(things))}."
        for word, things in (("New", found.new), ("Vanished", found.vanished))
        if things
    ]
    return " ".join(parts)[:600]


def told_mixes(mixes: tuple[Moved, ...]) -> str:
    rows = [row for row in mixes if row.alert]
    listed = ", ".join(named(row.feature) for row in rows[:LISTED])
    return f"Moved: {listed}{_more(len(rows))}."[:600]


def named(feature: str) -> str:
    """As people say it: "argument amount_usd", "time to decide"."""
    if features.is_shape(feature):
        return f"argument {feature.removeprefix(features.ARGUMENT)}"
    if feature.startswith(features.SOURCE):
        return f"source {feature.removeprefix(features.SOURCE)}"
    return "time to decide" if feature == "minutes" else feature


def _thing(feature: str, value: str) -> str:
    return f"{named(feature)} ({value[:60]})"


def _more(count: int) -> str:
    return f" and {count - LISTED} more" if count > LISTED else ""


def _alarm(stream: Stream, today: date, detector: str, rate: float, baseline: float, n: int) -> Alarm:
    return Alarm(today, stream.began, detector, stream.cause, baseline, rate, n, rate, baseline)
