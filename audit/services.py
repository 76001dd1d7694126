"""What is done to a log: kept by the pulse, begun anew, given new keys, opened to the public. Each leaves a fact."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction

from audit import guard, guards, keyring, record, rewrapping, sequencer, trees
from audit.actor import SYSTEM, Actor
from audit.canonical import canonical
from audit.guard import Elsewhere
from audit.heads import Heads, UnreadableHead
from audit.keyring import Private
from audit.kinds import EventKind
from audit.models import Checkpoint, Log, LogKey, PublicLog, UnsignedLog
from audit.note import BadNote, Note
from audit.note import Checkpoint as Head
from audit.publisher import Publisher
from audit.record import SYSTEM_LOG, Secret
from audit.rewrapping import Rewrapped
from audit.sequencer import Sequencer

log_ = logging.getLogger(__name__)


class NotNow(RuntimeError):
    """Somebody else works on this log at this moment. Try again."""


class NoLog(LookupError):
    """The workspace has no log yet; its first event begins one."""


def prefix() -> str:
    """Where logs are served, without the scheme: the beginning of every origin."""
    return f"{settings.BASE_URL.partition('://')[2]}/log"


def heads() -> Heads:
    return Heads(settings.LOG_HEADS_DIR)


@dataclass(slots=True)
class Keeper:
    """The pulse's duty: pending events become leaves, and trees are signed."""

    keys: Callable[[], Private]
    heads: Heads
    elsewhere: Elsewhere = guard.nowhere_else
    is_settled: bool = field(default=False, init=False)

    @classmethod
    def configured(cls, elsewhere: Elsewhere = guard.nowhere_else) -> "Keeper":
        return cls(keyring.configured, heads(), elsewhere)

    def run(self, *, at: datetime) -> bool:
        """True where more is waiting. ValueError, TypeError: a setting holds no key."""
        keys = self.keys()
        if not self.is_settled:
            settle(keys, self.heads, self.elsewhere, at=at)
            self.is_settled = True
        more = Sequencer(prefix(), keys, self.heads).run(at=at)
        return Publisher(keys, self.heads, self.elsewhere).run(at=at) or more


def settle(keys: Private, heads: Heads, elsewhere: Elsewhere, *, at: datetime) -> None:
    """Once in a process: what was refused is looked at again, every log hears of keys that came or went, and none is
    continued that somebody outside knows to be larger, or another.
    """
    for lacking in (*guards.missing_triggers(), *guards.missing_roles()):
        log_.warning("%s See `manage.py audit guards`.", lacking)
    UnsignedLog.objects.exclude(refused="").update(refused="")
    newest: dict[str, Log] = {log.workspace_id: log for log in Log.objects.order_by("generation")}
    for log in newest.values():
        _compare(log, heads, elsewhere, at)
        turn_keys(log, keys, at=at)


def _compare(log: Log, heads: Heads, elsewhere: Elsewhere, at: datetime) -> None:
    told = list(elsewhere(log.id))
    with trees.alone(log.workspace_id) as is_alone:
        try:
            why = guard.contradiction(log, trees.size(log.id), heads, lambda _: told) if is_alone else ""
        except UnreadableHead as error:
            why = str(error)
        if why:
            log_.error("The log %s is not continued: %s", log.id, why)
            sequencer.owe(log, at, why)


def turn_keys(log: Log, keys: Private, *, at: datetime) -> bool:
    """Announces new keys in the log itself, and those that ceased; True where there were any.

    Only while one key that signs already goes on: otherwise the fork guard refuses to sign at all.
    """
    with trees.alone(log.workspace_id) as is_alone:
        active = set(keyring.active(log.id))
        mine = {signer.key().vkey for signer in keyring.signers(log.origin, keys)}
        known = {key.vkey for key, _, _ in keyring.ever(log.id)}
        if not is_alone or not active & mine:
            return False
        for vkey in sorted(mine - known):
            _turn(log, EventKind.LOG_KEY_ADDED, vkey, at)
        for vkey in sorted(active - mine):
            _turn(log, EventKind.LOG_KEY_RETIRED, vkey, at)
    return bool(mine - known or active - mine)


def _turn(log: Log, kind: EventKind, vkey: str, at: datetime) -> None:
    is_retired = kind is EventKind.LOG_KEY_RETIRED
    LogKey.objects.create(log_id=log.id, vkey=vkey, is_retired=is_retired, size=trees.size(log.id), at=at)
    record.record(
        kind=kind,
        workspace_id=_told_in(log.workspace_id),
        actor=SYSTEM,
        at=at,
        subject=("log", log.id),
        data={"origin": log.origin, "vkey": vkey},
    )


def restart_log(*, actor: Actor, at: datetime, workspace_id: str, because: str, heads: Heads) -> Log:
    """A new log for a workspace whose old one cannot be signed any more. Its first leaf names the old head.

    The old log stays readable as it is and is never signed again. Raises NoLog, NotNow.
    """
    with trees.alone(workspace_id) as is_alone:
        if not is_alone:
            raise NotNow(NotNow.__doc__)
        old = trees.current(workspace_id)
        if old is None:
            raise NoLog(NoLog.__doc__)
        note = _newest_note(old, heads)
        new = trees.begin(workspace_id, prefix(), at, generation=old.generation + 1, continues=note)
        event_id = record.record(
            kind=EventKind.LOG_RESTARTED,
            workspace_id=_told_in(workspace_id),
            actor=actor,
            at=at,
            subject=("log", new.id),
            data={"origin": new.origin, "before": _head_of(old, note)},
            secrets=[Secret("because", canonical(because), actor.id)],
        )
        sequencer.append(new, 0, [event_id])
        UnsignedLog.objects.filter(log_id=old.id).delete()
        sequencer.owe(new, at, "")
    return new


def _newest_note(log: Log, heads: Heads) -> bytes:
    """The newest signed checkpoint of the log that this machine knows, in its file or in the database."""
    try:
        if note := heads.note(log.id):
            return note
    except ValueError as error:
        log_.warning("The newest checkpoint is taken from the database: %s", error)
    kept = Checkpoint.objects.filter(log_id=log.id).order_by("-size").values_list("note", flat=True).first()
    return bytes(kept or b"")


def _head_of(log: Log, note: bytes) -> dict[str, str | None]:
    try:
        head: Head | None = Head.parse(Note.parse(note).text)
    except BadNote:
        head = None
    size, root = (str(head.size), head.root.hex()) if head else (None, None)
    return {"log": log.id, "origin": log.origin, "size": size, "root": root}


def rewrap_keys(*, actor: Actor, at: datetime, batch: int = rewrapping.BATCH) -> Rewrapped:
    """Wraps every subject's key under the disclosure key of now. Raises NoKeyBefore."""
    found = rewrapping.rewrap(batch)
    with transaction.atomic():
        record.record(
            kind=EventKind.DISCLOSURE_KEY_REWRAPPED,
            workspace_id="",
            actor=actor,
            at=at,
            subject=("disclosure_key", "instance"),
            data={"rewrapped": found.done, "already": found.already, "lost": found.lost},
        )
    return found


def open_log(*, actor: Actor, at: datetime, workspace_id: str) -> bool:
    """Lets anybody read the log; True where it was not so before."""
    with transaction.atomic():
        _, is_new = PublicLog.objects.get_or_create(workspace_id=workspace_id, defaults={"since": at})
        if is_new:
            _tell(EventKind.LOG_OPENED, actor, at, workspace_id)
    return is_new


def close_log(*, actor: Actor, at: datetime, workspace_id: str) -> bool:
    """Only keys with `audit:read` read the log from now on; True where it was open before."""
    with transaction.atomic():
        was_open, _ = PublicLog.objects.filter(workspace_id=workspace_id).delete()
        if was_open:
            _tell(EventKind.LOG_CLOSED, actor, at, workspace_id)
    return bool(was_open)


def _tell(kind: EventKind, actor: Actor, at: datetime, workspace_id: str) -> None:
    record.record(kind=kind, workspace_id=_told_in(workspace_id), actor=actor, at=at, subject=("log", workspace_id))


def _told_in(workspace_id: str) -> str:
    return "" if workspace_id == SYSTEM_LOG else workspace_id
