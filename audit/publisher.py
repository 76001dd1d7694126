"""Signs what was committed: the fork guard looks, the keys sign, the file of heads learns of it, then the database.

A crash between any two of these steps is harmless: the same tree has the same note, because Ed25519 signs the same text
alike, and `UnsignedLog` keeps the debt until the checkpoint stands.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from audit import guard, keyring, note, tiles, trees
from audit.guard import Elsewhere
from audit.heads import Heads
from audit.keyring import Private
from audit.models import Checkpoint, Log, LogKey, UnsignedLog
from audit.note import Checkpoint as Head
from audit.note import Key, Signer

MOST = 200

log_ = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Publisher:
    keys: Private
    heads: Heads
    elsewhere: Elsewhere = guard.nowhere_else

    def run(self, *, at: datetime) -> bool:
        """Signs every log that owes a checkpoint. True where more may be waiting."""
        owing = UnsignedLog.objects.filter(refused="").order_by("since", "log_id")
        log_ids = list(owing.values_list("log_id", flat=True)[:MOST])
        for log_id in log_ids:
            self.publish(Log.objects.get(pk=log_id), at=at)
        return len(log_ids) == MOST

    def publish(self, log: Log, *, at: datetime) -> Head | None:
        """The newest head of the log, signed if it was not; None where somebody else is at it or it is refused."""
        # Whoever is slow to answer keeps nobody out of the database.
        told = list(self.elsewhere(log.id))
        with trees.alone(log.workspace_id) as is_alone:
            if not is_alone:
                return None
            size = trees.size(log.id)
            why = guard.refusal(log, size, self.keys, self.heads)
            why = why or guard.contradiction(log, size, self.heads, lambda _: told)
            if why:
                log_.error("The log %s is not signed: %s", log.id, why)
                UnsignedLog.objects.filter(log_id=log.id).update(refused=why)
                return None
            head = Head(log.origin, size, tiles.frontier(size, trees.fetching(log.id)).root())
            self._sign(log, head, at)
            UnsignedLog.objects.filter(log_id=log.id).delete()
        return head

    def _sign(self, log: Log, head: Head, at: datetime) -> None:
        if Checkpoint.objects.filter(log_id=log.id, size=head.size).exists():
            return
        signed = bytes(note.signed(head.text, self._signers(log, head.size, at)))
        self.heads.keep(log.id, signed)
        Checkpoint.objects.create(log_id=log.id, size=head.size, root=head.root, note=signed, signed_at=at)

    def _signers(self, log: Log, size: int, at: datetime) -> list[Signer]:
        """Those of the keys that the log has announced; a log that has none begins with all of them."""
        signers = keyring.signers(log.origin, self.keys)
        active = keyring.active(log.id)
        if not active:
            first = [LogKey(log_id=log.id, vkey=signer.key().vkey, size=size, at=at) for signer in signers]
            LogKey.objects.bulk_create(first)
            return signers
        known = {Key.parse(vkey) for vkey in active}
        return [signer for signer in signers if signer.key() in known]
