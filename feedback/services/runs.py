"""Runs come in: opened, filled in chunks that may be sent twice, and closed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import isfinite
from typing import Any

from approvals import policies
from approvals.errors import BadRequest, Conflict, Fault
from approvals.policy.compiled import Policy
from approvals.policy.evaluate import evaluate
from approvals.policy.trials import WHEN_UNSAID
from approvals.policy.verdict import Context
from audit import record
from audit.actor import Actor
from audit.canonical import canonical
from audit.kinds import EventKind
from feedback import queries, redaction, scoring, splits
from feedback.models import EvalItem, EvalRun
from feedback.queries import evaluation
from feedback.queries.answers import Given, RunView, run_of
from feedback.queries.datasets import ItemView
from tenancy import ids, scope

AT_ONCE = 1_000
REPETITIONS_MAX = 20
KINDS = ("judge", "human", "deterministic")


def open_run(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    version_id: str,
    agent_name: str,
    agent_version: str = "",
    label: str = "",
    split: str = "",
    repetitions: int = 1,
    scorers: Mapping[str, Mapping[str, Any]] | None = None,
    tool_schemas: Mapping[str, str] | None = None,
) -> RunView:
    """`scorers` are those whose scores come with the answers: `{name: {"kind", "version", "rubric"}}`; what is built in
    is added. Raises NotFound (no such frozen version), BadRequest, Conflict (the version is revoked).
    """
    version = queries.find_version(workspace_id, version_id)
    if version.status != "frozen":
        raise Conflict("This version was revoked by an erasure. Freeze the dataset again and run on that.")
    _check(agent_name, split, repetitions, scorers or {})
    with scope.acting(workspace_id):
        row = EvalRun(
            id=ids.new("run", at),
            workspace_id=workspace_id,
            version_id=version.id,
            split=split,
            agent_name=agent_name,
            agent_version=agent_version,
            label=label,
            scorers={name: dict(said) for name, said in (scorers or {}).items()} | _built_in(workspace_id),
            tool_schemas=dict(tool_schemas or {}),
            repetitions=repetitions,
            by_id=actor.id,
            by_name=actor.label,
            created_at=at,
        )
        row.save(force_insert=True)
        _note(EventKind.RUN_OPENED, row, actor, at, {"version": version.id, "agent": agent_name, "split": split})
    return evaluation.find_run(workspace_id, row.pk)


def add_items(*, workspace_id: str, run_id: str, given: Sequence[Given]) -> int:
    """Scores and keeps answers; the same answer once more changes nothing. Says how many are new.

    Raises NotFound, BadRequest (an unknown example, a wrong repetition, a scorer that the run did not name), Conflict
    (the run is closed, or another answer stands in this place).
    """
    run = evaluation.run_row(workspace_id, run_id)
    if run.closed_at is not None:
        raise Conflict("The run is closed. Open another for other answers.", code="run_closed")
    if len(given) > AT_ONCE:
        detail = f"Send at most {AT_ONCE} items at a time."
        raise BadRequest(detail, code="too_many", faults=[Fault("/items", "too_many", detail)])
    known = _known(run)
    policy = _policy(run)
    made = [_item(run, known, policy, place, one) for place, one in enumerate(given)]
    with scope.acting(workspace_id):
        fresh = _fresh(run, made)
        EvalItem.objects.bulk_create(fresh, batch_size=500)
    return len(fresh)


def close_run(*, actor: Actor, at: datetime, workspace_id: str, run_id: str) -> RunView:
    """Nothing comes in any more; closing a closed run changes nothing. Raises NotFound."""
    with scope.acting(workspace_id):
        evaluation.run_row(workspace_id, run_id)
        row = EvalRun.objects.select_for_update(of=("self",)).select_related("version__dataset").get(pk=run_id)
        if row.closed_at is None:
            passed: Counter[str] = Counter()
            diagnoses: Counter[str] = Counter()
            size = 0
            for item in EvalItem.objects.filter(run_id=row.pk).iterator(chunk_size=1000):
                size += 1
                passed.update(name for name, said in item.scores.items() if said["passed"])
                diagnoses[item.diagnosis] += 1
            row.size, row.passed, row.diagnoses, row.closed_at = size, dict(passed), dict(diagnoses), at
            row.save(update_fields=["size", "passed", "diagnoses", "closed_at"])
            _note(EventKind.RUN_CLOSED, row, actor, at, {"size": size, "passed": dict(sorted(passed.items()))})
    return run_of(row)


def _built_in(workspace_id: str) -> dict[str, dict[str, Any]]:
    found = {name: _told(scoring.VERSION) for name in scoring.BUILT_IN}
    active = policies.active(workspace_id)
    return found if active is None else found | {scoring.POLICY: _told(active.version_id)}


def _told(version: str) -> dict[str, Any]:
    return {"kind": "deterministic", "version": version, "rubric": ""}


def _policy(run: EvalRun) -> Policy | None:
    said = run.scorers.get(scoring.POLICY)
    return None if said is None else policies.compiled(said["version"])


def _known(run: EvalRun) -> dict[str, ItemView]:
    found: dict[str, ItemView] = {}
    for item in evaluation.examples_of(run.version_id, run.split):
        found |= {item.external_id: item, item.example_id: item, item.revision_id: item}
    return found


def _item(run: EvalRun, known: Mapping[str, ItemView], policy: Policy | None, place: int, one: Given) -> EvalItem:
    example = known.get(one.example)
    if example is None:
        raise _fault(place, "example", "not_found", f"{one.example[:80]} is no example of what was run on.")
    if not 0 <= one.repetition < run.repetitions:
        raise _fault(place, "repetition", "out_of_range", f"The run has repetitions 0 to {run.repetitions - 1}.")
    if one.output is not None and (set(one.output) != {"tool", "args"} or not isinstance(one.output["args"], dict)):
        raise _fault(place, "output", "bad_format", 'Give {"tool": …, "args": {…}}, or null where no call was made.')
    for name, number in (("latency_ms", one.latency_ms), ("cost", one.cost)):
        if number is not None and not (isfinite(number) and number >= 0):
            raise _fault(place, name, "out_of_range", "Give a number of 0 or more, or null.")
    # The agent answered a redacted question; what it says from elsewhere is no business of a dataset either.
    one = replace(one, **redaction.redacted({"output": one.output, "error": one.error})[0])
    return EvalItem(
        run_id=run.pk,
        revision_id=example.revision_id,
        repetition=one.repetition,
        output=None if one.output is None else dict(one.output),
        escalated=one.escalated,
        error=one.error[:300],
        latency_ms=one.latency_ms,
        cost=one.cost,
        **_scores(run, example, policy, place, one),
    )


def _scores(run: EvalRun, example: ItemView, policy: Policy | None, place: int, one: Given) -> dict[str, Any]:
    scored = scoring.score(example.content, one.output, escalated=one.escalated, error=one.error)
    scores: dict[str, dict[str, Any]] = {
        name: {"passed": said.passed, "value": said.value} for name, said in scored.scores.items()
    }
    if policy is not None:
        allowed = not one.error and _allowed(policy, run.agent_name, one)
        scores[scoring.POLICY] = {"passed": allowed, "value": float(allowed)}
    for name, said in (one.scores or {}).items():
        if name not in run.scorers or name in scores:
            raise _fault(place, f"scores/{name}", "unknown_scorer", "The run did not name this scorer when it opened.")
        scores[name] = {"passed": bool(said["passed"]), "value": said.get("value")}
    return {"scores": scores, "diagnosis": scored.diagnosis.value}


def _allowed(policy: Policy, agent: str, one: Given) -> bool:
    if one.output is None:
        return True
    call = one.output
    # The moment of the policy's own tests: both runs are asked at the same time of day.
    context = Context(agent=agent, actor=agent, tool=call["tool"], args=call["args"], now=WHEN_UNSAID)
    return evaluate(policy, context).effect != "deny"


def _fresh(run: EvalRun, made: Sequence[EvalItem]) -> list[EvalItem]:
    """Those that are not there yet. Raises Conflict where another answer is."""
    there = {
        (row.revision_id, row.repetition): row
        for row in EvalItem.objects.filter(run_id=run.pk, revision_id__in={item.revision_id for item in made})
    }
    fresh: dict[tuple[str, int], EvalItem] = {}
    for place, item in enumerate(made):
        before = there.get((item.revision_id, item.repetition)) or fresh.get((item.revision_id, item.repetition))
        if before is None:
            fresh[item.revision_id, item.repetition] = item
        elif _said(before) != _said(item):
            detail = f"Another answer stands there already (item {place}). A run is not changed; open another."
            raise Conflict(detail, code="answered", faults=[Fault(f"/items/{place}", "answered", detail)])
    return list(fresh.values())


def _said(item: EvalItem) -> bytes:
    return canonical([item.output, item.escalated, item.error, item.latency_ms, item.cost, item.scores])


def _check(agent_name: str, split: str, repetitions: int, scorers: Mapping[str, Mapping[str, Any]]) -> None:
    faults = []
    if not agent_name.strip():
        faults.append(Fault("/agent", "required", "Say which agent answered."))
    if split and split not in splits.NAMES:
        faults.append(Fault("/split", "unknown_word", f"Take one of: {', '.join(splits.NAMES)}, or none for all."))
    if not 1 <= repetitions <= REPETITIONS_MAX:
        faults.append(Fault("/repetitions", "out_of_range", f"Give 1 to {REPETITIONS_MAX}."))
    for name, said in scorers.items():
        if name in scoring.BUILT_IN or name == scoring.POLICY:
            faults.append(Fault(f"/scorers/{name}", "taken", "This scorer is built in. Give yours another name."))
        if said.get("kind") not in KINDS or not said.get("version"):
            faults.append(Fault(f"/scorers/{name}", "bad_format", f"Give a kind ({', '.join(KINDS)}) and a version."))
    if faults:
        raise BadRequest(" ".join(fault.detail for fault in faults), code=faults[0].code, faults=faults)


def _fault(place: int, name: str, code: str, detail: str) -> BadRequest:
    return BadRequest(detail, code=code, faults=[Fault(f"/items/{place}/{name}", code, detail)])


def _note(kind: EventKind, row: EvalRun, actor: Actor, at: datetime, data: dict[str, Any]) -> None:
    record.record(kind=kind, workspace_id=row.workspace_id, actor=actor, at=at, subject=("run", row.pk), data=data)
