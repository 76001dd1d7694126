"""An export is ordered, made once by a worker, fetched in parts, and gone in its time; each of these is a fact."""

import csv
import os
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest
from pytest_django.fixtures import Settings

from approvals.errors import AlreadyClosed, BadRequest, Conflict, NotFound
from audit import keys
from audit.actor import SYSTEM
from audit.models import Disclosure, Event
from compliance import storage
from compliance.models import Export
from compliance.queries.exports import find, page
from compliance.services import downloads, exports
from outbox import jobs
from tenancy import scope
from tests.cast import Stage
from tests.compliance.conftest import Erase
from tests.compliance.ordering import dana, file_of, made, order, work


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Any) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"


def facts(stage: Stage, kind: str) -> list[dict[str, Any]]:
    events = Event.objects.filter(workspace_id=stage.id, kind=kind).order_by("id")
    return [orjson.loads(bytes(event.body)) for event in events]


def lines(view: Any) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in file_of(view).read_bytes().splitlines()]


def fetched(stage: Stage, view: Any, **headers: str) -> tuple[downloads.Answer, bytes]:
    asked = {name.replace("_", "-"): value for name, value in headers.items()}
    # A later moment for each, so that their facts have an order.
    at = stage.at + timedelta(milliseconds=len(facts(stage, "export:downloaded")))
    answer = downloads.download(actor=dana(stage), at=at, workspace_id=stage.id, export_id=view.id, headers=asked)
    return answer, b"".join(answer.pieces())


def test_every_event_is_a_line_byte_for_byte_as_it_was_recorded(stage: Stage) -> None:
    stage.review("ben", stage.submit())
    expected = [
        bytes(body)
        for body in Event.objects.filter(workspace_id=stage.id).order_by("id").values_list("body", flat=True)
    ]
    view = made(stage, until=_after(stage))
    got = file_of(view).read_bytes().splitlines()
    assert view.rows == len(expected) > 20
    assert [line.partition(b'"event":')[2].startswith(body) for line, body in zip(got, expected, strict=True)] == [
        True
    ] * len(expected)
    assert {orjson.loads(line)["schema"] for line in got} == {"countersign-events/1"}


def test_the_order_ends_the_window(stage: Stage) -> None:
    early = stage.submit(at=stage.at - timedelta(minutes=1))
    stage.submit(at=stage.at + timedelta(minutes=1))
    view = made(stage, kind="action:submitted")
    assert [line["event"]["action"] for line in lines(view)] == [early.id]


def test_values_come_where_they_are_asked_for_and_erased_ones_are_named(stage: Stage) -> None:
    action = stage.submit()
    stage.review("ben", action, "reject", reason_code="other", comment="No.")
    plain = made(stage, kind="action:decided", until=_after(stage))
    assert "No." not in file_of(plain).read_text()
    Disclosure.objects.filter(name="reviewer", event_id__in=_events(stage, "action:decided")).delete()
    given = order(stage, kind="action:decided", with_values=True, until=_after(stage))
    work(stage)
    [line] = lines(given)
    assert (line["values"]["comment"], sorted(line["values"]), line["erased"], line["broken"]) == (
        "No.",
        ["comment", "digest", "shown"],
        [2],
        [],
    )


def test_a_value_that_does_not_fit_its_commitment_is_named_and_not_told(stage: Stage) -> None:
    stage.review("ben", stage.submit(), "reject", reason_code="other", comment="No.")
    kept = Disclosure.objects.get(name="comment", event_id__in=_events(stage, "action:decided"))
    Disclosure.objects.filter(event_id=kept.event_id, n=kept.n).delete()
    Disclosure.objects.create(
        event_id=kept.event_id, n=kept.n, subject="x", name="comment", salt=kept.salt, value=b'"Yes."'
    )
    given = order(stage, kind="action:decided", with_values=True, until=_after(stage))
    work(stage)
    [line] = lines(given)
    assert ("comment" in line["values"], line["broken"]) == (False, ["comment"])


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({"kind": "action:decided"}, ["action:decided"]),
        ({"tool": "crm.note"}, ["action:submitted"]),
        ({"agent": "otto", "kind": "action"}, ["action:submitted", "action:submitted", "action:decided"]),
        ({"outcome": "approved"}, ["action:submitted", "action:decided"]),
        ({"rule": "refunds-over-50"}, ["action:submitted", "action:decided"]),
        ({"agent": "lotte"}, []),
        ({"actor": "system"}, []),
    ],
)
def test_it_is_narrowed(stage: Stage, asked: dict[str, str], kinds: list[str]) -> None:
    first = stage.submit()
    stage.submit("crm.note", {"text": "x"}, at=stage.at + timedelta(milliseconds=1))
    stage.review("ben", first, at=stage.at + timedelta(milliseconds=2))
    view = made(stage, since=_text(stage.at), until=_after(stage), **asked)
    assert [line["event"]["kind"] for line in lines(view)] == kinds


def test_nothing_of_another_workspace_is_in_it(stage: Stage, other: Stage) -> None:
    stage.submit()
    for with_values in (False, True):
        view = made(stage, with_values=with_values)
        assert other.id not in file_of(view).read_text()
    assert {line["event"]["log"] for line in lines(view)} == {stage.id}


def test_csv_has_a_column_for_each_member_and_reads_back(stage: Stage) -> None:
    action = stage.submit(args={"customer_id": "cus_1", "amount_usd": 80, "note": "=1+1"})
    view = made(stage, form="csv", kind="action", until=_after(stage))
    raw = file_of(view).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfid,occurred_at,")
    [row] = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert (row["kind"], row["action"], row["agent"], row["tool"], row["outcome"], row["rule"]) == (
        "action:submitted",
        action.id,
        "otto",
        "billing.refund",
        "pending",
        "refunds-over-50",
    )


def test_making_is_a_fact_of_whoever_asked(stage: Stage) -> None:
    view = made(stage, tool="billing.refund", kind="action")
    [fact] = facts(stage, "export:made")
    assert (fact["actor"]["id"], fact["subject"]) == (stage.people["dana"], {"type": "export", "id": view.id})
    assert fact["data"] == {
        "what": "events",
        "format": "jsonl",
        "values": False,
        "asked": {"kind": "action"},
        "schedule": None,
        "sha256": sha256(file_of(view).read_bytes()).hexdigest(),
        "rows": 0,
    }


def test_it_is_fetched_whole_and_in_parts(stage: Stage) -> None:
    view = made(stage)
    raw = file_of(view).read_bytes()
    answer, body = fetched(stage, view)
    etag = answer.headers["ETag"]
    assert (answer.status, body, answer.headers["Content-Length"]) == (200, raw, str(len(raw)))
    answer, body = fetched(stage, view, Range=f"bytes={len(raw) - 10}-", If_Range=etag)
    assert (answer.status, body) == (206, raw[-10:])
    assert answer.headers["Content-Range"] == f"bytes {len(raw) - 10}-{len(raw) - 1}/{len(raw)}"
    answer, body = fetched(stage, view, Range="bytes=5-9", If_Range='"another"')
    assert (answer.status, body) == (200, raw)
    answer, body = fetched(stage, view, Range=f"bytes={len(raw)}-")
    assert (answer.status, body, answer.headers["Content-Range"]) == (416, b"", f"bytes */{len(raw)}")
    answer, body = fetched(stage, view, If_None_Match=etag)
    assert (answer.status, body) == (304, b"")
    assert [(f["data"]["first"], f["data"]["last"]) for f in facts(stage, "export:downloaded")] == [
        (0, len(raw) - 1),
        (len(raw) - 10, len(raw) - 1),
        (0, len(raw) - 1),
    ]


def test_a_file_goes_in_its_time_and_that_is_a_fact(stage: Stage, django_capture_on_commit_callbacks: Any) -> None:
    view = made(stage)
    file = file_of(view)
    assert exports.expire_due(at=stage.at + timedelta(days=6)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert exports.expire_due(at=stage.at + timedelta(days=7)) == 1
    assert (file.exists(), find(stage.id, view.id).state, find(stage.id, view.id).because) == (False, "expired", "time")
    assert [fact["data"] for fact in facts(stage, "export:expired")] == [{"because": "time"}]
    with pytest.raises(Conflict, match="Its time is over"):
        fetched(stage, view)
    assert exports.expire_due(at=stage.at + timedelta(days=8)) == 0


def test_dana_drops_one_before_its_time_and_erasure_drops_all(
    stage: Stage, other: Stage, django_capture_on_commit_callbacks: Any
) -> None:
    first, second = made(stage), made(stage)
    waiting = order(stage)
    with django_capture_on_commit_callbacks(execute=True):
        exports.drop_export(actor=dana(stage), at=stage.at, workspace_id=stage.id, export_id=first.id)
    with pytest.raises(AlreadyClosed):
        exports.drop_export(actor=dana(stage), at=stage.at, workspace_id=stage.id, export_id=first.id)
    with django_capture_on_commit_callbacks(execute=True):
        assert exports.drop_all(actor=SYSTEM, at=stage.at, workspace_id=stage.id) == 1
    states = {view.id: (view.state, view.because) for view in page(stage.id)}
    assert states == {first.id: ("expired", "person"), second.id: ("expired", "erasure"), waiting.id: ("cancelled", "")}
    assert storage.names() == []


def test_a_cancelled_export_leaves_no_file_and_no_fact(stage: Stage) -> None:
    view = order(stage)
    [(job_id, until)] = _handed(stage)
    exports.cancel_export(actor=dana(stage), at=stage.at, workspace_id=stage.id, export_id=view.id)
    assert find(stage.id, view.id).state == "stopping"
    jobs.run(job_id=job_id, leased_until=until, now=lambda: stage.at)
    assert (find(stage.id, view.id).state, storage.names(), facts(stage, "export:made")) == ("cancelled", [], [])
    with pytest.raises(AlreadyClosed):
        exports.cancel_export(actor=dana(stage), at=stage.at, workspace_id=stage.id, export_id=view.id)


def test_a_worker_that_was_overtaken_leaves_the_file_of_the_other(stage: Stage) -> None:
    view = order(stage)
    [(job_id, until)] = _handed(stage)
    job = jobs.Work(job_id, stage.id, {"export": view.id}, until, lambda: stage.at)
    later = stage.at + 2 * jobs.LEASE
    [(again, second)] = _handed(stage, later)
    assert again == job_id
    with scope.workspace(stage.id), pytest.raises(jobs.Stopped):
        exports.run(job)
    assert jobs.run(job_id=again, leased_until=second, now=lambda: later)
    assert [storage.export_of(name) for name in storage.names()] == [view.id]
    assert (find(stage.id, view.id).state, len(facts(stage, "export:made"))) == ("made", 1)


def test_what_a_killed_worker_left_is_swept_away_and_what_is_live_stays(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = made(stage)
    left = [f"{view.id}.0123456789abcdef.jsonl", f"{view.id}.fedcba9876543210.jsonl.part"]
    for name in left:
        storage.path(name).write_bytes(b"x")
    assert exports.sweep() == 0
    monkeypatch.setattr(storage, "LEFT_BEHIND", -1.0)
    assert exports.sweep() == 2
    assert storage.names() == [file_of(view).name]


def test_a_full_disk_is_told_and_leaves_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", _full)
    view = order(stage)
    work(stage)
    found = find(stage.id, view.id)
    assert (found.state, found.problem.partition(".")[0], storage.names()) == (
        "failed",
        "There is no room left for exports on the server's disk",
        [],
    )


def test_values_under_another_key_fail_the_export_in_words_that_help(stage: Stage, settings: Settings) -> None:
    stage.review("ben", stage.submit(), "reject", reason_code="other", comment="No.")
    view = order(stage, until=_after(stage), with_values=True)
    settings.DISCLOSURE_KEY = "a key that was mistyped"
    keys.forget_all()
    work(stage)
    found = find(stage.id, view.id)
    assert (found.state, storage.names()) == ("failed", [])
    assert "COUNTERSIGN_DISCLOSURE_KEY_PREVIOUS" in found.problem
    assert "Tell the operator." in found.problem


def _full(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_so_many_at_once(stage: Stage) -> None:
    for _ in range(exports.AT_ONCE):
        order(stage)
    with pytest.raises(Conflict) as refused:
        order(stage)
    assert refused.value.code == "busy"


@pytest.mark.parametrize(
    ("what", "form", "asked", "pointer"),
    [
        ("everything", "csv", {}, "/what"),
        ("events", "pdf", {}, "/format"),
        ("all", "csv", {}, "/format"),
        ("policy-history", "csv", {"tool": "x"}, "/tool"),
        ("events", "csv", {"kind": "nothing:happened"}, "/kind"),
        ("events", "csv", {"outcome": "pending"}, "/outcome"),
        ("events", "csv", {"since": "yesterday"}, "/since"),
        ("events", "csv", {"since": "2026-11-20T00:00:00Z", "until": "2026-11-20T00:00:00Z"}, "/until"),
        ("events", "csv", {"tool": "x" * 201}, "/tool"),
        ("events", "csv", {"color": "red"}, "/color"),
    ],
)
def test_what_cannot_be_ordered_says_where(
    stage: Stage, what: str, form: str, asked: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        order(stage, what, form, **asked)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    assert Export.everywhere.count() == 0


def test_another_workspace_has_no_such_export(stage: Stage, other: Stage) -> None:
    view = made(stage)
    with pytest.raises(NotFound):
        find(other.id, view.id)
    with pytest.raises(NotFound):
        downloads.download(actor=SYSTEM, at=stage.at, workspace_id=other.id, export_id=view.id, headers={})


def _handed(stage: Stage, at: Any = None) -> list[tuple[str, Any]]:
    given: list[tuple[str, Any]] = []
    jobs.hand_out(lambda job_id, until: given.append((job_id, until)), at=at or stage.at)
    return given


def _events(stage: Stage, kind: str) -> list[str]:
    return list(Event.objects.filter(workspace_id=stage.id, kind=kind).values_list("id", flat=True))


def _text(at: Any) -> str:
    return str(at.isoformat())


def _after(stage: Stage) -> str:
    return _text(stage.at + timedelta(hours=1))


def test_an_erasure_takes_away_every_file_that_may_hold_the_value(
    stage: Stage, erase: Erase, django_capture_on_commit_callbacks: Any
) -> None:
    action = stage.submit(args={"customer_id": "cus_1", "amount_usd": 80, "note": "plutonium-kettle"})
    stage.review("ben", action, "reject", reason_code="other", comment="A plutonium-kettle?")
    view = order(stage, with_values=True, until=_after(stage))
    work(stage)
    assert "plutonium-kettle" in file_of(view).read_text()
    later = stage.at + timedelta(hours=1)
    with django_capture_on_commit_callbacks(execute=True):
        erase("action", action.id, later)
    assert (storage.names(), find(stage.id, view.id).because) == ([], "erasure")
    stage.at = later
    again = made(stage, with_values=True, until=(later + timedelta(hours=1)).isoformat())
    assert "plutonium-kettle" not in file_of(again).read_text()
    assert any(line["erased"] for line in lines(again))


def test_a_person_who_is_erased_ordered_under_no_name(stage: Stage) -> None:
    made(stage)
    exports.forget_person(workspace_id=stage.id, user_id=stage.people["dana"], name="Erased person")
    assert [view.by_name for view in page(stage.id)] == ["Erased person"]
