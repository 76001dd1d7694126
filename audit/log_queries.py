"""A log as it is given out: checkpoint, tiles, entries, keys, and where one event stands in it.

Everything that is answered here is covered by a checkpoint that was signed; what waits or is unsigned is not given out.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from audit import keyring, tiles, trees, witnesses
from audit.merkle import consistency, inclusion
from audit.models import Anchor, Checkpoint, Event, Leaf, Log, PendingEvent, PublicLog, UnsignedLog
from audit.proofs import Receipt
from audit.tiles import BadTile, Tile


class State(StrEnum):
    RECORDED = "recorded"
    SEQUENCED = "sequenced"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class LogView:
    """`size` and `checkpoint` are those of the newest signed tree head, with the cosignatures that it has by now; 0 and
    empty before the first.
    """

    id: str
    workspace_id: str
    origin: str
    size: int
    checkpoint: bytes
    is_public: bool


@dataclass(frozen=True, slots=True)
class EventView:
    """`entry` is what the leaf covers. `size` is that of the newest checkpoint that covers it."""

    id: str
    action_id: str
    entry: bytes
    state: State
    log_id: str | None
    origin: str | None
    index: int | None
    leaf_hash: bytes | None
    size: int | None


def log(log_id: str) -> LogView | None:
    found = Log.objects.filter(pk=log_id).first()
    if found is None:
        return None
    newest = Checkpoint.objects.filter(log_id=log_id).order_by("-size").values_list("size", "note").first()
    size, note = newest or (0, b"")
    is_public = PublicLog.objects.filter(workspace_id=found.workspace_id).exists()
    cosigned = witnesses.cosigned(log_id, least=size).get(size) if size else None
    return LogView(log_id, found.workspace_id, found.origin, size, cosigned or bytes(note), is_public)


def current(workspace_id: str) -> LogView | None:
    """The log that takes the workspace's events now."""
    found = trees.current(workspace_id)
    return log(found.id) if found else None


def logs() -> list[str]:
    """The ids of all logs."""
    return list(Log.objects.order_by("workspace_id", "generation").values_list("id", flat=True))


def tile(view: LogView, asked: Tile) -> bytes | None:
    """The bytes of a tile or bundle; None where no signed tree of the log has it."""
    if not asked.is_in(view.size):
        return None
    if asked.level is None:
        return tiles.bundle(entries(view.id, asked.first, asked.first + asked.width))
    return tiles.join(trees.fetching(view.id)(asked))


def tile_at(view: LogView, path: str) -> bytes | None:
    """`tile` by its path; None as well where this is no path of a tile."""
    try:
        return tile(view, Tile.parse(path))
    except BadTile:
        return None


def entries(log_id: str, begin: int, end: int) -> list[bytes]:
    """The bytes of the events `begin` to `end`, in order."""
    ids = list(
        Leaf.objects.filter(log_id=log_id, seq__gte=begin, seq__lt=end)
        .order_by("seq")
        .values_list("event_id", flat=True)
    )
    bodies = dict(Event.objects.filter(id__in=ids).values_list("id", "body"))
    return [bytes(bodies[event_id]) for event_id in ids]


def vkeys(log_id: str) -> str:
    """The verifier keys that sign now, one a line, the oldest first."""
    return "".join(f"{vkey}\n" for vkey in keyring.active(log_id))


def policy(log_id: str) -> str:
    """A policy file for the log: every key that it ever had, so that old receipts are checked with it too."""
    lines = []
    for key, began, ceased in keyring.ever(log_id):
        until = "" if ceased is None else f" to {ceased}"
        lines.append(f"# signs trees from size {began}{until}\nlog {key.vkey}\n")
    return "".join(lines) + witnesses.policy_lines()


def witnessed(log_id: str) -> bytes:
    """The newest checkpoint that the quorum of witnesses cosigned; empty before there is one."""
    return witnesses.witnessed(log_id)


def event(workspace_id: str, event_id: str) -> EventView | None:
    """Where an event of the workspace stands; None where there is none with this id."""
    found = Event.objects.filter(pk=event_id, workspace_id=workspace_id).values_list("action_id", "body").first()
    if found is None:
        return None
    action_id, entry = found[0], bytes(found[1])
    leaf = Leaf.objects.filter(event_id=event_id).first()
    view = log(leaf.log_id) if leaf else None
    if leaf is None or view is None:
        return EventView(event_id, action_id, entry, State.RECORDED, None, None, None, None, None)
    is_covered = view.size > leaf.seq
    return EventView(
        event_id,
        action_id,
        entry,
        State.PUBLISHED if is_covered else State.SEQUENCED,
        leaf.log_id,
        view.origin,
        leaf.seq,
        bytes(leaf.leaf_hash),
        view.size if is_covered else None,
    )


def receipt(view: EventView) -> bytes | None:
    """The `.tlog-proof` of an event, under the newest checkpoint; None while none covers it."""
    held = log(view.log_id) if view.log_id else None
    if held is None or view.index is None or view.index >= held.size:
        return None
    proof = inclusion(view.index, held.size, trees.reading(held.id, held.size))
    return bytes(Receipt(view.index, tuple(proof), held.checkpoint))


def grown(view: LogView, old: int) -> list[bytes]:
    """The consistency proof from the tree of `old` leaves to the newest signed one. BadProof: there is no such tree."""
    return consistency(old, view.size, trees.reading(view.id, view.size))


@dataclass(frozen=True, slots=True)
class LogStanding:
    """How far a workspace's log is. `waiting` counts up to a thousand; `refused` says why nothing is signed."""

    log_id: str | None
    size: int
    signed_size: int
    signed_at: datetime | None
    waiting: int
    refused: str


def standing(workspace_id: str) -> LogStanding:
    found = trees.current(workspace_id)
    waiting = PendingEvent.objects.filter(workspace_id=workspace_id)[:1000].count()
    if found is None:
        return LogStanding(None, 0, 0, None, waiting, "")
    newest = Checkpoint.objects.filter(log_id=found.id).order_by("-size").values_list("size", "signed_at").first()
    size, signed_at = newest or (0, None)
    owed = UnsignedLog.objects.filter(pk=found.id).values_list("refused", flat=True).first()
    return LogStanding(found.id, trees.size(found.id), size, signed_at, waiting, owed or "")


def oldest_waiting() -> datetime | None:
    """When the oldest event was recorded that is in no log yet."""
    first = PendingEvent.objects.order_by("event_id").values_list("event_id", flat=True).first()
    return Event.objects.filter(pk=first).values_list("recorded_at", flat=True).first() if first else None


def oldest_unsigned() -> datetime | None:
    """Since when the log waits that has waited longest for its checkpoint."""
    return UnsignedLog.objects.order_by("since").values_list("since", flat=True).first()


@dataclass(frozen=True, slots=True)
class Stamped:
    """A checkpoint of `size` entries, and the token over its bytes that arrived `at`."""

    size: int
    note: bytes
    proof: bytes
    at: datetime


def stamped(workspace_id: str, name: str) -> Stamped | None:
    """The newest proof of the workspace's log that the anchor `name` gave."""
    log = trees.current(workspace_id)
    row = Anchor.objects.filter(log_id=log.id if log else "", name=name, size__gt=0).first()
    if row is None or row.at is None or not row.proof:
        return None
    return Stamped(row.size, bytes(row.note), bytes(row.proof), row.at)
