"""Inspect AI, DeepEval and Ragas read what measures."""

import json
from typing import Any

from deepeval.dataset import EvaluationDataset as Goldens
from inspect_ai.dataset import json_dataset
from ragas import EvaluationDataset

from tests.loaders.exported import answer, asked, path, same


def expected_tools(record: Any) -> list[Any]:
    found = answer(record)
    return [found] if found else []


def test_inspect() -> None:
    samples = list(json_dataset(path("inspect-ai", "samples.jsonl")))
    records = list(asked().values())
    assert len(samples) == len(records) == 8
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
    assert len(dataset.goldens) == len(records) == 8
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
    assert (len(samples), samples.is_multi_turn()) == (8, True)
    for sample, record in zip(samples, records, strict=True):
        found = [{"tool": call.name, "args": call.args} for call in sample.reference_tool_calls]
        assert same(found, expected_tools(record))
        last = sample.user_input[-1]
        if record["proposed"]:
            (made,) = last.tool_calls
            assert same({"tool": made.name, "args": made.args}, record["proposed"])
        assert sample.user_input[0].content == record["input"]["messages"][0]["content"]
