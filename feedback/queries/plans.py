"""Reads of scheduled gates."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedback.models import EvalRun, GatePlan, GateResult

PLANS_MAX = 100


@dataclass(frozen=True, slots=True)
class PlanView:
    """`verdict` is that of the last gate, "" before the first."""

    id: str
    name: str
    dataset_id: str
    dataset_name: str
    agent_name: str
    baseline: str
    every: str
    spec: dict[str, Any]
    owner_id: str
    owner_name: str
    next_at: datetime
    gate_id: str
    verdict: str
    by_name: str
    created_at: datetime


def plans(workspace_id: str) -> list[PlanView]:
    """Those that are on, newest first."""
    rows = GatePlan.everywhere.filter(workspace_id=workspace_id, ended_at=None).select_related("dataset")
    found = list(rows.order_by("-id")[:PLANS_MAX])
    gates = GateResult.everywhere.filter(workspace_id=workspace_id, pk__in=[row.gate_id for row in found])
    verdicts = dict(gates.values_list("pk", "verdict"))
    return [_view(row, verdicts.get(row.gate_id, "")) for row in found]


def newest_run(workspace_id: str, dataset_id: str, agent_name: str) -> EvalRun | None:
    """The run of this agent on this dataset that was closed last."""
    runs = EvalRun.everywhere.filter(workspace_id=workspace_id, version__dataset_id=dataset_id, agent_name=agent_name)
    return runs.exclude(closed_at=None).order_by("-closed_at", "-id").first()


def _view(row: GatePlan, verdict: str) -> PlanView:
    return PlanView(
        id=row.pk,
        name=row.name,
        dataset_id=row.dataset_id,
        dataset_name=row.dataset.name,
        agent_name=row.agent_name,
        baseline=row.baseline,
        every=row.every,
        spec=row.spec,
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        next_at=row.next_at,
        gate_id=row.gate_id,
        verdict=verdict,
        by_name=row.by_name,
        created_at=row.created_at,
    )
