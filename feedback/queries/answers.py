"""What evaluation answers with: runs, gate results and baselines as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedback.models import Baseline, EvalRun, GateResult

Call = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as it is uploaded. `example` is the example's, its revision's or its external id; `output` is the call
    (`{"tool", "args"}`) or None where the agent made none; `scores` are `{name: {"passed", "value"}}` by judges and
    people.
    """

    example: str
    repetition: int = 0
    output: Call | None = None
    escalated: bool = False
    error: str = ""
    latency_ms: float | None = None
    cost: float | None = None
    scores: Mapping[str, Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class RunView:
    """`sha256` is the manifest hash of the dataset version; `scorers` name every scorer with kind and version."""

    id: str
    workspace_id: str
    dataset_id: str
    dataset_name: str
    version_id: str
    version_n: int
    sha256: str
    split: str
    agent_name: str
    agent_version: str
    label: str
    scorers: dict[str, dict[str, Any]]
    tool_schemas: dict[str, str]
    repetitions: int
    size: int
    tools: tuple[str, ...]
    passed: dict[str, int]
    diagnoses: dict[str, int]
    by_name: str
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class GateView:
    id: str
    workspace_id: str
    name: str
    verdict: str
    spec: dict[str, Any]
    rows: list[dict[str, Any]]
    problems: list[str]
    baseline: RunView
    candidate: RunView
    by_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BaselineView:
    name: str
    dataset_id: str
    dataset_name: str
    run_id: str
    agent_name: str
    agent_version: str
    moved_by: str
    moved_at: datetime


def run_of(row: EvalRun) -> RunView:
    return RunView(
        id=row.pk,
        workspace_id=row.workspace_id,
        dataset_id=row.version.dataset_id,
        dataset_name=row.version.dataset.name,
        version_id=row.version_id,
        version_n=row.version.n,
        sha256=row.version.manifest_sha256,
        split=row.split,
        agent_name=row.agent_name,
        agent_version=row.agent_version,
        label=row.label,
        scorers=row.scorers,
        tool_schemas=row.tool_schemas,
        repetitions=row.repetitions,
        size=row.size,
        tools=tuple(row.version.counts.get("tool", {})),
        passed=row.passed,
        diagnoses=row.diagnoses,
        by_name=row.by_name,
        created_at=row.created_at,
        closed_at=row.closed_at,
    )


def gate_of(row: GateResult) -> GateView:
    return GateView(
        id=row.pk,
        workspace_id=row.workspace_id,
        name=row.name,
        verdict=row.verdict,
        spec=row.spec,
        rows=row.rows,
        problems=row.problems,
        baseline=run_of(row.baseline),
        candidate=run_of(row.candidate),
        by_name=row.by_name,
        created_at=row.created_at,
    )


def baseline_of(row: Baseline) -> BaselineView:
    return BaselineView(
        name=row.name,
        dataset_id=row.dataset_id,
        dataset_name=row.dataset.name,
        run_id=row.run_id,
        agent_name=row.run.agent_name,
        agent_version=row.run.agent_version,
        moved_by=row.moved_by,
        moved_at=row.moved_at,
    )
