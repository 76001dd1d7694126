"""Gates that are judged by themselves: at each new run or by the calendar, once, and their owner is told."""

from datetime import timedelta
from typing import Any

import pytest

from accounts import services as accounts
from approvals.errors import BadRequest, NotFound
from audit.actor import OPERATOR
from audit.models import Event
from console.mail import gates as letters
from feedback import services
from feedback.queries import VersionView, evaluation, plans
from feedback.services import planning
from outbox import jobs
from outbox.models import Job, Message
from outbox.types import Delivery
from tests.cast import Stage
from tests.feedback.evaluating import answered, gold

SPEC = {"name": "nightly", "margin": 0.6, "n_min": 1}


def planned(stage: Stage, version: VersionView, **options: Any) -> str:
    given = {"agent_name": "otto", "spec": SPEC, "every": "run", "owner_id": stage.people["ada"], **options}
    return planning.plan_gate(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, dataset_id=version.dataset_id, **given
    )


def later(stage: Stage, **span: int) -> None:
    stage.at += timedelta(**span)


def fired(stage: Stage) -> list[str]:
    """What the jobs came to that this look handed out."""
    before = set(Job.objects.values_list("pk", flat=True))
    planning.fire_due(at=stage.at)
    made = list(Job.objects.filter(kind="gate").exclude(pk__in=before))
    for job in made:
        Job.objects.filter(pk=job.pk).update(leased_until=stage.at)
        jobs.run(job_id=job.pk, leased_until=stage.at, now=lambda: stage.at)
        job.refresh_from_db()
    return [job.outcome for job in made]


def told(stage: Stage) -> list[tuple[str, str]]:
    """Kind and body of each letter."""
    found = []
    for row in Message.objects.filter(sink="mail", kind__startswith="gate.", workspace_id=stage.id).order_by("id"):
        letter = letters.about_gate(Delivery(row.pk, stage.id, row.kind, row.subject, row.payload, 0, row.created_at))
        found.append((row.kind, letter.body if letter else ""))
    return found


def based(stage: Stage, version: VersionView) -> None:
    run = answered(stage, version)
    services.move_baseline(actor=OPERATOR, at=stage.at, workspace_id=stage.id, run_id=run.id)


def test_each_new_run_is_judged_once_and_ada_is_told(stage: Stage) -> None:
    version = gold(stage, 2)
    based(stage, version)
    planned(stage, version)
    later(stage, minutes=2)
    assert fired(stage) == []
    run = answered(stage, version, agent_version="2026-11")
    later(stage, minutes=2)
    assert [fired(stage), fired(stage)] == [["done"], []]
    (plan,) = plans.plans(stage.id)
    (gate,) = evaluation.gates(stage.id)
    assert (plan.gate_id, plan.verdict, gate.candidate.id, gate.by_name) == (gate.id, "pass", run.id, "Countersign")
    ((kind, body),) = told(stage)
    assert (kind, "nightly of otto on gold passed." in body, f"/w/demo/evaluation/gates/{gate.id}" in body) == (
        "gate.judged",
        True,
        True,
    )


def test_a_daily_gate_without_a_new_run_says_so(stage: Stage) -> None:
    version = gold(stage, 1)
    based(stage, version)
    planned(stage, version, every="day")
    later(stage, hours=23)
    assert fired(stage) == []
    later(stage, hours=2)
    assert fired(stage) == []
    assert [(kind, "has no new run on gold" in body) for kind, body in told(stage)] == [("gate.unfed", True)]
    (plan,) = plans.plans(stage.id)
    assert plan.next_at == stage.at + timedelta(hours=23)


def test_a_pulse_that_was_away_catches_up_once(stage: Stage) -> None:
    version = gold(stage, 1)
    planned(stage, version, every="day")
    later(stage, days=9, hours=1)
    planning.fire_due(at=stage.at)
    planning.fire_due(at=stage.at)
    assert len(told(stage)) == 1


def test_a_gate_without_its_baseline_says_why(stage: Stage) -> None:
    version = gold(stage, 1)
    planned(stage, version)
    answered(stage, version)
    later(stage, minutes=2)
    assert fired(stage) == ["failed"]
    assert [(kind, "has no baseline named baseline" in body) for kind, body in told(stage)] == [("gate.failed", True)]


def test_it_ends_with_its_owner_or_by_hand(stage: Stage) -> None:
    version = gold(stage, 1)
    planned(stage, version, owner_id=stage.people["ben"])
    mine = planned(stage, version)
    accounts.change_role(actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people["ben"], role="viewer")
    later(stage, minutes=2)
    planning.fire_due(at=stage.at)
    assert [plan.id for plan in plans.plans(stage.id)] == [mine]
    given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id, "plan_id": mine}
    planning.end_plan(**given)
    assert plans.plans(stage.id) == []
    with pytest.raises(NotFound):
        planning.end_plan(**given)
    kinds = Event.objects.filter(kind__in=("gate:planned", "gate:unplanned")).values_list("kind", flat=True)
    assert sorted(kinds) == ["gate:planned"] * 2 + ["gate:unplanned"] * 2


@pytest.mark.parametrize(
    ("given", "pointer"),
    [({"every": "hour"}, "/every"), ({"owner_id": "x"}, "/owner"), ({"spec": {"margin": 1}}, "/spec"),
     ({"agent_name": " "}, "/agent")],
)  # fmt: skip
def test_a_mistaken_plan_says_where(stage: Stage, given: dict[str, Any], pointer: str) -> None:
    with pytest.raises(BadRequest) as raised:
        planned(stage, gold(stage, 1), **given)
    assert [fault.pointer for fault in raised.value.faults] == [pointer]
