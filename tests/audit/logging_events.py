"""Events for the log in one line, and a keeper with keys and heads of its own."""

from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from audit import record, trees
from audit.actor import SYSTEM
from audit.heads import Heads
from audit.kinds import EventKind
from audit.merkle import Frontier, leaf_hash
from audit.models import Checkpoint, Event, Leaf, Log, PendingEvent
from audit.note import Checkpoint as Head
from audit.note import Key, Note, opened
from audit.services import Keeper

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NEXT_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def write(at: datetime, count: int = 1, workspace_id: str = "wsp_1") -> list[str]:
    with transaction.atomic():
        return [
            record.record(
                kind=EventKind.EXPORT_MADE,
                workspace_id=workspace_id,
                actor=SYSTEM,
                at=at,
                subject=("export", str(n)),
                data={"n": n},
            )
            for n in range(count)
        ]


def keeper(folder: Path, *keys: Ed25519PrivateKey) -> Keeper:
    mine = keys or (KEY,)
    return Keeper(lambda: mine, Heads(folder))


def keep(keeper: Keeper, at: datetime) -> None:
    """Until nothing waits any more."""
    while keeper.run(at=at):
        pass


def the_log(workspace_id: str = "wsp_1") -> Log:
    log = trees.current(workspace_id)
    assert log is not None
    return log


def in_order(log_id: str = "wsp_1") -> list[str]:
    """The ids of the log's events; fails where a place is missing."""
    leaves = list(Leaf.objects.filter(log_id=log_id).order_by("seq").values_list("seq", "event_id"))
    assert [seq for seq, _ in leaves] == list(range(len(leaves)))
    return [event_id for _, event_id in leaves]


def derived(log_id: str, size: int) -> bytes:
    """The root of the first leaves, from nothing but the bytes of their events."""
    ids = in_order(log_id)[:size]
    bodies = dict(Event.objects.filter(id__in=ids).values_list("id", "body"))
    return Frontier().grown(leaf_hash(bytes(bodies[event_id])) for event_id in ids).root()


def heads_of(log_id: str = "wsp_1", *keys: Key) -> list[Head]:
    """Every signed head, the smallest first: each opened with the keys and held against the events themselves."""
    found = []
    known = keys or (Key(Log.objects.get(pk=log_id).origin, KEY.public_key().public_bytes_raw()),)
    for note in Checkpoint.objects.filter(log_id=log_id).order_by("size").values_list("note", flat=True):
        text = opened(bytes(note), known)[0].text
        head = Head.parse(text)
        assert (head.origin, head.root) == (Log.objects.get(pk=log_id).origin, derived(log_id, head.size))
        assert bytes(Note.parse(bytes(note))) == bytes(note)
        found.append(head)
    return found


def nothing_is_lost(*workspace_ids: str) -> None:
    """Every event is in exactly one place of its workspace's log, signed for, and none waits."""
    assert PendingEvent.objects.count() == 0
    for workspace_id in workspace_ids:
        ids = sorted(Event.objects.filter(workspace_id=workspace_id).values_list("id", flat=True))
        logs = Log.objects.filter(workspace_id=workspace_id).values_list("id", flat=True)
        assert sorted(event_id for log_id in logs for event_id in in_order(log_id)) == ids
        newest = the_log(workspace_id).id
        assert heads_of(newest)[-1].size == len(in_order(newest))
