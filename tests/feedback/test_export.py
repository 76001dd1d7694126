"""Canonical JSONL of labels: stable keys, exact bytes, a fact for each export."""

import sys
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given

from audit.actor import OPERATOR
from audit.canonical import stamp
from audit.models import Event
from feedback import queries, services
from feedback.capture import capture
from feedback.export import canonical
from feedback.models import Label
from feedback.queries import LabelView
from outbox.models import Message
from outbox.types import Delivery
from tests.cast import Stage
from tests.json_trees import strict_trees

AT = datetime(2026, 11, 20, 10, 47, 22, 123, tzinfo=UTC)
KEYS = [
    "alternative",
    "context",
    "final",
    "id",
    "kind",
    "material",
    "patch",
    "proposed",
    "provenance",
    "reason",
    "review",
    "schema",
    "source",
    "tool",
]
SECRET = b"of the test"
EXAMPLE = Path(__file__).parents[2] / "docs" / "labels.md"


def label(**changed: Any) -> LabelView:
    call = {"tool": "billing.refund", "args": {"customer_id": "cus_1", "amount_usd": 80}}
    values: dict[str, Any] = {
        "id": "lbl_1",
        "workspace_id": "wsp_1",
        "action_id": "act_1",
        "decision_id": "dec_1",
        "kind": "approved",
        "source": "people",
        "tool": "billing.refund",
        "agent_id": "agt_1",
        "agent_version_id": "",
        "proposed": call,
        "final": call,
        "patch": [],
        "material": False,
        "alternative": None,
        "reason_code": "",
        "taxonomy": "reasons/1",
        "comment": "",
        "reviewers": ["usr_1"],
        "door": "web",
        "context": {},
        "decided_at": AT,
        "created_at": AT,
    }
    return LabelView(**values | changed)


def learn(stage: Stage, count: int) -> None:
    for _ in range(count):
        stage.review("ada", stage.submit())
    for message in Message.objects.filter(sink="feedback"):
        capture(Delivery(message.pk, stage.id, message.kind, message.subject, {}, 0, message.created_at))
        message.delete()


def export(stage: Stage, since: datetime | None = None) -> list[dict[str, Any]]:
    lines = services.export_labels(actor=OPERATOR, at=stage.at, workspace_id=stage.id, since=since)
    return [orjson.loads(line) for line in lines]


def printed(monkeypatch: pytest.MonkeyPatch, *options: str) -> bytes:
    raw = BytesIO()
    with TextIOWrapper(raw) as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        call_command("export_labels", *options)
        return raw.getvalue()


def test_a_line_is_canonical_json() -> None:
    assert canonical.line(label(), SECRET) == (
        b'{"alternative":null,"context":{},"final":{"args":{"amount_usd":80,"customer_id":"cus_1"},"tool":"billing.refund"},"id":"lbl_1",'
        b'"kind":"approved","material":false,"patch":[],"proposed":{"args":{"amount_usd":80,"customer_id":"cus_1"},'
        b'"tool":"billing.refund"},"provenance":{"action_id":"act_1","agent_id":"agt_1","agent_version_id":null,'
        b'"decided_at":"2026-11-20T10:47:22.000123Z","decision_id":"dec_1","door":"web",'
        b'"labelled_at":"2026-11-20T10:47:22.000123Z","reviewers":["rev_d0d8e0129ef26c5dca7b"],"workspace_id":"wsp_1"},'
        b'"reason":{"code":null,"taxonomy":"reasons/1","text":null},"review":{"inclusion_probability":1,"purpose":"live","rubric":"reasons/1"},'
        b'"schema":"countersign.label/1","source":"people",'
        b'"tool":"billing.refund"}\n'
    )


@given(strict_trees)
def test_a_line_reads_back_as_it_was_written(tree: Any) -> None:
    line = canonical.line(label(proposed={"tool": "t", "args": {"a": tree}}, comment="a\nb\u2028c"), SECRET)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    read = orjson.loads(line)
    assert read["proposed"]["args"]["a"] == tree
    assert read["reason"]["text"] == "a\nb\u2028c"


def test_a_float_that_the_database_gives_back_as_an_integer_is_written_as_the_float_it_was() -> None:
    kept, given_back = ({"tool": "t", "args": {"x": [number]}} for number in (1e21, 10**21))
    assert canonical.line(label(proposed=given_back), SECRET) == canonical.line(label(proposed=kept), SECRET)


def test_every_label_has_the_same_keys(stage: Stage) -> None:
    stage.submit(args={"customer_id": "cus_1", "amount_usd": 5})
    stage.submit("crm.delete", {"id": "rec_1"})
    stage.review("ada", stage.submit(), verdict="reject", reason_code="other")
    learn(stage, 1)
    rows = export(stage)
    assert len(rows) == 4
    assert [sorted(row) for row in rows] == [KEYS] * 4
    assert {tuple(sorted(row["provenance"])) for row in rows} == {
        tuple(sorted(orjson.loads(canonical.line(label(), SECRET))["provenance"]))
    }
    assert {tuple(row["context"]) for row in rows} == {
        (
            "claims",
            "dwell_ms",
            "facts_sha256",
            "manifest_sha256",
            "needs",
            "policy",
            "risk",
            "template",
            "trace_id",
        )
    }


def test_an_export_takes_every_label_once_and_in_order(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries.labels, "CHUNK", 2)
    learn(stage, 5)
    ids = [row["id"] for row in export(stage)]
    assert ids == sorted(Label.everywhere.values_list("id", flat=True))
    assert len(ids) == 5


def test_an_export_leaves_a_fact(stage: Stage) -> None:
    learn(stage, 2)
    rows = export(stage, since=stage.at - timedelta(days=1))
    event = Event.objects.get(kind="export:made")
    body = orjson.loads(bytes(event.body))
    assert (event.workspace_id, event.subject_id, event.actor_id, event.door) == (stage.id, stage.id, "operator", "cli")
    assert body["data"] == {
        "what": "labels",
        "format": "countersign.label/1",
        "count": 2,
        "through": rows[-1]["id"],
        "since": stamp(stage.at - timedelta(days=1)),
    }


def test_the_fact_stands_before_the_first_line_is_read(stage: Stage) -> None:
    learn(stage, 1)
    lines = services.export_labels(actor=OPERATOR, at=stage.at, workspace_id=stage.id)
    assert Event.objects.filter(kind="export:made").count() == 1
    learn(stage, 1)
    assert len(list(lines)) == 1


def test_since_leaves_out_what_was_decided_before(stage: Stage) -> None:
    learn(stage, 1)
    assert [len(export(stage, since=stage.at + moved)) for moved in (timedelta(0), timedelta(seconds=1))] == [1, 0]


def test_another_workspace_is_not_exported(stage: Stage, other: Stage) -> None:
    learn(stage, 1)
    assert export(other) == []


def test_the_command_writes_a_file_or_the_standard_output(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn(stage, 2)
    written = tmp_path / "labels.jsonl"
    call_command("export_labels", workspace="demo", output=str(written))
    assert len(written.read_bytes().splitlines()) == 2
    assert printed(monkeypatch, "--workspace", "demo", "--since", "2020-01-01") == written.read_bytes()
    assert printed(monkeypatch, "--workspace", "demo", "--since", "2090-01-01T00:00Z") == b""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"workspace": "nowhere"}, "There is no workspace 'nowhere'."),
        (
            {"workspace": "demo", "since": "yesterday"},
            "--since 'yesterday' is no date; write it like 2026-11-01 or 2026-11-01T12:00Z.",
        ),
    ],
)
def test_the_command_says_what_is_wrong(stage: Stage, options: dict[str, str], said: str) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("export_labels", **options, stdout=StringIO())
    assert str(refusal.value) == said
    assert Event.objects.filter(kind="export:made").count() == 0


def test_the_documented_example_has_the_keys_of_a_real_label(stage: Stage) -> None:
    example = orjson.loads(EXAMPLE.read_text().split("```json\n")[1].split("```")[0])
    stage.review("ada", stage.submit(agent_version={"label": "1.4"}, trace_id="t"))
    learn(stage, 0)
    real = export(stage)[0]
    assert sorted(example) == sorted(real)
    for part in ("proposed", "final", "reason", "context", "provenance"):
        assert sorted(example[part]) == sorted(real[part])
    for part in ("policy",):
        assert sorted(example["context"][part]) == sorted(real["context"][part])
