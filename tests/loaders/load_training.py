"""Hugging Face datasets, pyarrow, TRL without torch, and the types of OpenAI's SDK read what trains."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from datasets import Features, load_dataset
from openai.types.chat import ChatCompletionAssistantMessageParam, ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import TypeAdapter
from trl.data_utils import is_conversational

from tests.loaders.exported import answer, asked, canonical, lines, path, same

NESTED = (
    *("input", "proposed", "final", "patch", "alternative", "reason", "expectation", "slices", "redaction"),
    "provenance",
)


def loaded(name: str, file: str, tmp_path: Any) -> Any:
    features = Features.from_dict(json.loads(Path(path(name, "features.json")).read_text(encoding="utf-8")))
    return load_dataset("json", data_files=path(name, file), features=features, split="train", cache_dir=str(tmp_path))


def taught() -> list[Any]:
    return [record for record in asked().values() if answer(record)]


def call(message: Any) -> Any:
    function = message["tool_calls"][0]["function"]
    return {"tool": function["name"], "args": function["arguments"]}


def test_datasets_reads_the_canonical_file_as_it_is(tmp_path: Any) -> None:
    found = load_dataset("json", data_files=path("canonical", "examples.jsonl"), split="train", cache_dir=str(tmp_path))
    records = list(canonical().values())
    assert len(found) == len(records) == 9
    for row, record in zip(found, records, strict=True):
        assert same(row["proposed"], record["proposed"])
        assert same(row["expectation"]["actions"], record["expectation"]["actions"])
        assert [turn["content"] for turn in row["input"]["messages"]] == [
            turn["content"] for turn in record["input"]["messages"]
        ]


def test_pyarrow_reads_the_twin_and_its_texts_are_the_same_values() -> None:
    table = pyarrow.parquet.read_table(path("parquet", "examples.parquet")).to_pylist()
    for row, record in zip(table, canonical().values(), strict=True):
        # A column without a value is a key that is not there; a null of the record is the text "null".
        there = {name: value for name, value in row.items() if value is not None}
        read = {name: json.loads(value) if name in NESTED else value for name, value in there.items()}
        assert same(read, record)


def test_trl_sft(tmp_path: Any) -> None:
    found = loaded("trl-sft", "sft.jsonl", tmp_path)
    assert len(found) == len(taught()) == 6
    for row, record in zip(found, taught(), strict=True):
        assert is_conversational(row)
        assert same(call(row["messages"][-1]), answer(record))
        assert row["messages"][0]["content"] == record["input"]["messages"][0]["content"]
        assert {tool["function"]["name"] for tool in row["tools"]} == {
            tool["name"] for tool in record["input"]["tools"]
        }


def test_trl_preference(tmp_path: Any) -> None:
    found = loaded("trl-preference", "preference.jsonl", tmp_path)
    edits = [record for record in asked().values() if record["decision"] == "edit" and record["material"]]
    named = [record for record in asked().values() if "alternative" in record]
    assert (len(found), len(edits), len(named)) == (2, 1, 1)
    pairs = [record for record in asked().values() if record in edits or record in named]
    for row, record in zip(found, pairs, strict=True):
        assert is_conversational(row)
        assert same(call(row["chosen"][0]), record.get("alternative") or record["final"])
        assert same(call(row["rejected"][0]), record["proposed"])


def test_trl_unpaired(tmp_path: Any) -> None:
    found = loaded("trl-unpaired", "unpaired.jsonl", tmp_path)
    assert len(found) == 9
    assert all(is_conversational(row) for row in found)
    refused = [call(row["completion"][0]) for row in found if row["label"] is False]
    wrong = [c for record in asked().values() for c in record["expectation"]["forbidden"]]
    assert same(refused, wrong)


def test_openais_types_take_the_chat() -> None:
    message, tool = TypeAdapter(ChatCompletionMessageParam), TypeAdapter(ChatCompletionToolParam)
    rows = lines("openai-chat", "chat.jsonl")
    assert len(rows) == 6
    for row, record in zip(rows, taught(), strict=True):
        for turn in row["messages"]:
            message.validate_python(turn)
        for one in row["tools"]:
            tool.validate_python(one)
        arguments = row["messages"][-1]["tool_calls"][0]["function"]["arguments"]
        assert same(json.loads(arguments), answer(record)["args"])


def test_openais_types_take_the_preference_and_refuse_arguments_that_are_no_text() -> None:
    assistant = TypeAdapter(ChatCompletionAssistantMessageParam)
    rows = lines("openai-preference", "preference.jsonl")
    assert len(rows) == 2
    for row in rows:
        for output in (*row["preferred_output"], *row["non_preferred_output"]):
            taken = assistant.validate_python(output)
            assert list(taken["tool_calls"])
    broken = json.loads(json.dumps(rows[0]["preferred_output"][0]))
    broken["tool_calls"][0]["function"]["arguments"] = {}
    with pytest.raises(ValueError, match="arguments"):
        list(assistant.validate_python(broken, strict=False)["tool_calls"])
