"""Events in their final form: canonical bytes that nobody can change, and beside them what may be erased."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from audit.keys import SealedField
from tenancy.fields import IdField

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

    event_id = models.CharField(max_length=40, primary_key=True)
    workspace_id = models.CharField(max_length=40)


class Disclosure(models.Model):
    """Salt and value behind one digest of an event (RFC 9901). Deleting the row erases the value; every proof still
    holds. The value is sealed at rest (`audit.keys`); `subject` is a reference that nobody can guess backwards.
    """

    pk = models.CompositePrimaryKey("event_id", "n")
    event_id = models.CharField(max_length=40)
    n = models.SmallIntegerField()
    subject = models.CharField(max_length=80)
    name = models.CharField(max_length=60)
    salt = models.BinaryField()
    value = SealedField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["subject"], name="disclosure_by_subject")]


class SubjectKey(models.Model):
    """The key under which one subject's values are sealed, itself sealed under the instance's. Dumps leave this table
    out; whoever deletes a row takes what it opened out of every copy there is.
    """

    id = models.CharField(max_length=130, primary_key=True)
    wrapped = models.BinaryField()
