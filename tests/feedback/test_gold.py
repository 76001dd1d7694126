"""Recorded tasks: the dataset's decisions are the perfect reviewer's, and gold calls become examples of their own."""

import json
import re
import shlex
from io import StringIO
from pathlib import Path

import orjson
import pytest
from django.core.management import CommandError, call_command

from bench import replay_tau
from bench._tau_gold import gold
from bench._tau_reviewer import Reviewer
from feedback import queries
from feedback.queries import VersionView
from tests.cast import Stage
from tests.feedback.learning import dataset, decided, frozen, items, learn

FIXTURE = Path(__file__).parents[1] / "fixtures" / "replay"


def replayed(stage: Stage) -> tuple[VersionView, dict[str, str]]:
    """A frozen dataset of the recorded calls, and what the perfect reviewer said of each action."""
    said: dict[str, str] = {}
    for run in replay_tau.runs(replay_tau.recorded(FIXTURE)):
        reviewer = Reviewer(run[0]["gold_actions"])
        for call in run:
            name, args = call["tool_call"]["name"], call["tool_call"]["args"]
            verdict = reviewer.decide(name, args)
            claims = {"conversation": call["conversation"], "trace_id": f"{call['task_id']}-{call['trial']}"}
            edit = verdict.args if verdict.kind == "edit" else None
            word = "reject" if verdict.kind == "reject" else "approve"
            view = decided(stage, word, tool=name, args=args, claims=claims, edit=edit)
            said[view.id] = verdict.kind
    return frozen(stage, dataset(stage)), said


def test_the_dataset_says_what_the_perfect_reviewer_said(stage: Stage) -> None:
    version, said = replayed(stage)
    assert {item.external_id: item.content["decision"] for item in items(stage, version)} == said
    assert version.counts["decision"] == {"approve": 3, "edit": 3, "reject": 4}
    by_trace: dict[str, set[str]] = {}
    for item in items(stage, version):
        by_trace.setdefault(item.provenance["trace_id"], set()).add(item.split)
    assert {len(splits) for splits in by_trace.values()} == {1}


def test_gold_calls_are_added_frozen_and_exported_by_the_command(stage: Stage, tmp_path: Path) -> None:
    told = gold(replay_tau.recorded(FIXTURE), trials=1)
    file = tmp_path / "gold.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in told))
    here = ("--workspace", "demo")
    call_command("dataset", "create", "gold", "--own", *here, stdout=StringIO())
    call_command("dataset", "add", "gold", str(file), *here, stdout=StringIO())
    out = StringIO()
    call_command("dataset", "freeze", "gold", *here, stdout=out)
    (version,) = queries.versions(stage.id, queries.find_dataset(stage.id, "gold").id)
    assert out.getvalue() == f"gold 1 {len(told)} {version.manifest_sha256}\n"
    expected = {one["id"]: one["expected"] for one in told}
    assert {i.external_id: i.content["expectation"]["actions"] for i in items(stage, version)} == expected
    listed = StringIO()
    call_command("dataset", "list", *here, stdout=listed)
    assert listed.getvalue() == f"gold 1 frozen {len(told)} {version.manifest_sha256}\n"
    where = ("--format", "canonical", "--output", str(tmp_path / "out"))
    call_command("dataset", "export", "gold", *here, *where, stdout=StringIO())
    rows = [orjson.loads(line) for line in (tmp_path / "out" / "examples.jsonl").read_bytes().splitlines()]
    assert {row["id"] for row in rows} == set(expected)
    erased = StringIO()
    call_command("dataset", "erase", rows[0]["id"], *here, stdout=erased)
    assert erased.getvalue() == f"erased; revoked versions: {version.id}\n"
    with pytest.raises(CommandError, match="no such frozen version"):
        call_command("dataset", "export", "gold", *here, *where)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "Line 1"),
        ('{"id": "a", "wrong": 1}', "There is no field 'wrong' here"),
        ('{"id": "a"}', "Name at least one call"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_adds_nothing(
    stage: Stage, tmp_path: Path, line: str, told: str
) -> None:
    dataset(stage, "gold", recipe=None)
    file = tmp_path / "gold.jsonl"
    file.write_text(line + "\n")
    with pytest.raises(CommandError, match=told):
        call_command("dataset", "add", "gold", str(file), "--workspace", "demo")


def test_only_tasks_that_every_trial_holds_are_gold() -> None:
    calls = replay_tau.recorded(FIXTURE)
    assert gold(calls, trials=3) == []
    assert {one["group"] for one in gold(calls, trials=1)} == {f"task-{call['task_id']}" for call in calls}


def test_the_commands_of_the_guide_work_as_they_are_written(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text()
    asked = re.findall(r"^python manage.py (dataset .*)$", guide, re.MULTILINE)
    (example,) = re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
    decided(stage, claims={"conversation": [{"role": "user", "content": "Please refund it"}]})
    learn(stage)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gold.jsonl").write_text(example)
    for command in asked:
        call_command(*shlex.split(command), stdout=StringIO())
    assert len(asked) == 6
    assert len((tmp_path / "refunds-export" / "examples.jsonl").read_bytes().splitlines()) == 1
    assert [one.name for one in queries.datasets(stage.id)] == ["gold", "refunds"]
