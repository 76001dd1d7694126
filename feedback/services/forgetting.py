"""A person's name and words leave what they did beside decisions: second looks, outcomes, evaluation, alerts, controls.

As in approvals, nothing here decides whether that is allowed or leaves a fact; ids, verdicts and every hash stay.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from feedback.models import (
    Alert,
    Baseline,
    Dataset,
    DatasetVersion,
    EvalRun,
    GatePlan,
    GateResult,
    JudgeCalibration,
    Look,
    Outcome,
    ReadinessControl,
    Taxonomy,
)
from feedback.services.looks import told_of


def forget_person(*, at: datetime, workspace_id: str, user_id: str, name: str, instead: str) -> None:
    """Inside the caller's transaction. Some rows keep no id but the name alone; whoever bears the same name loses it
    there too.
    """
    here = {"workspace_id": workspace_id}
    looks = Look.everywhere.filter(**here, reviewer_id=user_id, given_at__isnull=False)
    looks.update(reviewer_name=instead, comment="", answer=None, erased_at=at)
    Outcome.everywhere.filter(**here, by_id=user_id).update(by_name=instead, comment="", erased_at=at)
    GateResult.everywhere.filter(**here, by_id=user_id).update(by_name=instead, erased_at=at)
    JudgeCalibration.everywhere.filter(**here, by_name=name).update(by_name=instead, erased_at=at)
    for model in (Dataset, DatasetVersion, EvalRun, Taxonomy):
        model.everywhere.filter(**here, by_id=user_id).update(by_name=instead)
    for owned in (ReadinessControl, GatePlan, Alert):
        owned.everywhere.filter(**here, owner_id=user_id).update(owner_name=instead)
    ReadinessControl.everywhere.filter(**here, set_by=name).update(set_by=instead)
    Baseline.everywhere.filter(**here, moved_by=name).update(moved_by=instead)
    GatePlan.everywhere.filter(**here, by_name=name).update(by_name=instead)
    Alert.everywhere.filter(**here, closed_by=name).update(closed_by=instead, note="")


def actions_of_person(workspace_id: str, user_id: str) -> list[str]:
    """Ids of the actions at which they looked a second time, or of which they said what came."""
    here = {"workspace_id": workspace_id}
    looks = Look.everywhere.filter(**here, reviewer_id=user_id).values_list("label__action_id", flat=True)
    outcomes = Outcome.everywhere.filter(**here, by_id=user_id).values_list("label__action_id", flat=True)
    return sorted({*looks, *outcomes})


def said_by(workspace_id: str, user_id: str) -> list[str]:
    """What the log's disclosures of this person's looks and outcomes are about, each under a key of its own."""
    here = {"workspace_id": workspace_id}
    return _told(Q(**here, reviewer_id=user_id), Q(**here, by_id=user_id))


def said_about(workspace_id: str, action_ids: Sequence[str]) -> list[str]:
    """The same of everybody's about these actions."""
    of_label = Q(workspace_id=workspace_id, label__action_id__in=list(action_ids))
    return _told(of_label, of_label)


def _told(of_looks: Q, of_outcomes: Q) -> list[str]:
    spoken = ~Q(comment="")
    looks = Look.everywhere.filter(of_looks, spoken | Q(answer__isnull=False)).order_by("id")
    outcomes = Outcome.everywhere.filter(of_outcomes, spoken).order_by("id")
    return [*looks.values_list("id", flat=True), *map(told_of, outcomes.values_list("id", flat=True))]
