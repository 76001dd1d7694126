"""Reviews beyond the live decision: second looks at what was decided, and what came of it later."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from feedback.models.label import Label
from tenancy.fields import IdField
from tenancy.scope import Scoped


class LookPlan(Scoped):
    """How a workspace draws: the seed decides for ever which decisions are drawn; `after` is the last label looked at.

    `rates` are shares by purpose, as feedback.drawing.RATES.
    """

    workspace = models.OneToOneField(Workspace, models.PROTECT, primary_key=True)
    seed = models.CharField(max_length=64)
    rates = models.JSONField(default=dict)
    after = models.CharField(max_length=40, blank=True)


class Look(Scoped):
    """One second look. `probability` is the chance with which it was drawn; nobody sees the first decision before
    `given_at`. An adjudication names the look that it settles in `about`. `answer` is the call that they
    named instead.
    """

    id = IdField(prefix="rvw")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, related_name="second_looks")
    label = models.ForeignKey(Label, models.PROTECT, db_index=False, related_name="looks")
    about = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    purpose = models.CharField(max_length=20)
    probability = models.FloatField()
    drawn_at = models.DateTimeField()
    reviewer_id = models.CharField(max_length=40, blank=True)
    reviewer_name = models.CharField(max_length=120, blank=True)
    verdict = models.CharField(max_length=10, blank=True)
    severe = models.BooleanField(default=False)
    comment = models.TextField(blank=True)
    given_at = models.DateTimeField(null=True, blank=True)
    answer = models.JSONField(null=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["label", "purpose"], name="look_once"),
            models.CheckConstraint(
                condition=Q(verdict__in=("", "approve", "edit", "reject", "unclear")), name="look_verdict"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "id"], name="look_open", condition=Q(given_at__isnull=True)),
            models.Index(
                fields=["workspace", "purpose", "-id"], name="look_given", condition=Q(given_at__isnull=False)
            ),
        ]


class Outcome(Scoped):
    """What came of an action later: it turned out right or wrong, perhaps gravely. Never changed; the newest counts.

    `kind` is a word of feedback.services.looks.OUTCOMES; "" where it was told before there were kinds.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    label = models.ForeignKey(Label, models.PROTECT, db_index=False, related_name="outcomes")
    right = models.BooleanField()
    severe = models.BooleanField(default=False)
    kind = models.CharField(max_length=20, blank=True)
    comment = models.TextField(blank=True)
    by_id = models.CharField(max_length=40)
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["label", "-id"], name="outcome_of_label"),
            models.Index(fields=["workspace", "-id"], name="outcome_newest"),
        ]
