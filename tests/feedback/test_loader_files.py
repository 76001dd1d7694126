"""One dataset in every format. For `make loaders` LOADER_FILES names the folder that tests/loaders reads afterwards."""

import os
from pathlib import Path
from typing import Any

import orjson

from approvals.envelope import spelled
from approvals.strict_json import canonical
from audit.actor import OPERATOR
from feedback import services
from feedback.export.formats import FORMATS
from feedback.export.parquet import is_there
from feedback.services import exporting
from tests.cast import Stage
from tests.feedback.learning import dataset, decided, frozen

ASKED = [
    {"role": "system", "content": "You refund."},
    {"role": "user", "content": "Please refund my late parcel: é 漢 😀 {{ env }} {% raw %} \u2028 end"},
    {"role": "tool", "name": "get_order", "content": '{"id": 7}'},
]
REFUND: dict[str, Any] = {
    "customer_id": "cus_1",
    "amount_usd": 80,
    "note": "",
    "lines": [],
    "meta": {},
    "nothing": None,
    "nested": {"deep": [1, 2.5, {"größe": "漢"}], "yes": True},
}
GOLD = {"tool": "mail.send", "args": {"to": ["a", "b"], "cents": 9000, "when": None}}


def school(stage: Stage) -> None:
    """Approve, material edit, cosmetic edit, reject without and with an alternative, and other arguments of a tool."""
    claims = {"conversation": ASKED}
    decided(stage, args=REFUND, claims=claims)
    other = {**REFUND, "customer_id": "cus_2"}
    decided(stage, args={**other, "amount_usd": 90}, edit={**other, "amount_usd": 45}, claims=claims, comment="45")
    decided(stage, args={**REFUND, "note": "A  b"}, edit={**REFUND, "note": "a b"}, claims=claims)
    decided(stage, "reject", args={**REFUND, "amount_usd": 70}, claims=claims)
    third = {**REFUND, "customer_id": "cus_5"}
    better = spelled("billing.refund", canonical({**third, "amount_usd": 60, "note": "as agreed: 漢"}))
    decided(stage, "reject", args=third, claims=claims, alternative=better)
    decided(stage, args={"order": "o-1", "amount_usd": 90, "customer_id": "cus_3"}, claims=claims)
    decided(stage, args={"customer_id": "cus_4", "amount_usd": 60})


def test_every_format_is_written(stage: Stage, tmp_path: Path) -> None:
    school(stage)
    made = dataset(stage, shares={"train": 100})
    given = [
        services.Given("gold-1", [{"role": "user", "content": "Write to a and b"}], [], [GOLD], [], "", {}),
        services.Given("gold-2", [{"role": "user", "content": "Write to nobody"}], [], [], [GOLD], "", {}),
    ]
    services.add_examples(actor=OPERATOR, at=stage.at, workspace_id=stage.id, dataset_id=made.id, given=given)
    version = frozen(stage, made)
    folder = Path(os.environ.get("LOADER_FILES") or tmp_path)
    written = [name for name in FORMATS if name != "parquet" or is_there()]
    for name in written:
        exporting.export_to(
            actor=OPERATOR,
            at=stage.at,
            workspace_id=stage.id,
            version_id=version.id,
            format_name=name,
            folder=folder / name,
        )
    rows = {name: orjson.loads((folder / name / "export.json").read_bytes())["rows"] for name in written}
    assert rows == {name: count for name, count in ROWS.items() if name in written}


# Of nine examples one was asked nothing; a rejection and a forbidden call teach no answer, unless somebody named one.
ROWS = {
    "canonical": 9,
    "parquet": 9,
    "trl-sft": 6,
    "trl-preference": 2,
    "trl-unpaired": 9,
    "openai-chat": 6,
    "openai-preference": 2,
    "inspect-ai": 8,
    "deepeval": 8,
    "ragas": 8,
    "promptfoo": 8,
    "langsmith": 8,
    "langfuse": 8,
    "mlflow": 8,
    "weave": 8,
    "phoenix": 8,
    "deepchecks": 9,
}
