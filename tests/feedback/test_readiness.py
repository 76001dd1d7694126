"""Five controls with thresholds and owners: how agents stand is read from counts, and each change is a fact."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts import services as accounts
from approvals.errors import BadRequest
from approvals.models import RollupCell, RollupPart
from audit.actor import OPERATOR
from audit.models import Event
from feedback.queries import readiness as queries
from feedback.queries.readiness import AgentReadiness
from feedback.readiness import Control
from feedback.services import readiness as services
from tests.cast import Stage
from tests.feedback.deciding import waive
from tests.feedback.evaluating import answered, failing, gold, judged

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
USUAL = {
    Control.TRACE_COVERAGE: 0.95,
    Control.TOOL_SUCCESS: 0.9,
    Control.POLICY_VIOLATIONS: 50.0,
    Control.PASSING_GATE: 30.0,
    Control.COST_PER_TASK: 2.5,
}


def owned(stage: Stage, owner: str = "ada", **thresholds: float) -> None:
    for name, threshold in USUAL.items():
        services.set_control(
            actor=OPERATOR, at=NOW, workspace_id=stage.id, name=name, owner_id=stage.people[owner],
            threshold=thresholds.get(name, threshold), currency="USD" if name is Control.COST_PER_TASK else "",
        )  # fmt: skip


def counted(stage: Stage, version_id: str = "", **counts: int) -> None:
    """Six days of otto's, all the same."""
    for days in range(6):
        given: dict[str, Any] = {
            "workspace_id": stage.id, "span": "day", "at": MIDNIGHT - timedelta(days=days),
            "agent_id": stage.otto.agent_id, "version_id": version_id, "tool": "billing.refund",
        }  # fmt: skip
        RollupCell.everywhere.create(**given, policy_id="pol_1", **{"proposed": 20, **counts})
        RollupPart.everywhere.create(**given, name="cost", key="USD", n=10, amount=20 + days % 2)
        RollupPart.everywhere.create(**given, name="cost", key="EUR", n=10, amount=900)


def otto(stage: Stage) -> AgentReadiness:
    (found,) = queries.readiness_of(stage.id, NOW)
    return found


def passed(stage: Stage, **options: Any) -> None:
    run = answered(stage, gold(stage, 2, name=options.pop("name", "gold")), **options)
    judged(stage, run, run, margin=0.6, n_min=1)


def test_an_agent_that_meets_all_five_is_ready(stage: Stage) -> None:
    stage.at = NOW - timedelta(days=2)
    passed(stage)
    owned(stage)
    counted(stage, traced=20, succeeded=15)
    found = otto(stage)
    assert [(one.control.name.value, one.standing.value, one.figure.n) for one in found.stands] == [
        ("trace_coverage", "met", 120),
        ("tool_success", "met", 90),
        ("policy_violations", "met", 120),
        ("passing_gate", "met", 1),
        ("cost_per_task", "met", 60),
    ]
    assert (found.is_ready, found.stands[3].figure.value, found.stands[4].figure.value) == (True, 2.0, 123 / 60)


def test_without_owners_nothing_is_met(stage: Stage) -> None:
    counted(stage, traced=20, succeeded=15)
    assert otto(stage).lacking == list(Control)
    assert queries.lacking_without_record(stage.id) == list(Control)
    waive(stage)
    assert (otto(stage).lacking, queries.lacking_without_record(stage.id)) == ([], [])


def test_an_owner_who_left_answers_for_nothing(stage: Stage) -> None:
    counted(stage)
    waive(stage)
    assert otto(stage).is_ready
    accounts.change_role(actor=OPERATOR, at=NOW, workspace_id=stage.id, user_id=stage.people["ada"], role="viewer")
    assert {one.standing for one in otto(stage).stands} == {"nobody answers for it"}


def test_the_newest_version_begins_with_nothing(stage: Stage) -> None:
    owned(stage)
    given: dict[str, Any] = {"actor": OPERATOR, "workspace_id": stage.id, "agent_id": stage.otto.agent_id}
    old = accounts.register_version(at=NOW - timedelta(days=9), manifest={"model": "a"}, **given)
    new = accounts.register_version(at=NOW - timedelta(days=1), manifest={"model": "b"}, **given)
    counted(stage, old.id, traced=20, succeeded=20)
    assert otto(stage).version_id == old.id
    counted(stage, new.id)
    found = otto(stage)
    assert (found.version_id, found.lacking) == (
        new.id,
        ["trace_coverage", "tool_success", "passing_gate"],
    )


def test_a_gate_counts_where_the_newest_verdict_on_this_version_is_a_pass(stage: Stage) -> None:
    stage.at = NOW - timedelta(days=3)
    version = accounts.register_version(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, agent_id=stage.otto.agent_id or "",
        manifest={"model": "b", "label": "2026-11"},
    )  # fmt: skip
    owned(stage)
    counted(stage, version.id)
    passed(stage, agent_version="2026-10")
    assert otto(stage).stands[3].figure.value is None
    passed(stage, name="second", agent_version="2026-11")
    assert otto(stage).stands[3].figure.value == 3.0
    stage.at = NOW - timedelta(days=1)
    frozen = gold(stage, 12, name="third")
    old = answered(stage, frozen)
    judged(stage, old, answered(stage, frozen, failing(set(range(12))), agent_version="2026-11"), n_min=1)
    assert otto(stage).stands[3].standing == "not shown"


def test_each_change_is_a_fact_once(stage: Stage) -> None:
    counted(stage)
    assert [services.look(at=NOW, workspace_id=stage.id) for _ in range(2)] == [1, 0]
    waive(stage)
    kinds = list(Event.objects.filter(kind="readiness:changed").values_list("kind", flat=True))
    set_ = Event.objects.filter(kind="control:set").count()
    assert (len(kinds), set_, otto(stage).is_ready) == (6, 5, True)
    assert services.look(at=NOW, workspace_id=stage.id) == 0


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"name": "speed"}, "/name"),
        ({"owner_id": "usr_x"}, "/owner"),
        ({"threshold": None}, "/threshold"),
        ({"threshold": 1.5}, "/threshold"),
        ({"threshold": float("nan")}, "/threshold"),
        ({"waived": True}, "/why"),
        ({"name": "cost_per_task"}, "/currency"),
    ],
)
def test_a_mistaken_control_says_where(stage: Stage, given: dict[str, Any], pointer: str) -> None:
    usual: dict[str, Any] = {"name": "tool_success", "owner_id": stage.people["ada"], "threshold": 0.9}
    with pytest.raises(BadRequest) as raised:
        services.set_control(actor=OPERATOR, at=NOW, workspace_id=stage.id, **{**usual, **given})
    assert [fault.pointer for fault in raised.value.faults] == [pointer]


def test_a_viewer_answers_for_nothing(stage: Stage) -> None:
    with pytest.raises(BadRequest, match="may read evaluation"):
        owned(stage, owner="vera")


def test_nothing_of_demo_stands_in_other(stage: Stage, other: Stage) -> None:
    counted(stage)
    waive(stage)
    assert queries.readiness_of(other.id, NOW) == []
    assert queries.lacking_without_record(other.id) == list(Control)
