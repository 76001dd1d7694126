"""Erases what events disclosed: salt and value go, the digest in the event's bytes stays, and every proof holds.

Only the verbs of erasure call this; they leave the fact that names what was erased.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice

import orjson
from django.db.models import Exists, OuterRef, Q, QuerySet

from audit import keys
from audit.kinds import EventKind
from audit.models import Disclosure, Event

CHUNK = 200


def erase_of_action(workspace_id: str, action_id: str, *, keep: Collection[str] = ()) -> dict[str, list[str]]:
    """All disclosures of the action's events but the names in `keep`; by event, the names of what was there. In the
    caller's transaction.
    """
    events = Event.objects.filter(action_id=action_id, workspace_id=workspace_id).values_list("id", flat=True)
    gone = _erase(Disclosure.objects.filter(event_id__in=list(events)).exclude(name__in=keep))
    keys.destroy([action_id])
    return gone


def destroy_key(log: str, subject: str) -> None:
    """Copies of what was disclosed about a subject outside its actions cannot be read again. In the caller's
    transaction.
    """
    keys.destroy([f"{log}/{keys.reference(subject)}"])


def erase_about(log: str, subject: str, event_ids: Sequence[str]) -> dict[str, list[str]]:
    """What these events of a log disclosed about a subject. In the caller's transaction."""
    here = Event.objects.filter(id__in=list(event_ids), workspace_id=log).values_list("id", flat=True)
    return _erase(Disclosure.objects.filter(_about(subject), event_id__in=list(here)))


def events_about(log: str, subject: str) -> list[str]:
    """Ids of the events of a log that still disclose something about a subject, oldest first."""
    return sorted({event_id for event_id, _ in _found(log, subject)})


def actions_about(workspace_id: str, subject: str) -> list[str]:
    """Ids of the actions whose events disclose something about a subject, oldest first."""
    return sorted({action_id for _, action_id in _found(workspace_id, subject) if action_id})


def told_about(log: str, subject: str, name: str) -> set[str]:
    """What the events of a log disclose about a subject under one name."""
    here = Event.objects.filter(pk=OuterRef("event_id"), workspace_id=log)
    rows = Disclosure.objects.filter(Exists(here), _about(subject), name=name)
    return {orjson.loads(bytes(value)) for value in rows.values_list("value", flat=True) if bytes(value)}


def is_recent(workspace_id: str, action_ids: Sequence[str], since: datetime) -> bool:
    """Whether anything happened to these actions lately, but that they were read or erased."""
    lately = Event.objects.filter(action_id__in=list(action_ids), workspace_id=workspace_id, occurred_at__gte=since)
    return lately.exclude(kind__in=(EventKind.EVIDENCE_READ, EventKind.ERASURE_EXECUTED)).exists()


def chunks(found: Sequence[str], size: int = CHUNK) -> Iterator[list[str]]:
    rest = iter(found)
    while chunk := list(islice(rest, size)):
        yield chunk


def _found(log: str, subject: str) -> list[tuple[str, str]]:
    about = Disclosure.objects.filter(_about(subject), event_id=OuterRef("id"))
    return list(Event.objects.filter(Exists(about), workspace_id=log).values_list("id", "action_id"))


def _about(subject: str) -> Q:
    # Rows from before there was a key bear the subject as it is.
    return Q(subject__in={subject, keys.reference(subject)})


def _erase(rows: QuerySet[Disclosure]) -> dict[str, list[str]]:
    gone: dict[str, list[str]] = {}
    for event_id, name in rows.order_by("event_id", "n").values_list("event_id", "name"):
        gone.setdefault(event_id, []).append(name)
    rows.delete()
    return gone
