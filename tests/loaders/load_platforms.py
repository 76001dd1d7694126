"""MLflow, LangSmith, Langfuse, Weave, Phoenix and mlcroissant read what platforms keep."""

import hashlib
import inspect
import json
from pathlib import Path
from typing import Any

import httpx
import mlcroissant
import mlflow
import pytest
import weave
from deepchecks_llm_client.data_types import AnnotationType, LogInteraction
from langfuse import Langfuse
from langfuse.api import CreateDatasetItemRequest
from langsmith.schemas import ExampleCreate
from mlflow.genai import datasets
from phoenix.client.resources.datasets import Datasets

from tests.loaders.exported import asked, canonical, lines, path, same


def test_mlflow(tmp_path: Path) -> None:
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    dataset = datasets.create_dataset(name="refunds")
    dataset.merge_records(lines("mlflow", "records.jsonl"))
    found = {row["inputs"]["example_id"]: row for row in dataset.to_df().to_dict("records")}
    assert set(found) == set(asked())
    for key, record in asked().items():
        assert same(found[key]["expectations"]["expectation"], record["expectation"])
        assert found[key]["expectations"]["decision"] == record["decision"]


def test_langsmith() -> None:
    made = [ExampleCreate(**row) for row in lines("langsmith", "examples.jsonl")]
    assert len({example.id for example in made}) == len(asked()) == 8
    rows = lines("langsmith", "examples.jsonl")
    for row, record in zip(rows, asked().values(), strict=True):
        assert same(row["reference_outputs"], record["expectation"])


def test_langfuse() -> None:
    rows = lines("langfuse", "items.jsonl")
    made = [CreateDatasetItemRequest(dataset_name="refunds", **row) for row in rows]
    for row in rows:
        inspect.signature(Langfuse.create_dataset_item).bind(None, dataset_name="refunds", **row)
    for item, record in zip(made, asked().values(), strict=True):
        assert same(item.expected_output, record["expectation"])
        assert len(item.id or "") <= 255


def test_weave() -> None:
    rows = weave.Dataset(name="refunds", rows=lines("weave", "rows.jsonl")).rows
    for row, record in zip(list(rows), asked().values(), strict=True):
        assert same(json.loads(json.dumps(row["expectation"])), record["expectation"])


def test_phoenix() -> None:
    """Its client reads the rows and sends them; the server here only listens."""
    heard: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(json.loads(request.content) if request.content else {})
        return httpx.Response(500)

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://127.0.0.1:1")
    with pytest.raises(Exception, match="500"):
        Datasets(client).create_dataset(name="refunds", examples=lines("phoenix", "examples.jsonl"))
    (sent,) = [body for body in heard if "outputs" in body]
    assert len(sent["inputs"]) == 8
    for output, record in zip(sent["outputs"], asked().values(), strict=True):
        assert same(output["expectation"], record["expectation"])


def test_deepchecks() -> None:
    made = [LogInteraction(**row) for row in lines("deepchecks", "interactions.jsonl")]
    assert len(made) == 9
    assert {AnnotationType(one.annotation).value for one in made} == {"good", "bad"}
    wrong = [json.loads(one.output or "") for one in made if one.annotation == "bad"]
    assert same(wrong, [call for record in asked().values() for call in record["expectation"]["forbidden"]])


def test_croissant() -> None:
    described = mlcroissant.Dataset(path("canonical", "croissant.json"))
    assert not described.metadata.ctx.issues.errors
    assert not described.metadata.ctx.issues.warnings
    read = [{name: _text(value) for name, value in row.items()} for row in described.records("examples")]
    told = [
        {f"examples/{name}": record[name] for name in ("id", "decision", "split", "content_sha256", "group")}
        for record in canonical().values()
    ]
    assert read == told


def test_croissant_notices_another_file(tmp_path: Path) -> None:
    for file in Path(path("canonical", "")).iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    changed = (tmp_path / "examples.jsonl").read_bytes() + b"{}\n"
    (tmp_path / "examples.jsonl").write_bytes(changed)
    told = json.loads((tmp_path / "croissant.json").read_text())["distribution"][0]["sha256"]
    assert told != hashlib.sha256(changed).hexdigest()


@pytest.mark.parametrize("name", sorted(path.name for path in Path(path("", "")).iterdir()))
def test_each_folder_says_what_it_holds(name: str) -> None:
    told = json.loads(Path(path(name, "export.json")).read_text())
    for file, digest in told["files"].items():
        assert hashlib.sha256(Path(path(name, file)).read_bytes()).hexdigest() == digest
    skipped = lines(name, "skipped.jsonl")
    assert len(skipped) == sum(told["skipped"].values())


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
