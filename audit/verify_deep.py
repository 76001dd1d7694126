"""A closer look at entries that fit their leaf hashes: the columns beside the bytes, and the values behind digests."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from audit.canonical import commitment, stamp
from audit.entries import Entry
from audit.kinds import EventKind
from audit.models import Disclosure, Event, Log
from audit.verdicts import Code, Fault

_COLUMNS = ("kind", "subject_type", "subject_id", "action_id", "actor_kind", "actor_id", "door", "occurred_at")


def columns(log: Log, entries: Sequence[Entry]) -> Iterator[Fault]:
    """Search columns repeat the bytes; whoever changes only them hides an event from every page."""
    rows = {row[0]: row[1:] for row in Event.objects.filter(id__in=_ids(entries)).values_list("id", *_COLUMNS)}
    for seq, event_id, _, body, _ in entries:
        if body is None or event_id not in rows:
            continue
        try:
            said = _said(orjson.loads(body))
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            yield Fault(Code.INVALID, f"Entry {seq} ({event_id}) cannot be read: {error!r}.", seq, event_id)
            continue
        *words, occurred_at = rows[event_id]
        kept = (event_id, log.workspace_id, *words, stamp(occurred_at))
        names = ("id", "workspace_id", *_COLUMNS)
        wrong = [name for name, one, two in zip(names, said, kept, strict=True) if one != two]
        if wrong:
            says = f"Entry {seq} ({event_id}): the search column {', '.join(wrong)} does not repeat the event."
            yield Fault(Code.INVALID, says, seq, event_id)


@dataclass(slots=True)
class Disclosures:
    """Salt, name and value of each row must open the digest at its place, and for each row that is not there an event
    must tell that it was erased. One of these looks through one log.

    `_apart`: how many values of each event were erased by facts that belong to no action. They are read once, when the
    first value is missing.
    """

    _apart: Counter[str] | None = field(default=None, init=False)

    def __call__(self, log: Log, entries: Sequence[Entry]) -> Iterator[Fault]:
        known = {event_id: (seq, _digests(body)) for seq, event_id, _, body, _ in entries if body is not None}
        there: dict[str, set[int]] = {}
        rows = Disclosure.objects.filter(event_id__in=list(known)).order_by("event_id", "n")
        for side in rows.iterator(chunk_size=1000):
            seq, digests = known[side.event_id]
            there.setdefault(side.event_id, set()).add(side.n)
            made = commitment(bytes(side.salt), side.name, bytes(side.value))
            if not (0 <= side.n < len(digests) and digests[side.n] == made):
                says = f"Entry {seq} ({side.event_id}): the value kept as {side.name} is not what it commits to."
                yield Fault(Code.INVALID, says, seq, side.event_id)
        missing = {
            event_id: lacking
            for event_id, (_, digests) in known.items()
            if (lacking := [n for n in range(len(digests)) if n not in there.get(event_id, ())])
        }
        if missing:
            told = self._told(log, missing)
            for event_id, lacking in missing.items():
                if len(lacking) > told[event_id]:
                    yield _vanished(known[event_id][0], event_id, lacking, told[event_id])

    def _told(self, log: Log, event_ids: Iterable[str]) -> Counter[str]:
        """How many values of these events were erased, as the log itself tells."""
        facts = Event.objects.filter(workspace_id=log.workspace_id, kind=EventKind.ERASURE_EXECUTED)
        if self._apart is None:
            self._apart = _counted(facts.filter(action_id="").values_list("body", flat=True).iterator())
        about = Event.objects.filter(id__in=list(event_ids)).exclude(action_id="")
        of_actions = _counted(facts.filter(action_id__in=about.values("action_id")).values_list("body", flat=True))
        return Counter({each: self._apart[each] + of_actions[each] for each in event_ids})


def _counted(bodies: Iterable[bytes | memoryview]) -> Counter[str]:
    found: Counter[str] = Counter()
    for body in bodies:
        for event_id, names in orjson.loads(bytes(body))["data"].get("disclosures", {}).items():
            found[event_id] += len(names)
    return found


def _vanished(seq: int, event_id: str, lacking: Sequence[int], told: int) -> Fault:
    places = ", ".join(map(str, lacking))
    says = f"Entry {seq} ({event_id}): the values at {places} are gone, and the log tells of {told} that were erased."
    return Fault(Code.INCOMPLETE, says, seq, event_id)


def _ids(entries: Sequence[Entry]) -> list[str]:
    return [entry[1] for entry in entries]


def _said(body: dict[str, Any]) -> tuple[Any, ...]:
    subject, actor = body["subject"], body["actor"]
    about = (body["kind"], subject["type"], subject["id"], body["action"] or "")
    return (body["id"], body["log"], *about, actor["kind"], actor["id"], actor["door"], body["occurred_at"])


def _digests(body: bytes) -> list[str]:
    try:
        found: list[str] = orjson.loads(body)["disclosures"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return []
    return found
