"""Each format has the rows that the table of lessons gives it, names what it leaves out, and says the same twice."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import pytest

from approvals.envelope import spelled
from approvals.errors import BadRequest, Conflict
from approvals.strict_json import canonical
from audit.actor import OPERATOR
from audit.models import Event
from feedback import services
from feedback.export.formats import FORMATS
from feedback.export.parquet import is_there
from feedback.export.writing import Exported
from feedback.queries import VersionView
from feedback.services import exporting
from tests.cast import Stage
from tests.feedback.learning import REFUND, dataset, decided, frozen

ASKED = {"conversation": [{"role": "user", "content": "Please refund it {{ env }} {% raw %} é 漢 😀"}]}
DEEP = {**REFUND, "note": "n", "lines": [], "meta": {}, "nothing": None, "nested": {"a": [1, 2.5, {"b": ""}]}}
PLAIN = [name for name in FORMATS if name != "parquet"]
# pyarrow is no dependency; the step with the real loaders runs this file once more where it is there.
WRITTEN = [*PLAIN, *(["parquet"] if is_there() else [])]


def school(stage: Stage) -> VersionView:
    """One of each: approve, material edit, cosmetic edit, reject, and a call about which nothing was said."""
    decided(stage, args=DEEP, claims=ASKED)
    decided(stage, args={**DEEP, "amount_usd": 90}, edit={**DEEP, "amount_usd": 45}, claims=ASKED, comment="45")
    decided(stage, args={**DEEP, "note": "Late  parcel"}, edit={**DEEP, "note": "late parcel"}, claims=ASKED)
    decided(stage, "reject", args={**DEEP, "amount_usd": 70}, claims=ASKED)
    decided(stage, args={"customer_id": "cus_9", "amount_usd": 60})
    return frozen(stage, dataset(stage, shares={"train": 100}))


def export(stage: Stage, version: VersionView, name: str, folder: Path) -> Exported:
    return exporting.export_to(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, version_id=version.id, format_name=name, folder=folder
    )


def rows(folder: Path, name: str) -> list[Any]:
    raw = (folder / FORMATS[name].file).read_bytes()
    found: list[Any] = (
        orjson.loads(raw) if FORMATS[name].is_array else [orjson.loads(line) for line in raw.splitlines()]
    )
    return found


def text_of(path: Path) -> str:
    """What a reader finds in the file. Parquet is compressed, so that its bytes say nothing."""
    if path.suffix != ".parquet":
        return path.read_text()
    return str(import_module("pyarrow.parquet").read_table(path).to_pylist())


# Rows, and what is left out by reason, of the five decisions of `school`.
COUNTS = {
    "canonical": (5, {}),
    "trl-sft": (3, {"no_better_call": 1, "no_request": 1}),
    "trl-preference": (1, {"no_better_call": 1, "no_pair": 3}),
    "trl-unpaired": (5, {"no_request": 1}),
    "openai-chat": (3, {"no_better_call": 1, "no_request": 1}),
    "openai-preference": (1, {"no_better_call": 1, "no_pair": 3}),
    "inspect-ai": (4, {"no_request": 1}),
    "deepeval": (4, {"no_request": 1}),
    "ragas": (4, {"no_request": 1}),
    "promptfoo": (4, {"no_request": 1}),
    "langsmith": (4, {"no_request": 1}),
    "langfuse": (4, {"no_request": 1}),
    "mlflow": (4, {"no_request": 1}),
    "weave": (4, {"no_request": 1}),
    "phoenix": (4, {"no_request": 1}),
    "deepchecks": (5, {"no_request": 1}),
}


@pytest.mark.parametrize("name", PLAIN)
def test_rows_follow_the_table(stage: Stage, tmp_path: Path, name: str) -> None:
    made = export(stage, school(stage), name, tmp_path)
    assert (made.rows, made.skipped) == COUNTS[name]
    assert len(rows(tmp_path, name)) == made.rows
    left_out = [orjson.loads(line) for line in (tmp_path / "skipped.jsonl").read_bytes().splitlines()]
    assert len(left_out) == sum(made.skipped.values())
    assert {row["reason"] for row in left_out} == set(made.skipped)
    assert all(set(row) == {"example", "n", "reason", "why"} for row in left_out)


@pytest.mark.parametrize("name", WRITTEN)
def test_the_same_version_gives_the_same_bytes_twice(stage: Stage, tmp_path: Path, name: str) -> None:
    version = school(stage)
    first, second = export(stage, version, name, tmp_path / "1"), export(stage, version, name, tmp_path / "2")
    assert first == second
    assert sorted(path.name for path in (tmp_path / "1").iterdir()) == sorted([*first.files, "export.json"])
    assert (tmp_path / "1" / "export.json").read_bytes() == (tmp_path / "2" / "export.json").read_bytes()


def test_a_rejection_is_chosen_nowhere(stage: Stage, tmp_path: Path) -> None:
    version = school(stage)
    for name in ("trl-sft", "trl-preference", "openai-chat", "openai-preference"):
        export(stage, version, name, tmp_path / name)
        for row in rows(tmp_path / name, name):
            chosen = row.get("chosen") or row.get("preferred_output") or row.get("messages")
            assert '"amount_usd": 70' not in json.dumps(chosen)
            assert '\\"amount_usd\\":70' not in json.dumps(chosen)
    export(stage, version, "trl-unpaired", tmp_path)
    judged = {
        (row["completion"][0]["tool_calls"][0]["function"]["arguments"]["amount_usd"], row["label"])
        for row in rows(tmp_path, "trl-unpaired")
    }
    assert judged == {(80, True), (90, False), (45, True), (70, False)}


def test_a_rejection_that_names_another_call_is_a_pair_of_both(stage: Stage, tmp_path: Path) -> None:
    other = {"customer_id": "cus_1", "amount_usd": 45}
    decided(stage, "reject", args=DEEP, claims=ASKED, alternative=spelled("mail.send", canonical(other)))
    version = frozen(stage, dataset(stage, shares={"train": 100}))
    for name in ("trl-preference", "trl-sft", "trl-unpaired"):
        export(stage, version, name, tmp_path)

    def call(message: Any) -> Any:
        function = message["tool_calls"][0]["function"]
        return function["name"], function["arguments"]

    (pair,), (learned,), (judged,) = (rows(tmp_path, name) for name in ("trl-preference", "trl-sft", "trl-unpaired"))
    assert call(pair["chosen"][0]) == call(learned["messages"][-1]) == ("mail.send", other)
    assert call(pair["rejected"][0]) == call(judged["completion"][0]) == ("billing.refund", DEEP)
    assert judged["label"] is False


PLANTED = {
    "e-mail": "quentin.planted@bank.example",
    "card": "4111 1111 1111 1111",
    "IBAN": "DE89 3704 0044 0532 0130 00",
    "token": "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
}


def test_what_was_planted_leaves_in_no_file_of_any_format(stage: Stage, tmp_path: Path) -> None:
    said = "; ".join(f"{name}: {secret}" for name, secret in PLANTED.items())
    claims = {
        "conversation": [{"role": "user", "content": f"Please refund it. {said}"}],
        "intent": said,
        "trace_id": PLANTED["token"],
    }
    args = {"customer_id": "cus_1", "amount_usd": 80, "note": said}
    decided(stage, args=args, claims=claims)
    decided(stage, args=args, edit={**args, "amount_usd": 45}, claims=claims, comment=said)
    other = spelled("billing.refund", canonical({**args, "amount_usd": 60}))
    decided(stage, "reject", args={**args, "amount_usd": 70}, claims=claims, comment=said, alternative=other)
    version = frozen(stage, dataset(stage, shares={"train": 100}))
    for name in WRITTEN:
        export(stage, version, name, tmp_path / name)
    texts = [text_of(path) for path in sorted(tmp_path.rglob("*")) if path.is_file()]
    written = "".join(texts)
    assert sum("Please refund it." in text for text in texts) == len(WRITTEN)
    for secret in PLANTED.values():
        assert secret not in written
        assert secret.replace(" ", "") not in written


def test_integers_words_and_what_is_empty_survive(stage: Stage, tmp_path: Path) -> None:
    version = school(stage)
    export(stage, version, "trl-sft", tmp_path)
    (row,) = [row for row in rows(tmp_path, "trl-sft") if '"amount_usd": 45' in json.dumps(row["messages"])]
    call = row["messages"][-1]["tool_calls"][0]["function"]["arguments"]
    assert call == {**DEEP, "amount_usd": 45}
    assert (type(call["amount_usd"]), row["messages"][0]["content"]) == (int, ASKED["conversation"][0]["content"])
    export(stage, version, "openai-chat", tmp_path)
    for row in rows(tmp_path, "openai-chat"):
        function = row["messages"][-1]["tool_calls"][0]["function"]
        assert function["name"] == "billing_refund"
        assert isinstance(json.loads(function["arguments"])["amount_usd"], int)


def test_words_of_agents_are_no_template_of_promptfoo(stage: Stage, tmp_path: Path) -> None:
    export(stage, school(stage), "promptfoo", tmp_path)
    for row in rows(tmp_path, "promptfoo"):
        for text in row["vars"].values():
            assert not any(opening in text for opening in ("{{", "{%", "{#"))
        assert json.loads(row["vars"]["messages"])[0]["content"] == ASKED["conversation"][0]["content"]


def test_what_measures_agents_elsewhere_trains_none(stage: Stage, tmp_path: Path) -> None:
    version = school(stage)
    before = export(stage, version, "trl-sft", tmp_path / "before")
    frozen(stage, dataset(stage, "measuring", shares={"eval": 100}))
    after = export(stage, version, "trl-sft", tmp_path / "after")
    assert (before.rows, after.rows, after.skipped) == (3, 0, {"measured_elsewhere": 5})
    assert export(stage, version, "inspect-ai", tmp_path / "eval").rows == 4


def test_training_takes_the_split_train_alone(stage: Stage, tmp_path: Path) -> None:
    decided(stage, claims=ASKED)
    version = frozen(stage, dataset(stage, shares={"holdout": 100}))
    assert export(stage, version, "trl-sft", tmp_path).rows == 0
    assert export(stage, version, "inspect-ai", tmp_path).rows == 1


def test_a_revoked_version_is_not_exported_and_an_unknown_format_is_told(stage: Stage, tmp_path: Path) -> None:
    version = school(stage)
    with pytest.raises(BadRequest, match="There is no format 'csv'"):
        export(stage, version, "csv", tmp_path)
    gone = rows_of(stage, version, tmp_path)[0]["id"]
    services.erase_example(actor=OPERATOR, at=stage.at, workspace_id=stage.id, external_id=gone)
    with pytest.raises(Conflict, match="revoked"):
        export(stage, version, "canonical", tmp_path)


def rows_of(stage: Stage, version: VersionView, folder: Path) -> list[Any]:
    export(stage, version, "canonical", folder)
    return rows(folder, "canonical")


def test_each_export_leaves_a_fact_with_the_hash_of_its_file(stage: Stage, tmp_path: Path) -> None:
    version = school(stage)
    made = export(stage, version, "canonical", tmp_path)
    fact = Event.objects.filter(workspace_id=stage.id, kind="export:made").get()
    assert orjson.loads(bytes(fact.body))["data"] == {
        "what": "dataset",
        "version": version.id,
        "format": "canonical",
        "count": 5,
        "skipped": {},
        "sha256": made.files["examples.jsonl"],
    }


def test_the_card_says_what_is_in_it_without_the_markup_of_strangers(stage: Stage, tmp_path: Path) -> None:
    decided(stage, claims=ASKED)
    version = frozen(stage, dataset(stage, description="<script>alert(1)</script> [x](http://x)"))
    export(stage, version, "canonical", tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert f"`{version.manifest_sha256}`" in card
    assert "| billing.refund | 1 |" in card
    assert "<script>" not in card
    assert "\\[x\\]\\(http" in card
