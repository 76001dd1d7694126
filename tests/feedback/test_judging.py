"""Scores of DeepEval and Ragas, from files that these wrote (tests/loaders/load_judges.py), on the way into a gate."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.actor import OPERATOR
from feedback import services
from feedback.judging import of_deepeval, of_ragas
from feedback.queries import evaluation
from tests.cast import Stage
from tests.feedback.evaluating import expected, gold, judged

KEPT = Path(__file__).parent.parent / "fixtures" / "judges"
TONE = "Tone [GEval]"


def kept(name: str) -> str:
    return (KEPT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["deepeval.json", "deepeval-run.json"])
def test_deepeval_says_itself_what_passed_and_what_broke_off_did_not(name: str) -> None:
    found = of_deepeval(kept(name))
    assert found.scorers == {TONE: {"kind": "judge", "version": "gpt-4.1, from 0.7", "rubric": ""}}
    assert found.scores == {
        "case-0000": {TONE: {"passed": True, "value": 0.9}},
        "case-0001": {TONE: {"passed": False, "value": 0.2}},
        "case-0002": {TONE: {"passed": False, "value": None}},
    }


@pytest.mark.parametrize("name", ["ragas.json", "ragas.jsonl"])
def test_ragas_passes_what_reaches_its_threshold(name: str) -> None:
    found = {at: of_ragas(kept(name), {"tool_call_accuracy": at}) for at in (1.0, 1.1)}
    assert [[one["tool_call_accuracy"]["passed"] for one in found[at].scores.values()] for at in found] == [
        [True, False, False],
        [False, False, False],
    ]
    assert found[1.0].scorers["tool_call_accuracy"]["version"] == "ragas, from 1"
    assert found[1.0].scores["case-0002"]["tool_call_accuracy"]["value"] is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no JSON"),
        ("{}", "no test results"),
        ('{"test_results": []}', "no scores"),
        ('{"test_results": [{"name": "", "metrics_data": [{"name": "a"}]}]}', "names no example"),
        ('{"test_results": [{"name": "x", "metrics_data": [{"name": "a"}, {"name": "a"}]}]}', "judged x twice"),
        (
            '{"test_results": [{"name": "x", "metrics_data": [{"name": "a", "threshold": 0.5}]},'
            ' {"name": "y", "metrics_data": [{"name": "a", "threshold": 0.6}]}]}',
            "two versions",
        ),
    ],
)
def test_what_cannot_be_read_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        of_deepeval(text)


def test_ragas_without_a_threshold_or_a_metric_says_so() -> None:
    with pytest.raises(ValueError, match=r"--threshold tool_call_accuracy=0\.7"):
        of_ragas(kept("ragas.json"), {})
    with pytest.raises(ValueError, match="no metric"):
        of_ragas('[{"user_input": "x"}]', {})


def upload(folder: Path, version: str, **options: Any) -> None:
    given = {"workspace": "demo", "dataset_version": version, "agent": "otto", **options}
    flags = [
        part
        for name, value in given.items()
        for one in (value if isinstance(value, list) else [value])
        for part in (f"--{name.replace('_', '-')}", str(one))
    ]
    call_command("gate", "upload", *flags, "--answers", str(folder / "answers.jsonl"))


def write(folder: Path, n: int, *, wrong: frozenset[int] = frozenset()) -> None:
    """Answers with what people said, and what a judge of DeepEval's said of them: the same but for `wrong`."""
    people = [n % 4 > 0 for n in range(n)]
    lines = [
        {"example": f"case-{i:04}", "output": expected(i), "scores": {"people": {"passed": good, "value": None}}}
        for i, good in enumerate(people)
    ]
    (folder / "answers.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    results = [
        {"name": "x", "metadata": {"example_id": f"case-{i:04}"},
         "metrics_data": [{"name": "Tone", "success": good is not (i in wrong), "evaluation_model": "m-1"}]}
        for i, good in enumerate(people)
    ]  # fmt: skip
    (folder / "results.json").write_text(json.dumps({"test_results": results}), encoding="utf-8")


def test_a_judge_of_deepevals_lets_a_gate_pass_once_people_were_seen_to_agree(stage: Stage, tmp_path: Path) -> None:
    version = gold(stage, 40)
    write(tmp_path, 40)
    for _ in range(2):
        upload(tmp_path, version.id, deepeval=[tmp_path / "results.json"], scorer=["people=human:1"])
    new, old = evaluation.runs(stage.id)
    assert (new.size, new.passed["Tone"], new.passed["people"]) == (40, 30, 30)
    assert new.scorers["Tone"] == {"kind": "judge", "version": "m-1", "rubric": ""}
    spec: dict[str, Any] = {"scorer": "Tone", "margin": 0.3, "n_min": 10}
    before = judged(stage, old, new, **spec)
    assert (before.verdict, "was not calibrated against people" in before.rows[0]["reason"]) == ("inconclusive", True)
    services.calibrate_judge(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, run_id=new.id, judge_name="Tone", human="people"
    )
    assert judged(stage, old, new, **spec).verdict == "pass"


def test_a_judge_that_people_do_not_agree_with_still_lets_nothing_pass(stage: Stage, tmp_path: Path) -> None:
    version = gold(stage, 40)
    write(tmp_path, 40, wrong=frozenset(range(0, 40, 3)))
    for _ in range(2):
        upload(tmp_path, version.id, deepeval=[tmp_path / "results.json"], scorer=["people=human:1"])
    new, old = evaluation.runs(stage.id)
    services.calibrate_judge(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, run_id=new.id, judge_name="Tone", human="people"
    )
    (held,) = evaluation.calibrations(stage.id)
    assert (held.calibrated, held.items) == (False, 40)
    assert judged(stage, old, new, scorer="Tone", margin=0.3, n_min=10).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"ragas": ["results.json"]}, "no metric of Ragas|no rows"),
        ({"deepeval": ["nowhere.json"]}, "cannot be read"),
        ({"deepeval": ["results.json", "results.json"]}, "Tone comes from two files"),
        ({"deepeval": ["results.json"], "scorer": ["people"]}, "write NAME=VALUE"),
        ({"deepeval": ["results.json"]}, "did not name this scorer"),
        ({"deepeval": [str(KEPT / "deepeval.json")]}, "was judged and is not among the answers"),
    ],
)
def test_an_upload_that_cannot_be_says_why_and_keeps_nothing_open(
    stage: Stage, tmp_path: Path, options: dict[str, list[str]], why: str
) -> None:
    version = gold(stage, 2)
    write(tmp_path, 2)
    paths = {
        name: [str(tmp_path / one) if name != "scorer" else one for one in values] for name, values in options.items()
    }
    with pytest.raises(CommandError, match=why):
        upload(tmp_path, version.id, **paths)
    assert [run.closed_at for run in evaluation.runs(stage.id)] == []
