"""The pages of exports: for those who may open evidence, and for nobody else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse
from pytest_django.fixtures import Settings

from audit.actor import OPERATOR
from compliance.models import Export, Schedule
from compliance.queries.exports import page
from compliance.services import exports
from console.web import export_urls
from tests.cast import Stage
from tests.compliance.ordering import file_of, made, order, work
from tests.console.conftest import Browse

PATTERNS: list[URLPattern] = export_urls.urlpatterns
BASE = "/w/demo/audit/exports/"
IDS = {"export_id": "exp_01m7waf705ewrb8xtcdnheqcvh", "schedule_id": "exs_01m7waf705ewrb8xtcdnheqcvh"}
IDS |= {"stream_id": "str_01m7waf705ewrb8xtcdnheqcvh"}


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Any) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"


def address(pattern: URLPattern) -> str:
    given = {name: IDS[name] for name in pattern.pattern.converters}
    return reverse(str(pattern.name), kwargs={"workspace": "demo", **given})


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: str(pattern.name))
@pytest.mark.parametrize("person", ["ada", "ben", "vera"])
def test_who_may_not_open_evidence_sees_none(stage: Stage, browse: Browse, person: str, pattern: URLPattern) -> None:
    client = browse(person)
    statuses = {client.get(address(pattern)).status_code, client.post(address(pattern)).status_code}
    assert statuses <= {403, 405}
    assert 403 in statuses
    assert f'href="{BASE}"' not in client.get("/w/demo/history").text


def test_dana_orders_watches_and_fetches_one(stage: Stage, browse: Browse) -> None:
    client = browse("dana")
    assert f'<a href="{BASE}">Exports</a>' in client.get("/w/demo/audit/").text
    sent = client.post(
        f"{BASE}new", {"what": "events", "format": "csv", "tool": "billing.refund", "until": "2100-01-01"}, follow=True
    )
    assert ("It is being made." in sent.text, "Waits for a worker" in sent.text) == (True, True)
    assert 'hx-get="/w/demo/audit/exports/list"' in sent.text
    work(stage)
    [view] = page(stage.id)
    shown = client.get(BASE).text
    assert (
        '<span class="chip approved">ready</span>' in shown,
        "exports/list" in shown,
        "tool billing.refund" in shown,
    ) == (
        True,
        False,
        True,
    )
    answer = client.get(f"{BASE}{view.id}/file", headers={"Accept-Encoding": "gzip", "Range": "bytes=3-16"})
    assert (answer.status_code, b"".join(answer), answer.headers["Content-Range"]) == (
        206,
        b"id,occurred_at",
        f"bytes 3-16/{view.bytes}",
    )
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="countersign-events-')
    whole = client.get(f"{BASE}{view.id}/file", headers={"Accept-Encoding": "gzip"})
    assert (b"".join(whole), "Content-Encoding" in whole.headers) == (file_of(view).read_bytes(), False)


def test_a_day_to_is_included(stage: Stage, browse: Browse) -> None:
    browse("dana").post(f"{BASE}new", {"what": "all", "format": "pdf", "since": "2026-11-01", "until": "2026-11-30"})
    assert Export.everywhere.get().asked == {
        "since": "2026-11-01T00:00:00.000000Z",
        "until": "2026-12-01T00:00:00.000000Z",
    }


@pytest.mark.parametrize(
    ("sent", "field", "told"),
    [
        ({"what": "events", "format": "pdf"}, "format", "comes as csv or jsonl or ocsf or cef"),
        ({"what": "all", "format": "pdf", "tool": "x"}, "tool", "can be narrowed by since, until alone"),
        ({"what": "events", "format": "csv", "kind": "nothing"}, "kind", "Take a kind of event"),
        ({"what": "events", "format": "csv", "since": "2026-11-20", "until": "2026-11-01"}, "until", "Let it end"),
        ({"what": "events", "format": "csv", "since": "0001-01-01"}, "since", "Give a day from 2000 on"),
        ({"what": "nothing", "format": "csv"}, "what", "Select a valid choice"),
    ],
)
def test_a_refusal_stands_at_its_field(
    stage: Stage, browse: Browse, sent: dict[str, str], field: str, told: str
) -> None:
    answer = browse("dana").post(f"{BASE}new", sent)
    assert answer.status_code == 422
    assert re.search(rf'id="export_{field}_error"><li>[^<]*{told}', answer.text)
    assert Export.everywhere.count() == 0


def test_dana_cancels_one_and_drops_another(
    stage: Stage, browse: Browse, django_capture_on_commit_callbacks: Any
) -> None:
    client, first = browse("dana"), made(stage)
    waiting = order(stage)
    assert "The export stops." in client.post(f"{BASE}{waiting.id}/cancel", follow=True).text
    with django_capture_on_commit_callbacks(execute=True):
        assert "The file is gone." in client.post(f"{BASE}{first.id}/drop", follow=True).text
    assert "Nothing was changed" in client.post(f"{BASE}{first.id}/drop", follow=True).text
    assert "Its time is over and the file is gone." in client.get(f"{BASE}{first.id}/file", follow=True).text
    assert client.post(f"{BASE}{IDS['export_id']}/drop").status_code == 404


def test_dana_schedules_one_for_eve_and_ends_it(stage: Stage, browse: Browse) -> None:
    client = browse("dana")
    sent = {"what": "all", "format": "pdf", "every": "week", "user": stage.people["eve"]}
    shown = client.post(f"{BASE}schedules", sent, follow=True).text
    assert "<b>All standard reports</b> as PDF report, every week, to" in shown
    made_one = Schedule.everywhere.get()
    assert "It comes no more." in client.post(f"{BASE}schedules/{made_one.id}/end", follow=True).text
    assert "Nothing yet." in client.get(f"{BASE}schedules").text
    refused = client.post(f"{BASE}schedules", {**sent, "user": stage.people["ben"]})
    assert (refused.status_code, Schedule.everywhere.filter(ended_at=None).count()) == (422, 0)


def test_one_row_and_three_take_the_same_queries(stage: Stage, browse: Browse) -> None:
    client = browse("dana")
    counts = []
    for wanted in (1, 3):
        while Export.everywhere.count() < wanted:
            order(stage)
        client.get(BASE)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(BASE).text.count('class="chip') + client.get(BASE).text.count("<progress") >= wanted
        counts.append(len(asked) // 2)
    assert counts[0] == counts[1]


def test_the_list_is_paged_by_key(stage: Stage, browse: Browse) -> None:
    for n in range(27):
        at = stage.at + timedelta(milliseconds=n)
        Export.everywhere.create(
            workspace_id=stage.id, job_id="", what="events", format="csv", by_kind="operator", by_id="x", by_name="x",
            created_at=at,
        )  # fmt: skip
    first = browse("dana").get(BASE).text
    found = re.search(r"\?after=(exp_\w+)", first)
    assert found
    second = browse("dana").get(f"{BASE}?after={found[1]}").text
    assert (first.count("<tr>"), second.count("<tr>")) == (26, 3)
    assert browse("dana").get(f"{BASE}?after=nonsense").text.count("<tr>") == 26


def test_what_hides_in_a_filter_is_spelled_out(stage: Stage, browse: Browse) -> None:
    order(stage, tool="a\u202eb<script>")
    shown = browse("dana").get(BASE).text
    assert ("\u202e" in shown, "U+202E" in shown, "<script>" in shown.partition("<main")[2]) == (False, True, False)


def test_an_operator_has_no_door_here(stage: Stage) -> None:
    assert exports.drop_all(actor=OPERATOR, at=stage.at, workspace_id=stage.id) == 0
