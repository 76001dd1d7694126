"""Runs of agent versions on frozen datasets, and what gates said about them."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from feedback.models.dataset import Dataset, DatasetVersion
from tenancy.fields import IdField
from tenancy.scope import Scoped


class EvalRun(Scoped):
    """One agent version's answers to one frozen version, or one split of it. Takes items until it is closed.

    `scorers` are `{name: {"kind", "version", "rubric"}}`; `diagnoses` count what went wrong; `passed` counts by scorer.
    """

    id = IdField(prefix="run")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    version = models.ForeignKey(DatasetVersion, models.PROTECT, db_index=False, related_name="+")
    split = models.CharField(max_length=10, blank=True)
    agent_name = models.CharField(max_length=100)
    agent_version = models.CharField(max_length=100, blank=True)
    label = models.CharField(max_length=120, blank=True)
    scorers = models.JSONField(default=dict)
    tool_schemas = models.JSONField(default=dict)
    repetitions = models.IntegerField(default=1)
    size = models.IntegerField(default=0)
    passed = models.JSONField(default=dict)
    diagnoses = models.JSONField(default=dict)
    by_id = models.CharField(max_length=40)
    by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace", "-id"], name="evalrun_newest")]


class EvalItem(models.Model):
    """One answer: `output` is the call or null; `scores` are `{name: {"passed", "value"}}`."""

    run = models.ForeignKey(EvalRun, models.PROTECT, db_index=False, db_constraint=False, related_name="items")
    revision_id = models.CharField(max_length=40)
    repetition = models.IntegerField(default=0)
    output = models.JSONField(null=True)
    escalated = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True)
    latency_ms = models.FloatField(null=True)
    cost = models.FloatField(null=True)
    scores = models.JSONField(default=dict)
    diagnosis = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["run", "revision_id", "repetition"], name="evalitem_once"),
        ]


class Baseline(Scoped):
    """A name that points at a run of a dataset; moving it is a fact."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    dataset = models.ForeignKey(Dataset, models.PROTECT, db_index=False, related_name="+")
    name = models.CharField(max_length=40)
    run = models.ForeignKey(EvalRun, models.PROTECT, db_index=False, related_name="+")
    moved_by = models.CharField(max_length=120)
    moved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "dataset", "name"], name="baseline_once"),
        ]


class GateResult(Scoped):
    """What one gate said, once and for good. `spec` is the document, `rows` and `problems` as feedback.gate tells."""

    id = IdField(prefix="gat")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    version = models.ForeignKey(DatasetVersion, models.PROTECT, db_index=False, related_name="+")
    baseline = models.ForeignKey(EvalRun, models.PROTECT, db_index=False, related_name="+")
    candidate = models.ForeignKey(EvalRun, models.PROTECT, db_index=False, related_name="+")
    name = models.CharField(max_length=80)
    spec = models.JSONField()
    verdict = models.CharField(max_length=12)
    rows = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    by_id = models.CharField(max_length=40)
    by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(verdict__in=("pass", "fail", "inconclusive", "invalid")), name="gate_verdict"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace", "-id"], name="gate_newest")]


class GatePlan(Scoped):
    """A gate that is judged by itself: at each new run of an agent on a dataset, or each day or week.

    `judged_run` is the last run that it took up, `gate_id` what that came to. Whoever owns it is told of each verdict.
    """

    id = IdField(prefix="gpl")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    dataset = models.ForeignKey(Dataset, models.PROTECT, db_index=False, related_name="+")
    agent_name = models.CharField(max_length=100)
    name = models.CharField(max_length=80)
    spec = models.JSONField()
    baseline = models.CharField(max_length=60)
    every = models.CharField(max_length=10)
    owner_id = models.CharField(max_length=40)
    owner_name = models.CharField(max_length=120)
    judged_run = models.CharField(max_length=40, blank=True)
    gate_id = models.CharField(max_length=40, blank=True)
    next_at = models.DateTimeField()
    by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(every__in=("run", "day", "week")), name="gate_plan_every"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_at"], name="gate_plan_due", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["workspace", "-id"], name="gate_plan_newest"),
        ]


class JudgeCalibration(Scoped):
    """How far one version of a judge agreed with people on the same answers. The newest of a version counts."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    judge = models.CharField(max_length=80)
    judge_version = models.CharField(max_length=80)
    run = models.ForeignKey(EvalRun, models.PROTECT, db_index=False, related_name="+")
    items = models.IntegerField()
    raw = models.FloatField(null=True)
    ac1 = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    calibrated = models.BooleanField()
    by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "judge", "judge_version", "-id"], name="judge_newest"),
        ]
