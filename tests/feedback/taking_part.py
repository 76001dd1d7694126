"""One person presses every verb of feedback that keeps a name, for tests of what stays of them."""

from datetime import timedelta
from typing import Any

from approvals.strict_json import canonical
from audit.actor import SYSTEM, Door
from feedback import queries, services
from feedback.models import Alert, DatasetVersion, Look
from feedback.queries import VersionView
from feedback.queries.answers import Given
from feedback.readiness import Control
from feedback.services import exporting, planning, readiness, watching
from outbox import jobs
from outbox.models import Job
from tenancy import ids
from tests.cast import Stage
from tests.feedback.deciding import label

CALL = {"tool": "crm.note", "args": {"text": "Called back"}}
SCORERS = {
    name: {"kind": kind, "version": "1", "rubric": ""} for name, kind in (("tone", "judge"), ("people", "human"))
}


def take_part(stage: Stage, name: str, word: str) -> None:
    """`word` is what they write wherever there is room for their own words."""
    given: dict[str, Any] = {
        "actor": stage.member(name).actor(Door.WEB, "password"), "at": stage.at, "workspace_id": stage.id,
    }  # fmt: skip
    user_id = stage.people[name]
    readiness.set_control(name=Control.TRACE_COVERAGE, owner_id=user_id, threshold=0.9, **given)
    services.add_reason(code="too_late_by_far", text="Too late by far", **given)
    evaluate(_frozen(stage, given), user_id, given)
    look(stage, name, word, given)
    alerted(stage, word, given)


def evaluate(version: VersionView, user_id: str, given: dict[str, Any]) -> None:
    """A run with a judge, its baseline, a gate, a scheduled gate and a calibration."""
    run = services.open_run(version_id=version.id, agent_name="otto", scorers=SCORERS, **given)
    said = {scorer: {"passed": True, "value": 1.0} for scorer in SCORERS}
    answers = [Given("case-1", output=CALL, scores=said)]
    services.add_items(workspace_id=given["workspace_id"], run_id=run.id, given=answers)
    services.close_run(run_id=run.id, **given)
    services.move_baseline(run_id=run.id, **given)
    services.check_gate(spec={"name": "release"}, baseline=run.id, candidate=run.id, **given)
    services.calibrate_judge(run_id=run.id, judge_name="tone", human="people", **given)
    planning.plan_gate(
        dataset_id=version.dataset_id, agent_name="otto", spec={"name": "nightly"}, every="day", owner_id=user_id,
        **given,
    )  # fmt: skip


def look(stage: Stage, name: str, word: str, given: dict[str, Any]) -> None:
    """A second look that names another call, and what came of that action later."""
    row = label(stage, 1, at=stage.at - timedelta(hours=1), risk="critical", by="eve")
    services.draw_all(actor=SYSTEM, at=stage.at, workspace_id=stage.id)
    drawn = Look.everywhere.get(label=row, purpose="blind")
    answer = canonical({"tool": "crm.note", "args": {"text": word}})
    services.give(member=stage.member(name), look_id=drawn.pk, verdict="reject", comment=word, answer=answer, **given)
    services.judge_outcome(action_id=row.action_id, right=False, comment=word, **given)


def alerted(stage: Stage, word: str, given: dict[str, Any]) -> None:
    """An alert that they own and closed."""
    day = stage.at.date()
    row = Alert(
        id=ids.new("alr", stage.at), workspace_id=stage.id, metric="override", agent_id=stage.otto.agent_id or "",
        agent_name="otto", tool="crm.note", detector="ewma", cause="drift", day=day, since=day, baseline=0.1,
        rate=0.4, n=90, raised_at=stage.at,
    )  # fmt: skip
    row.save(force_insert=True)
    watching.acknowledge(alert_id=row.pk, **given)
    watching.close(alert_id=row.pk, outcome="true", note=word, **given)


def _frozen(stage: Stage, given: dict[str, Any]) -> VersionView:
    """By a worker, whose orders name who gave them; an export is ordered too."""
    made = services.create_dataset(name="callbacks", recipe=None, **given)
    case = services.Given("case-1", [{"role": "user", "content": "Call me"}], [], [CALL], [], "", {})
    services.add_examples(dataset_id=made.id, given=[case], **given)
    _work(stage, services.start_freeze(dataset_id=made.id, **given))
    version_id = DatasetVersion.everywhere.get(dataset_id=made.id).pk
    exporting.start_export(version_id=version_id, format_name="canonical", **given)
    return queries.find_version(stage.id, version_id)


def _work(stage: Stage, job_id: str) -> None:
    Job.objects.filter(pk=job_id).update(leased_until=stage.at)
    assert jobs.run(job_id=job_id, leased_until=stage.at, now=lambda: stage.at)
