"""The keys that sign checkpoints: one now, and during a rotation the one before beside it.

Every log signs under its own name with the same keys, so a log's verifier keys differ from another's. Only the pulse
needs the private halves; whoever serves the log reads the public ones from `LogKey`.
"""

from collections.abc import Sequence
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from audit.models import LogKey
from audit.note import Key, Signer

Private = Sequence[Ed25519PrivateKey]


@cache
def configured() -> tuple[Ed25519PrivateKey, ...]:
    """The key of `LOG_KEY`, then that of `LOG_KEY_PREVIOUS`; none where none is set. ValueError, TypeError: no key."""
    pems = [pem for pem in (settings.LOG_KEY, settings.LOG_KEY_PREVIOUS) if pem]
    return tuple(_loaded(pem) for pem in pems)


def _loaded(pem: str) -> Ed25519PrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("COUNTERSIGN_LOG_KEY is no Ed25519 key; make one with `openssl genpkey -algorithm ed25519`.")
    return key


def signers(origin: str, keys: Private) -> list[Signer]:
    return [Signer(origin, key) for key in keys]


def active(log_id: str) -> list[str]:
    """The verifier keys that sign for the log now, the oldest first."""
    rows = LogKey.objects.filter(log_id=log_id).order_by("id").values_list("vkey", "is_retired")
    retired = {vkey for vkey, is_retired in rows if is_retired}
    return [vkey for vkey, is_retired in rows if not is_retired and vkey not in retired]


def ever(log_id: str) -> list[tuple[Key, int, int | None]]:
    """Every key of the log, the oldest first, with the sizes of the tree at which it began and, if so, ceased."""
    rows = list(LogKey.objects.filter(log_id=log_id).order_by("id").values_list("vkey", "is_retired", "size"))
    ceased = {vkey: size for vkey, is_retired, size in rows if is_retired}
    return [(Key.parse(vkey), size, ceased.get(vkey)) for vkey, is_retired, size in rows if not is_retired]
