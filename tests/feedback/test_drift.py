"""What comes in is counted by day; what is new, gone or moved is told, with its cause."""

from datetime import UTC, datetime, timedelta
from typing import Any

from approvals.policy.document import parse
from audit.actor import OPERATOR
from feedback.models import SignalDay, StreamDay
from feedback.queries import confidence, series
from feedback.queries.streams import Stream, streams
from feedback.services import tallying, watching
from tests.cast import POLICY, Stage
from tests.feedback.deciding import label
from tests.feedback.learning import learn

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
THEN = NOW - timedelta(days=20)


def came(stage: Stage, n: int, at: datetime, **given: Any) -> None:
    for i in range(n):
        label(stage, i, at=at, **given)


def found(stage: Stage) -> Stream:
    while watching.count(at=NOW, workspace_id=stage.id):
        pass
    (one,) = streams(stage.id, NOW)
    return one


def raised(stage: Stage) -> list[tuple[str, str, str]]:
    found(stage)
    watching.watch_streams(at=NOW, workspace_id=stage.id)
    return [(one.metric, one.cause, one.detail) for one in series.alerts(stage.id, closed=False)]


def test_a_new_argument_is_told_at_once_and_only_once(stage: Stage) -> None:
    came(stage, 30, THEN, args={"text": "a"})
    label(stage, 99, at=NOW - timedelta(hours=1), args={"text": "a", "cc": "b@c.example"})
    assert raised(stage) == [("schema", "drift", "New: argument cc (text).")]
    (alert,) = series.alerts(stage.id, closed=False)
    watching.close(actor=OPERATOR, at=NOW, workspace_id=stage.id, alert_id=alert.id, outcome="false")
    later = NOW + timedelta(days=1)
    assert watching.watch_streams(at=later, workspace_id=stage.id) == 0
    label(stage, 100, at=NOW - timedelta(minutes=30), args={"text": "a", "bcc": 1})
    assert raised(stage) == [("schema", "drift", "New: argument bcc (number), argument cc (text).")]


def test_an_argument_of_another_kind_is_new_and_a_larger_number_is_not(stage: Stage) -> None:
    came(stage, 30, THEN, args={"amount": 10})
    label(stage, 98, at=NOW - timedelta(hours=1), args={"amount": 9000})
    assert raised(stage) == []
    label(stage, 99, at=NOW - timedelta(minutes=30), args={"amount": "9000"})
    assert raised(stage) == [("schema", "drift", "New: argument amount (text).")]


def test_another_model_comes_with_its_version(stage: Stage) -> None:
    came(stage, 30, THEN, version="ver_old", claims={"agent_version": {"model": "m-1"}})
    came(stage, 2, NOW - timedelta(days=1), version="ver_new", claims={"agent_version": {"model": "m-2"}})
    assert raised(stage) == [("source", "version", "New: model (m-2).")]


def test_what_moved_with_a_policy_is_told_as_that(stage: Stage) -> None:
    came(stage, 200, THEN, policy="pol_old", args={"amount": 10}, claims={"confidence": 0.95})
    came(stage, 200, NOW - timedelta(days=1), policy="pol_new", args={"amount": 10}, claims={"confidence": 0.55})
    assert raised(stage) == [("mix", "policy", "Moved: confidence.")]
    assert series.open_alerts(stage.id, stage.otto.agent_id or "", "crm.note") == 0
    (row,) = [one for one in found(stage).mixes if one.alert]
    assert (row.feature, row.shift.n) == ("confidence", 200)


def test_few_calls_move_nothing(stage: Stage) -> None:
    came(stage, 60, THEN, claims={"confidence": 0.95})
    came(stage, 40, NOW - timedelta(days=1), claims={"confidence": 0.55})
    assert (raised(stage), [one.alert for one in found(stage).mixes if one.feature == "confidence"]) == ([], [False])


def test_calls_are_added_up_over_chunks_and_none_twice(stage: Stage) -> None:
    came(stage, 3, THEN, args={"amount": 10})
    found(stage)
    came(stage, 2, THEN + timedelta(minutes=5), args={"amount": 10})
    found(stage)
    rows = StreamDay.everywhere.filter(feature__in=("all", "argument:amount")).order_by("feature")
    assert list(rows.values_list("feature", "value", "n")) == [("all", "", 5), ("argument:amount", "10 to 20", 5)]


def test_what_is_older_than_a_quarter_goes(stage: Stage) -> None:
    came(stage, 1, NOW - timedelta(days=91), args={})
    came(stage, 1, NOW - timedelta(days=89), args={})
    watching.count(at=NOW, workspace_id=stage.id)
    assert tallying.forget(at=NOW, workspace_id=stage.id) == StreamDay.everywhere.count() > 0
    assert set(StreamDay.everywhere.values_list("day", flat=True)) == {(NOW - timedelta(days=89)).date()}


def test_late_decisions_are_a_signal(stage: Stage) -> None:
    soon, late = stage.submit(), stage.submit()
    stage.review("ada", soon)
    stage.review("ada", late, at=late.target_at + timedelta(minutes=1))
    learn(stage)
    assert watching.count(at=stage.at + timedelta(days=1), workspace_id=stage.id) == 2
    rows = SignalDay.everywhere.filter(metric__in=("late", "escalated")).order_by("metric")
    assert list(rows.values_list("metric", "x", "n")) == [("escalated", 0, 2), ("late", 1, 2)]


def test_streams_of_demo_are_not_those_of_other(stage: Stage, other: Stage) -> None:
    came(stage, 1, THEN)
    found(stage)
    assert list(streams(other.id, NOW)) == []


TRUSTING = (
    POLICY
    + """\
  - {id: sure-notes, tools: [crm.note], when: ["confidence > 0.9"], effect: allow}
"""
)


def warned(stage: Stage) -> list[str]:
    return [one.detail for one in confidence.advice(parse(TRUSTING), stage.id)]


def test_a_rule_that_trusts_an_unknown_confidence_is_warned_of(stage: Stage) -> None:
    assert warned(stage) == [
        "sure-notes trusts a confidence that no decision was held against yet; calibration takes 100"
    ]
    came(stage, 60, THEN, claims={"confidence": 0.95})
    assert warned(stage) == [
        "sure-notes trusts the confidence of otto for crm.note, which was held against 60 of 100 decisions so far"
    ]
    assert confidence.advice(parse(POLICY), stage.id) == ()


def test_a_calibrated_confidence_may_be_trusted_and_a_vain_one_not(stage: Stage) -> None:
    came(stage, 95, THEN, claims={"confidence": 0.95})
    came(stage, 5, THEN, claims={"confidence": 0.95}, kind="rejected")
    assert warned(stage) == []
    came(stage, 30, THEN, claims={"confidence": 0.95}, kind="rejected")
    (row,) = confidence.spoken(stage.id)
    assert (row.agent_name, row.tool, row.found.n, row.found.calibrated) == ("otto", "crm.note", 130, False)
    assert warned(stage) == [
        "sure-notes trusts the confidence of otto for crm.note, which is off by 0.22 on average over 130 decisions; "
        "0.1 is tolerated"
    ]
