"""Inspect AI, DeepEval, Ragas and promptfoo read what measures."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from deepeval.dataset import EvaluationDataset as Goldens
from inspect_ai.dataset import json_dataset
from ragas import EvaluationDataset

from tests.loaders.exported import answer, asked, canonical, path, same

PROMPTFOO = os.environ.get("PROMPTFOO", "")


def expected_tools(record: Any) -> list[Any]:
    found = answer(record)
    return [found] if found else []


def test_inspect() -> None:
    samples = list(json_dataset(path("inspect-ai", "samples.jsonl")))
    records = list(asked().values())
    assert len(samples) == len(records) == 7
    for sample, record in zip(samples, records, strict=True):
        assert sample.id == record["id"]
        assert same(json.loads(str(sample.target)), record["expectation"])
        assert [turn.role for turn in sample.input] == [
            turn["role"] if turn["role"] != "tool" else "user" for turn in record["input"]["messages"]
        ]
        assert same((sample.metadata or {})["proposed"], record["proposed"])


def test_deepeval() -> None:
    dataset = Goldens()
    dataset.add_goldens_from_json_file(file_path=path("deepeval", "goldens.json"))
    records = list(asked().values())
    assert len(dataset.goldens) == len(records) == 7
    for golden, record in zip(dataset.goldens, records, strict=True):
        assert golden.expected_tools is not None
        found = [{"tool": tool.name, "args": tool.input_parameters} for tool in golden.expected_tools]
        assert same(found, expected_tools(record))
        called = [{"tool": tool.name, "args": tool.input_parameters} for tool in golden.tools_called or []]
        assert same(called, [record["proposed"]] if record["proposed"] else [])
        assert golden.additional_metadata["example_id"] == record["id"]


def test_ragas() -> None:
    samples = EvaluationDataset.from_jsonl(path("ragas", "samples.jsonl"))
    records = list(asked().values())
    assert (len(samples), samples.is_multi_turn()) == (7, True)
    for sample, record in zip(samples, records, strict=True):
        found = [{"tool": call.name, "args": call.args} for call in sample.reference_tool_calls]
        assert same(found, expected_tools(record))
        last = sample.user_input[-1]
        if record["proposed"]:
            (made,) = last.tool_calls
            assert same({"tool": made.name, "args": made.args}, record["proposed"])
        assert sample.user_input[0].content == record["input"]["messages"][0]["content"]


def test_promptfoo(tmp_path: Path) -> None:
    """A provider that answers with the call to imitate passes where there is one, and one that repeats what people
    refused fails everywhere.
    """
    if not PROMPTFOO:
        pytest.fail("PROMPTFOO names no program: make loaders installs it.")
    right = {key: answer(record) or {"tool": "none", "args": {}} for key, record in canonical().items()}
    wrong = {key: (record["expectation"]["forbidden"] or [None])[0] for key, record in canonical().items()}
    assert scored(tmp_path / "right", right) == dict.fromkeys(asked(), True)
    assert scored(tmp_path / "wrong", wrong) == dict.fromkeys(asked(), False)


def scored(folder: Path, answers: dict[str, Any]) -> dict[str, bool]:
    """What promptfoo says of each example when the model answers so."""
    folder.mkdir()
    for file in Path(path("promptfoo", "")).iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "answers.json").write_text(json.dumps(answers))
    (folder / "provider.cjs").write_text(
        "const answers = require('./answers.json');\n"
        "module.exports = class { id() { return 'told'; } async callApi(prompt, context) {\n"
        "  return { output: JSON.stringify(answers[context.test.metadata.example_id]) }; } };\n"
    )
    config = {
        "prompts": ["{{messages}}"],
        "providers": ["file://provider.cjs"],
        "tests": "file://tests.jsonl",
    }
    (folder / "promptfooconfig.json").write_text(json.dumps(config))
    out = folder / "out.json"
    env = {
        **os.environ,
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1",
        "PROMPTFOO_CONFIG_DIR": str(folder / "home"),
        "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    }
    flags = ["--no-cache", "--no-table", "--no-write", "--no-progress-bar"]
    command = [PROMPTFOO, "eval", "-c", "promptfooconfig.json", "-o", str(out), *flags]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in {0, 100}, done.stdout + done.stderr
    results = json.loads(out.read_text())["results"]["results"]
    return {result["testCase"]["metadata"]["example_id"]: result["success"] for result in results}
