"""Events in their final form: canonical bytes that nobody can change, and beside them what may be erased."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from audit.keys import SealedField
from tenancy.fields import BytewiseField, IdField

# What nearly every action leaves. A search for one of these walks the newest events; each other kind has an index.
COMMON = (
    "action:submitted",
    "action:revised",
    "action:decided",
    "action:escalated",
    "action:reminded",
    "review:approved",
    "review:rejected",
    "review:undone",
    "claim:taken",
    "claim:released",
    "grant:spent",
    "grant:expired",
    "execution:reported",
)


class Event(models.Model):
    """One fact. `body` is the truth (RFC 8785 bytes); the other columns repeat it for searching.

    The workspace is a copy, not a foreign key: nothing that happens elsewhere may cascade into the log.
    """

    id = IdField(prefix="evt")
    workspace_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=30)
    subject_id = models.CharField(max_length=80)
    action_id = models.CharField(max_length=40, blank=True)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=80)
    door = models.CharField(max_length=10)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    body = models.BinaryField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace_id", "id"], name="event_by_workspace"),
            models.Index(fields=["action_id", "id"], name="event_by_action", condition=~models.Q(action_id="")),
            models.Index(
                fields=["workspace_id", "kind", "-id"], name="event_of_rare_kind", condition=~models.Q(kind__in=COMMON)
            ),
        ]


class PendingEvent(models.Model):
    """An event that no log has sequenced yet; the sequencer takes the row away."""

    event_id = BytewiseField(max_length=40, primary_key=True)
    workspace_id = models.CharField(max_length=40)


class Log(models.Model):
    """One Merkle tree: a workspace's, or the system's. Its origin never changes, whatever the product is called later.

    A second generation begins where the database had forgotten what the first had signed (a restored backup), or where
    its key was lost; `continues` is the newest signed checkpoint of the one before.
    """

    id = models.CharField(max_length=60, primary_key=True)
    workspace_id = models.CharField(max_length=40)
    generation = models.PositiveIntegerField(default=1)
    origin = models.CharField(max_length=300)
    started_at = models.DateTimeField()
    continues = models.BinaryField(default=b"")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace_id", "generation"], name="log_generation_once"),
            models.UniqueConstraint(fields=["origin"], name="log_origin_once"),
        ]


class LogKey(models.Model):
    """A key began or ceased to sign for a log. `size` is the tree's at that moment."""

    log_id = models.CharField(max_length=60)
    vkey = models.CharField(max_length=400)
    is_retired = models.BooleanField(default=False)
    size = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["log_id", "vkey", "is_retired"], name="log_key_once")
        ]


class Leaf(models.Model):
    """Event `event_id` is number `seq` of the log. `leaf_hash` covers the event's bytes."""

    pk = models.CompositePrimaryKey("log_id", "seq")
    log_id = models.CharField(max_length=60)
    seq = models.BigIntegerField()
    event_id = BytewiseField(max_length=40)
    leaf_hash = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["event_id"], name="leaf_event_once")
        ]


class Tile(models.Model):
    """A full tile: 256 hashes of one level, and their root, which is hash number `n` of the level above.

    Partial tiles are not kept: they are the last leaves, and the last roots of full tiles.
    """

    pk = models.CompositePrimaryKey("log_id", "level", "n")
    log_id = models.CharField(max_length=60)
    level = models.SmallIntegerField()
    n = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()


class Checkpoint(models.Model):
    """A tree head that was signed and given out. `note` is the signed note, byte for byte."""

    pk = models.CompositePrimaryKey("log_id", "size")
    log_id = models.CharField(max_length=60)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.BinaryField()
    signed_at = models.DateTimeField()


class UnsignedLog(models.Model):
    """The log has leaves that no checkpoint covers yet. `refused` says why none is signed, until somebody acts."""

    log_id = models.CharField(max_length=60, primary_key=True)
    since = models.DateTimeField()
    refused = models.TextField(blank=True)


class PublicLog(models.Model):
    """The workspace lets anybody read its log, who then sees no value that was disclosed, only digests."""

    workspace_id = models.CharField(max_length=40, primary_key=True)
    since = models.DateTimeField()


class Disclosure(models.Model):
    """Salt and value behind one digest of an event (RFC 9901). Deleting the row erases the value; every proof still
    holds. The value is sealed at rest (`audit.keys`); `subject` is a reference that nobody can guess backwards.
    """

    pk = models.CompositePrimaryKey("event_id", "n")
    event_id = BytewiseField(max_length=40)
    n = models.SmallIntegerField()
    subject = models.CharField(max_length=80)
    name = models.CharField(max_length=60)
    salt = models.BinaryField()
    value = SealedField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["subject"], name="disclosure_by_subject")]


class Verdict(models.Model):
    """What verifying a log answered. The fact of it is in the log itself; this row is for the page and for the next
    run, which goes on from `size`.
    """

    log_id = models.CharField(max_length=60)
    workspace_id = models.CharField(max_length=40)
    at = models.DateTimeField()
    first = models.BigIntegerField()
    size = models.BigIntegerField()
    is_deep = models.BooleanField()
    code = models.SmallIntegerField()
    first_bad = models.BigIntegerField(null=True)
    faults = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace_id", "-id"], name="verdict_by_workspace"),
            models.Index(fields=["log_id", "-id"], name="verdict_by_log"),
        ]


class Anchor(models.Model):
    """Somebody outside who was given checkpoints of a log: the newest one that arrived, and what is on its way.

    `refused` says that the other side holds another history than ours; it stays until somebody has looked. `proof` is
    what stands beside the note: the token of a time-stamp.
    """

    log_id = models.CharField(max_length=60)
    name = models.CharField(max_length=300)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField(default=b"")
    note = models.BinaryField(default=b"")
    proof = models.BinaryField(default=b"")
    at = models.DateTimeField(null=True)
    asked_size = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    refused = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["log_id", "name"], name="anchor_once")
        ]


class SubjectKey(models.Model):
    """The key under which one subject's values are sealed, itself sealed under the instance's. Dumps leave this table
    out; whoever deletes a row takes what it opened out of every copy there is.
    """

    id = BytewiseField(max_length=130, primary_key=True)
    wrapped = models.BinaryField()
