"""Gates: a candidate run is held against a baseline; the tag that names the baseline; judges against people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from approvals.errors import BadRequest, Conflict, Fault
from audit import record
from audit.actor import Actor
from audit.kinds import EventKind
from feedback import overlap
from feedback.agreement.summary import Agreement, summary
from feedback.gate.rows import Verdict
from feedback.gate.runs import Example, Frozen, Item, Run, Scorer
from feedback.gate.spec import Spec, SpecFault, parse
from feedback.gate.verdict import Outcome, judge
from feedback.models import Baseline, EvalItem, EvalRun, GateResult, JudgeCalibration
from feedback.queries import evaluation
from feedback.queries.answers import BaselineView, GateView, baseline_of, gate_of
from outbox import endpoints, post
from tenancy import ids, scope

TAG = "tag:"
NAMED = 10
# A seed of ours, so that the same pairs have the same interval everywhere.
SEED = 20_260_101


def check_gate(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    spec: Any,
    baseline: str,
    candidate: str,
    prompts: Sequence[str] = (),
) -> GateView:
    """Judges and keeps what was said. `spec` is the gate's document; `baseline` and `candidate` are runs by id, or
    `tag:NAME` of the candidate's dataset; `prompts` is what the candidate was told beforehand: where it holds an
    example, the gate is invalid. Raises BadRequest (the spec), NotFound, Conflict (a run is still open).
    """
    asked = _parsed(spec)
    new = _closed(workspace_id, candidate)
    old = _closed(workspace_id, _named(workspace_id, new.version.dataset_id, baseline))
    outcome = _guarded(_judged(workspace_id, asked, old, new), new, prompts)
    with scope.acting(workspace_id):
        row = GateResult(
            id=ids.new("gat", at),
            workspace_id=workspace_id,
            version_id=new.version_id,
            baseline=old,
            candidate=new,
            name=asked.name,
            spec=dict(spec),
            verdict=outcome.verdict.value,
            rows=[_told(asdict(one)) for one in outcome.rows],
            problems=list(outcome.problems),
            by_id=actor.id,
            by_name=actor.label,
            created_at=at,
        )
        row.save(force_insert=True)
        data = {"gate": asked.name, "verdict": row.verdict, "baseline": old.pk, "candidate": new.pk}
        event_id = _note(EventKind.GATE_JUDGED, workspace_id, ("gate", row.pk), actor, at, data)
        post.post_webhook(kind=endpoints.JUDGED, workspace_id=workspace_id, subject=row.pk, ref=event_id, at=at)
    return gate_of(row)


def move_baseline(
    *, actor: Actor, at: datetime, workspace_id: str, run_id: str, name: str = "baseline"
) -> BaselineView:
    """Points the tag at a closed run of its dataset; the one before stays in the audit log. Raises NotFound, Conflict,
    BadRequest (the name).
    """
    if not name.strip() or len(name) > 40:
        detail = "Give the tag a name of 1 to 40 characters."
        raise BadRequest(detail, code="bad_length", faults=[Fault("/name", "bad_length", detail)])
    run = _closed(workspace_id, run_id)
    with scope.acting(workspace_id):
        row = (
            Baseline.objects.select_for_update(of=("self",))
            .filter(dataset_id=run.version.dataset_id, name=name)
            .first()
        )
        before = row.run_id if row else None
        row = row or Baseline(workspace_id=workspace_id, dataset_id=run.version.dataset_id, name=name)
        row.run, row.moved_by, row.moved_at = run, actor.label, at
        row.save()
        data = {"name": name, "from": before, "to": run.pk}
        _note(EventKind.BASELINE_MOVED, workspace_id, ("dataset", run.version.dataset_id), actor, at, data)
    return baseline_of(row)


def calibrate_judge(
    *, actor: Actor, at: datetime, workspace_id: str, run_id: str, judge_name: str, human: str
) -> Agreement:
    """Compares a judge's scores with people's on the same answers of a closed run. It is calibrated where the lower
    bound of AC1 is at least 0.7; below 30 answers nothing is. Raises NotFound, Conflict, BadRequest.
    """
    run = _closed(workspace_id, run_id)
    for name, kind in ((judge_name, "judge"), (human, "human")):
        if run.scorers.get(name, {}).get("kind") != kind:
            detail = f"The run has no scorer {name[:80]} of the kind {kind}."
            raise BadRequest(detail, code="unknown_scorer", faults=[Fault("/scorer", "unknown_scorer", detail)])
    found = summary(_pairs(run, judge_name, human), ("passed", "failed"), seed=SEED)
    with scope.acting(workspace_id):
        row = _calibration(run, judge_name, found, actor, at)
        row.save(force_insert=True)
        data = {"judge": judge_name, "version": row.judge_version, "items": row.items, "calibrated": row.calibrated}
        _note(EventKind.JUDGE_CALIBRATED, workspace_id, ("run", run.pk), actor, at, data)
    return found


def _judged(workspace_id: str, spec: Spec, old: EvalRun, new: EvalRun) -> Outcome:
    examples = {
        item.revision_id: Example(
            str(item.group_key),
            frozenset(f"{key}={value}" for key, value in evaluation.slices_of(item).items()),
        )
        for item in evaluation.examples_of(new.version_id, new.split)
    }
    frozen = Frozen(_identity(new), examples)
    return judge(spec, frozen, _run(workspace_id, spec, old), _run(workspace_id, spec, new))


def _guarded(outcome: Outcome, run: EvalRun, prompts: Sequence[str]) -> Outcome:
    told = list(overlap.leaks(evaluation.examples_of(run.version_id, run.split), prompts))
    if not told:
        return outcome
    some = ", ".join(told[:NAMED]) + (", …" if len(told) > NAMED else "")
    problem = f"The prompt holds {len(told)} of the examples that it is measured with: {some}."
    return replace(outcome, verdict=Verdict.INVALID, problems=(*outcome.problems, problem))


def _run(workspace_id: str, spec: Spec, row: EvalRun) -> Run:
    scorers = {
        name: Scorer(
            said["kind"],
            said["version"],
            said["kind"] != "judge" or evaluation.calibrated(workspace_id, name, said["version"]),
        )
        for name, said in row.scorers.items()
        if name in spec.scorers
    }
    items = tuple(
        Item(
            item.revision_id,
            item.repetition,
            {name: bool(said["passed"]) for name, said in item.scores.items()},
            item.latency_ms,
            item.cost,
            item.error,
        )
        for item in EvalItem.objects.filter(run_id=row.pk).order_by("revision_id", "repetition")
    )
    return Run(_identity(row), scorers, items, row.tool_schemas)


def _identity(row: EvalRun) -> str:
    """Runs on different splits of one version are runs on different datasets."""
    sha256: str = row.version.manifest_sha256
    return f"{sha256}:{row.split}" if row.split else sha256


def _parsed(document: Any) -> Spec:
    try:
        return parse(document)
    except SpecFault as fault:
        text = str(fault)
        pointer = "/spec/" + text.partition(":")[0] if ":" in text else "/spec"
        raise BadRequest(text, code="bad_gate", faults=[Fault(pointer, "bad_gate", text)]) from fault


def _named(workspace_id: str, dataset_id: str, name: str) -> str:
    return evaluation.tagged(workspace_id, dataset_id, name.removeprefix(TAG)) if name.startswith(TAG) else name


def _closed(workspace_id: str, run_id: str) -> EvalRun:
    row = evaluation.run_row(workspace_id, run_id.removeprefix("run:"))
    if row.closed_at is None:
        raise Conflict(f"The run {row.pk} is still open. Close it when all its items are sent.", code="run_open")
    return row


def _pairs(run: EvalRun, judge_name: str, human: str) -> list[tuple[str | None, ...]]:
    return [
        tuple(_word(item.scores.get(name)) for name in (human, judge_name))
        for item in EvalItem.objects.filter(run_id=run.pk).order_by("revision_id", "repetition")
        if human in item.scores and judge_name in item.scores
    ]


def _word(said: Mapping[str, Any] | None) -> str | None:
    return None if said is None else "passed" if said["passed"] else "failed"


def _calibration(run: EvalRun, judge_name: str, found: Agreement, actor: Actor, at: datetime) -> JudgeCalibration:
    interval = found.ac1.interval if found.ac1 else None
    return JudgeCalibration(
        workspace_id=run.workspace_id,
        judge=judge_name,
        judge_version=run.scorers[judge_name]["version"],
        run=run,
        items=found.items,
        raw=found.raw.value if found.raw else None,
        ac1=found.ac1.value if found.ac1 else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        calibrated=found.reading == "anchor",
        by_name=actor.label,
        created_at=at,
    )


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """As JSON keeps it: words and lists."""
    return {
        **row,
        "verdict": row["verdict"].value,
        "gained": [list(place) for place in row["gained"]],
        "lost": [list(place) for place in row["lost"]],
    }


def _note(
    kind: EventKind, workspace_id: str, subject: tuple[str, str], actor: Actor, at: datetime, data: dict[str, Any]
) -> str:
    return record.record(kind=kind, workspace_id=workspace_id, actor=actor, at=at, subject=subject, data=data)
