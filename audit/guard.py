"""The fork guard: why a log must not be continued or signed, "" where it may.

A log signs no tree that contradicts one that it signed before. What was signed before is known from the database, from
the file of newest heads outside it, and from whoever else was told (`elsewhere`).
"""

from collections.abc import Callable, Iterable

from audit import keyring, trees
from audit.heads import Heads, UnreadableHead
from audit.keyring import Private
from audit.merkle import subtree
from audit.models import Checkpoint, Log
from audit.note import Checkpoint as Head

Elsewhere = Callable[[str], Iterable[tuple[str, Head]]]

_RESTART = "If the database was restored from a backup, run `manage.py audit restart-log`."


def nowhere_else(log_id: str) -> Iterable[tuple[str, Head]]:
    """No anchor knows more than this machine."""
    return ()


def refusal(log: Log, size: int, keys: Private, heads: Heads) -> str:
    """Cheap enough to be asked before each batch: was a larger tree signed, and are the keys the log's own?"""
    try:
        head = heads.newest(log.id)
    except UnreadableHead as error:
        return str(error)
    if head is not None and head.origin != log.origin:
        return f"The newest checkpoint on this machine is of {head.origin}, not of {log.origin}."
    if head is not None and head.size > size:
        return f"A tree of {head.size} leaves was signed, and the database holds {size}. {_RESTART}"
    if not keys:
        return "COUNTERSIGN_LOG_KEY is not set, so nothing can be signed."
    active = set(keyring.active(log.id))
    mine = {signer.key().vkey for signer in keyring.signers(log.origin, keys)}
    if active and not active & mine:
        return (
            "The log key is another one than before. Set the one before as COUNTERSIGN_LOG_KEY_PREVIOUS; if it is lost,"
            " run `manage.py audit restart-log`."
        )
    return ""


def contradiction(log: Log, size: int, heads: Heads, elsewhere: Elsewhere) -> str:
    """Whether the committed tree of `size` leaves contains every tree that was signed before."""
    read = trees.reading(log.id, size)
    # Mostly they all know the same one.
    signed = {(head.size, head.root): (where, head) for where, head in _signed(log, heads, elsewhere)}
    for where, head in signed.values():
        if head.size > size:
            return f"{where} holds a tree of {head.size} leaves, and the database {size}. {_RESTART}"
        if subtree(0, head.size, read) != head.root:
            return f"{where} holds another tree of {head.size} leaves than the database. {_RESTART}"
    return ""


def _signed(log: Log, heads: Heads, elsewhere: Elsewhere) -> Iterable[tuple[str, Head]]:
    kept = Checkpoint.objects.filter(log_id=log.id).order_by("-size").values_list("size", "root").first()
    if kept is not None:
        yield "The newest checkpoint in the database", Head(log.origin, kept[0], bytes(kept[1]))
    head = heads.newest(log.id)
    if head is not None:
        yield "The newest checkpoint on this machine", head
    yield from elsewhere(log.id)
