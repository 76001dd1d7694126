"""Reads of runs, gates and baselines, all of one workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from approvals.errors import NotFound
from feedback.models import Baseline, DatasetItem, EvalItem, EvalRun, GateResult, JudgeCalibration
from feedback.queries.answers import BaselineView, GateView, RunView, baseline_of, gate_of, run_of
from feedback.queries.datasets import ItemView, listed
from tenancy import ids

PAGE = 50
_RUN = ("version", "version__dataset")
_GATE = tuple(f"{run}__{path}" for run in ("baseline", "candidate") for path in _RUN)


@dataclass(frozen=True, slots=True)
class Difference:
    """One example that the two runs answered differently, with both calls."""

    revision_id: str
    example: str
    repetition: int
    way: str
    content: dict[str, Any]
    old: dict[str, Any]
    new: dict[str, Any]


@dataclass(frozen=True, slots=True)
class JudgeView:
    """How far one version of a judge agreed with people on `items` answers; without figures below thirty."""

    judge: str
    version: str
    run: str
    items: int
    raw: float | None
    ac1: float | None
    low: float | None
    high: float | None
    calibrated: bool
    created_at: datetime


def runs(workspace_id: str, *, after: str = "", limit: int = PAGE) -> list[RunView]:
    """Newest first."""
    found = _runs(workspace_id).order_by("-id")
    return [run_of(row) for row in (found.filter(pk__lt=after) if after else found)[:limit]]


def find_run(workspace_id: str, run_id: str) -> RunView:
    """Raises NotFound."""
    return run_of(run_row(workspace_id, run_id))


def run_row(workspace_id: str, run_id: str) -> EvalRun:
    found = _runs(workspace_id).filter(pk=run_id).first() if ids.is_id(run_id, "run") else None
    if found is None:
        raise NotFound(f"There is no run {run_id[:60]} here.")
    return found


def gates(workspace_id: str, *, after: str = "", limit: int = PAGE) -> list[GateView]:
    """Newest first."""
    found = GateResult.everywhere.filter(workspace_id=workspace_id).select_related(*_GATE).order_by("-id")
    return [gate_of(row) for row in (found.filter(pk__lt=after) if after else found)[:limit]]


def find_gate(workspace_id: str, gate_id: str) -> GateView:
    """Raises NotFound."""
    rows = GateResult.everywhere.filter(workspace_id=workspace_id, pk=gate_id).select_related(*_GATE)
    found = rows.first() if ids.is_id(gate_id, "gat") else None
    if found is None:
        raise NotFound(f"There is no gate result {gate_id[:60]} here.")
    return gate_of(found)


def baselines(workspace_id: str) -> list[BaselineView]:
    """By dataset and name; a workspace has a handful."""
    found = Baseline.everywhere.filter(workspace_id=workspace_id).select_related("dataset", "run")
    return [baseline_of(row) for row in found.order_by("dataset__name", "name")[:200]]


def tagged(workspace_id: str, dataset_id: str, name: str) -> str:
    """The id of the run that a baseline tag points at. Raises NotFound."""
    found = Baseline.everywhere.filter(workspace_id=workspace_id, dataset_id=dataset_id, name=name).first()
    if found is None:
        raise NotFound(f"This dataset has no baseline named {name[:60]}. Move that tag to a run first.")
    return found.run_id


def calibrated(workspace_id: str, judge: str, version: str) -> bool:
    """Whether the newest calibration of this version of a judge held."""
    found = JudgeCalibration.everywhere.filter(workspace_id=workspace_id, judge=judge, judge_version=version)
    return bool(found.order_by("-id").values_list("calibrated", flat=True).first())


def calibrations(workspace_id: str) -> list[JudgeView]:
    """The newest fifty."""
    rows = JudgeCalibration.everywhere.filter(workspace_id=workspace_id).order_by("-id")[:PAGE]
    return [
        JudgeView(row.judge, row.judge_version, row.run_id, row.items, row.raw, row.ac1, row.low, row.high,
                  row.calibrated, row.created_at)
        for row in rows
    ]  # fmt: skip


def examples_of(version_id: str, split: str) -> list[ItemView]:
    """Every example of a version, or of one split of it."""
    found = DatasetItem.objects.filter(version_id=version_id)
    return listed(found.filter(split=split) if split else found)


def slices_of(item: ItemView) -> dict[str, Any]:
    """What a gate can be narrowed to: the slices of the example, and how far it can be trusted."""
    return {"tier": item.provenance.get("tier"), **item.content.get("slices", {})}


def differences(gate: GateView, *, way: str = "", slice_name: str = "", limit: int = PAGE) -> list[Difference]:
    """Pairs of the whole-dataset row that changed, the newly failing first; `way` is "lost", "gained" or both."""
    whole = next((row for row in gate.rows if row["kind"] == "quality"), None)
    if whole is None:
        return []
    ways = [one for one in ("lost", "gained") if way in {"", one}]
    wanted = [(one, revision, n) for one in ways for revision, n in whole[one]]
    shown = _in_slice(gate, wanted, slice_name)[:limit]
    contents = _contents(gate, [revision for _, revision, _ in shown])
    old, new = (_answers(run.id, shown) for run in (gate.baseline, gate.candidate))
    return [
        Difference(revision, contents[revision].external_id, n, one, contents[revision].content,
                   old.get((revision, n), {}), new.get((revision, n), {}))
        for one, revision, n in shown
    ]  # fmt: skip


def _in_slice(gate: GateView, wanted: list[tuple[str, str, int]], name: str) -> list[tuple[str, str, int]]:
    if not name:
        return wanted
    key, _, value = name.partition("=")
    found = _contents(gate, [revision for _, revision, _ in wanted])
    return [one for one in wanted if str(slices_of(found[one[1]]).get(key)) == value]


def _contents(gate: GateView, revisions: Sequence[str]) -> dict[str, ItemView]:
    found = DatasetItem.objects.filter(version_id=gate.candidate.version_id, revision_id__in=set(revisions))
    return {item.revision_id: item for item in listed(found)}


def _answers(run_id: str, shown: Sequence[tuple[str, str, int]]) -> dict[tuple[str, int], dict[str, Any]]:
    rows = EvalItem.objects.filter(run_id=run_id, revision_id__in={revision for _, revision, _ in shown})
    return {
        (row.revision_id, row.repetition): {
            "output": row.output,
            "escalated": row.escalated,
            "error": row.error,
            "scores": row.scores,
            "diagnosis": row.diagnosis,
        }
        for row in rows
    }


def _runs(workspace_id: str) -> QuerySet[EvalRun]:
    return EvalRun.everywhere.filter(workspace_id=workspace_id).select_related(*_RUN)
