"""Runs on frozen versions, and gates between them: kept for good, and told as they are."""

from typing import Any
from xml.etree import ElementTree

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from approvals.errors import BadRequest, Conflict, NotFound
from audit.actor import OPERATOR
from audit.models import Event
from feedback import queries, services
from feedback.queries import evaluation
from feedback.queries.answers import Given
from tests.cast import Stage
from tests.feedback.evaluating import answered, expected, failing, gold, judged, opened
from tests.feedback.learning import dataset, decided, frozen


def told(event: Event) -> Any:
    return orjson.loads(bytes(event.body))["data"]


def test_a_run_is_scored_as_it_comes_in(stage: Stage) -> None:
    version = gold(stage, 4)
    wrong = {"tool": "billing.refund", "args": {"customer_id": "x", "amount_usd": -3}}
    run = answered(stage, version, lambda n: [expected(0), None, wrong, expected(0)][n])
    assert run.size == 4
    assert run.passed == {"correct": 1, "tool": 2, "arguments": 1, "must_not": 4, "schema": 3, "policy": 3}
    assert run.diagnoses == {"fine": 1, "missing call": 1, "wrong arguments": 1, "wrong tool": 1}
    kinds = list(Event.objects.filter(subject_id=run.id).values_list("kind", flat=True))
    assert sorted(kinds) == ["run:closed", "run:opened"]


def test_what_the_policy_denies_does_not_comply(stage: Stage) -> None:
    version = gold(stage, 1)
    run = answered(stage, version, lambda n: {"tool": "crm.delete", "args": {"id": "1"}})
    assert "policy" not in run.passed


def test_the_same_chunk_twice_changes_nothing_and_another_answer_is_refused(stage: Stage) -> None:
    version = gold(stage, 2)
    run = opened(stage, version)
    given = [Given("case-0000", output=expected(0)), Given("case-0001")]
    assert [services.add_items(workspace_id=stage.id, run_id=run.id, given=given) for _ in range(2)] == [2, 0]
    with pytest.raises(Conflict) as refused:
        services.add_items(workspace_id=stage.id, run_id=run.id, given=[Given("case-0001", output=expected(1))])
    assert (refused.value.code, refused.value.faults[0].pointer) == ("answered", "/items/0")


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        (Given("case-9999"), "/items/0/example"),
        (Given("case-0000", repetition=1), "/items/0/repetition"),
        (Given("case-0000", output={"tool": "x"}), "/items/0/output"),
        (Given("case-0000", latency_ms=float("nan")), "/items/0/latency_ms"),
        (Given("case-0000", cost=-1.0), "/items/0/cost"),
        (Given("case-0000", scores={"mine": {"passed": True}}), "/items/0/scores/mine"),
        (Given("case-0000", scores={"correct": {"passed": True}}), "/items/0/scores/correct"),
    ],
)
def test_a_wrong_item_says_where(stage: Stage, given: Given, pointer: str) -> None:
    version = gold(stage, 1)
    run = opened(stage, version)
    with pytest.raises(BadRequest) as refused:
        services.add_items(workspace_id=stage.id, run_id=run.id, given=[given])
    assert refused.value.faults[0].pointer == pointer


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"agent_name": " "}, "/agent"),
        ({"split": "test"}, "/split"),
        ({"repetitions": 21}, "/repetitions"),
        ({"scorers": {"correct": {"kind": "judge", "version": "1"}}}, "/scorers/correct"),
        ({"scorers": {"tone": {"kind": "guess", "version": "1"}}}, "/scorers/tone"),
        ({"scorers": {"tone": {"kind": "judge", "version": ""}}}, "/scorers/tone"),
    ],
)
def test_a_run_that_cannot_be_opened_says_why(stage: Stage, options: dict[str, Any], pointer: str) -> None:
    version = gold(stage, 1)
    given = {"agent_name": "otto", **options}
    with pytest.raises(BadRequest) as refused:
        services.open_run(actor=OPERATOR, at=stage.at, workspace_id=stage.id, version_id=version.id, **given)
    assert refused.value.faults[0].pointer == pointer


def test_the_database_keeps_what_was_answered_and_said(stage: Stage) -> None:
    version = gold(stage, 2)
    run = answered(stage, version)
    judged(stage, run, run)
    for statement in (
        "update feedback_evalitem set error = 'x'",
        "delete from feedback_evalitem",
        f"insert into feedback_evalitem (run_id, revision_id, repetition, escalated, error, scores, diagnosis)"
        f" values ('{run.id}', 'exr_1', 0, false, '', '{{}}', '')",
        "update feedback_evalrun set size = 1",
        "delete from feedback_evalrun",
        "update feedback_gateresult set verdict = 'pass'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(Conflict, match="The run is closed"):
        services.add_items(workspace_id=stage.id, run_id=run.id, given=[])


def test_a_gate_is_judged_and_kept(stage: Stage) -> None:
    version = gold(stage, 60)
    old, new = answered(stage, version), answered(stage, version, failing(set(range(0, 20, 2))))
    found = judged(stage, old, new, slices=["tool=billing.refund", "tool=crm.note"])
    whole, refunds, notes = found.rows
    assert (found.verdict, whole["verdict"], whole["n"], whole["old"]) == ("fail", "fail", 60, 1.0)
    assert whole["low"] < whole["difference"] < 0
    assert (refunds["verdict"], len(refunds["lost"]), notes["verdict"]) == ("fail", 10, "inconclusive")
    assert evaluation.find_gate(stage.id, found.id) == found
    (event,) = Event.objects.filter(kind="gate:judged")
    assert told(event) == {"gate": "release", "verdict": "fail", "baseline": old.id, "candidate": new.id}


def test_the_pairs_that_changed_come_with_both_calls(stage: Stage) -> None:
    version = gold(stage, 6)
    found = judged(stage, answered(stage, version, failing({0})), answered(stage, version, failing({2, 3})))
    pairs = evaluation.differences(found)
    assert [(pair.way, pair.example) for pair in pairs[:2]] in (
        [("lost", "case-0002"), ("lost", "case-0003")],
        [("lost", "case-0003"), ("lost", "case-0002")],
    )
    assert [(pair.way, pair.example) for pair in pairs[2:]] == [("gained", "case-0000")]
    lost = next(pair for pair in pairs if pair.example == "case-0002")
    assert (lost.old["output"], lost.new["output"], lost.new["diagnosis"]) == (expected(2), None, "missing call")
    only = evaluation.differences(found, way="lost", slice_name="tool=crm.note")
    assert [pair.example for pair in only] == ["case-0003"]


def test_20_identical_runs_are_inconclusive(stage: Stage) -> None:
    version = gold(stage, 20)
    assert judged(stage, answered(stage, version), answered(stage, version)).verdict == "inconclusive"


def test_what_may_not_be_compared_is_invalid(stage: Stage) -> None:
    version, other = gold(stage, 3), gold(stage, 2, "other")
    run = answered(stage, version)
    assert judged(stage, run, answered(stage, version, n=2)).verdict == "invalid"
    assert judged(stage, run, run, slices=["tool=nothing"]).problems == ["The dataset has no slice 'tool=nothing'."]
    assert "another dataset" in judged(stage, answered(stage, other), run).problems[0]


def test_an_open_run_is_not_judged(stage: Stage) -> None:
    version = gold(stage, 1)
    run = opened(stage, version)
    with pytest.raises(Conflict, match="still open"):
        judged(stage, run, run)


def test_a_wrong_spec_points_at_its_field(stage: Stage) -> None:
    run = answered(stage, gold(stage, 1))
    with pytest.raises(BadRequest) as refused:
        judged(stage, run, run, margin=2)
    assert refused.value.faults[0].pointer == "/spec/margin"


def test_the_baseline_tag_moves_and_leaves_a_fact(stage: Stage) -> None:
    version = gold(stage, 2)
    one, two = answered(stage, version), answered(stage, version)
    for run in (one, two):
        services.move_baseline(actor=OPERATOR, at=stage.at, workspace_id=stage.id, run_id=run.id)
    assert evaluation.tagged(stage.id, version.dataset_id, "baseline") == two.id
    # Ids of one moment are in no order.
    moved = [told(event) for event in Event.objects.filter(kind="baseline:moved")]
    assert sorted(moved, key=lambda told: told["from"] is not None) == [
        {"name": "baseline", "from": None, "to": one.id},
        {"name": "baseline", "from": one.id, "to": two.id},
    ]
    asked: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id, "spec": {"name": "x"}}
    found = services.check_gate(baseline="tag:baseline", candidate=one.id, **asked)
    assert found.baseline.id == two.id
    with pytest.raises(NotFound, match="no baseline named prod"):
        services.check_gate(baseline="tag:prod", candidate=one.id, **asked)


TONE = {"tone": {"kind": "judge", "version": "m1", "rubric": "kind"}, "read": {"kind": "human", "version": "1"}}


def test_a_judge_lets_something_pass_once_it_agreed_with_people(stage: Stage) -> None:
    version = gold(stage, 150)
    scores = lambda n: {"tone": {"passed": n % 9 != 0}, "read": {"passed": n % 9 != 0}}  # noqa: E731
    run = answered(stage, version, scores=scores, scorers=TONE)
    before = judged(stage, run, run, scorer="tone")
    found = services.calibrate_judge(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, run_id=run.id, judge_name="tone", human="read"
    )
    after = judged(stage, run, run, scorer="tone")
    assert (before.verdict, found.reading, after.verdict) == ("inconclusive", "anchor", "pass")
    assert "was not calibrated" in before.rows[0]["reason"]


def test_a_judge_that_disagrees_or_was_hardly_compared_is_not_calibrated(stage: Stage) -> None:
    version = gold(stage, 60)
    at_odds = answered(
        stage, version, scores=lambda n: {"tone": {"passed": True}, "read": {"passed": n % 2 == 0}}, scorers=TONE
    )
    few = answered(stage, gold(stage, 20, "few"), scores=lambda n: {"tone": {"passed": True}, "read": {"passed": True}},
                   scorers=TONE)  # fmt: skip
    readings = [
        services.calibrate_judge(
            actor=OPERATOR, at=stage.at, workspace_id=stage.id, run_id=run.id, judge_name="tone", human="read"
        )
        for run in (at_odds, few)
    ]
    assert [(found.enough, found.reading) for found in readings] == [(True, "fix"), (False, "fix")]
    assert not evaluation.calibrated(stage.id, "tone", "m1")


def test_people_are_no_judge(stage: Stage) -> None:
    run = answered(stage, gold(stage, 1))
    with pytest.raises(BadRequest, match="no scorer tone of the kind judge"):
        services.calibrate_judge(
            actor=OPERATOR, at=stage.at, workspace_id=stage.id, run_id=run.id, judge_name="tone", human="read"
        )


def test_decisions_become_a_dataset_that_is_run_on(stage: Stage) -> None:
    decided(stage)
    decided(stage, "reject", args={"customer_id": "cus_9", "amount_usd": 400})
    version = frozen(stage, dataset(stage))
    run = opened(stage, version)
    given = [Given(item.revision_id, output=item.content["proposed"]) for item in queries.items(stage.id, version.id)]
    services.add_items(workspace_id=stage.id, run_id=run.id, given=given)
    closed = services.close_run(actor=OPERATOR, at=stage.at, workspace_id=stage.id, run_id=run.id)
    assert closed.diagnoses == {"fine": 1, "needless call": 1}


@pytest.mark.parametrize("find", [evaluation.find_run, evaluation.find_gate])
@pytest.mark.parametrize("text", ["x", "run_01m7wazxb0esgvqf5qdsgq3vw5", "gat_01m7wazxb0esgvqf5qdsgq3vw5"])
def test_what_is_not_here_is_not_found(stage: Stage, find: Any, text: str) -> None:
    with pytest.raises(NotFound):
        find(stage.id, text)


def test_cleo_sees_no_run_of_demo(stage: Stage, other: Stage) -> None:
    run = answered(stage, gold(stage, 1))
    found = judged(stage, run, run)
    for find, name in ((evaluation.find_run, run.id), (evaluation.find_gate, found.id)):
        with pytest.raises(NotFound):
            find(other.id, name)
    assert (evaluation.runs(other.id), evaluation.gates(other.id), evaluation.baselines(other.id)) == ([], [], [])


def check(stage: Stage, tmp_path: Any, *options: str, spec: str = "name: release\nmargin: 0.02\n") -> int:
    """The exit code of the command."""
    (tmp_path / "gate.yaml").write_text(spec)
    given = ["--workspace", "demo", "--spec", str(tmp_path / "gate.yaml"), *options]
    with pytest.raises((SystemExit, CommandError)) as ended:
        call_command("gate", "check", *given)
    return int(getattr(ended.value, "returncode", None) or getattr(ended.value, "code", 0) or 0)


def test_the_command_exits_with_the_verdict_and_writes_for_ci(
    stage: Stage, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    version = gold(stage, 140)
    good, bad, part = (
        answered(stage, version),
        answered(stage, version, failing(set(range(30)))),
        answered(stage, version, n=9),
    )
    call_command("gate", "baseline", "--workspace", "demo", "--run", good.id)
    assert check(stage, tmp_path, "--candidate", good.id) == 0
    assert "## Pass: gate release" in capsys.readouterr().out
    folder = str(tmp_path / "out")
    assert check(stage, tmp_path, "--candidate", bad.id, "--format", "json,junit,markdown", "--output", folder) == 1
    tree = orjson.loads((tmp_path / "out" / "gate.json").read_bytes())
    suite = ElementTree.parse(tmp_path / "out" / "gate.xml").getroot()
    text = (tmp_path / "out" / "gate.md").read_text()
    assert (tree["verdict"], len(tree["rows"][0]["lost"])) == ("fail", 30)
    assert (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["errors"]) == ("1", "1", "0")
    assert "| all examples | Fail | 140 | 100.0 % | 78.6 % |" in text
    assert check(stage, tmp_path, "--candidate", part.id) == 3
    wide = "name: release\nmargin: 0.01\n"
    assert check(stage, tmp_path, "--candidate", good.id, spec=wide) == 2
    assert check(stage, tmp_path, "--candidate", good.id, "--inconclusive", "0", spec=wide) == 0


@pytest.mark.parametrize("options", [["--candidate", "run_x"], ["--candidate", "run_x", "--format", "pdf"]])
def test_a_usage_error_is_no_verdict(stage: Stage, tmp_path: Any, options: list[str]) -> None:
    assert check(stage, tmp_path, *options) == 4


def test_a_spec_that_is_no_yaml_is_a_usage_error(stage: Stage, tmp_path: Any) -> None:
    assert check(stage, tmp_path, "--candidate", "run_x", spec="{") == 4


def test_how_far_examples_can_be_trusted_is_a_slice_of_a_gate(stage: Stage) -> None:
    version = gold(stage, 40)
    found = judged(
        stage, answered(stage, version), answered(stage, version, failing(set(range(12)))), slices=["tier=gold"]
    )
    assert [(row["name"], row["n"], row["verdict"]) for row in found.rows] == [
        ("all examples", 40, "fail"),
        ("tier=gold", 40, "fail"),
    ]
    assert len(evaluation.differences(found, slice_name="tier=gold")) == 12
