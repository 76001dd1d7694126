"""A closer look at entries that fit their leaf hashes: the columns beside the bytes, and the values behind digests."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from audit.canonical import commitment, stamp
from audit.entries import Entry
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


def disclosures(log: Log, entries: Sequence[Entry]) -> Iterator[Fault]:
    """Salt, name and value of each row must open the digest at its place. A row that is not there was erased."""
    known = {event_id: (seq, body) for seq, event_id, _, body, _ in entries if body is not None}
    rows = Disclosure.objects.filter(event_id__in=list(known)).order_by("event_id", "n")
    for side in rows.iterator(chunk_size=1000):
        seq, body = known[side.event_id]
        digests = _digests(body)
        made = commitment(bytes(side.salt), side.name, bytes(side.value))
        if not (0 <= side.n < len(digests) and digests[side.n] == made):
            says = f"Entry {seq} ({side.event_id}): the value kept as {side.name} is not what it commits to."
            yield Fault(Code.INVALID, says, seq, side.event_id)


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
