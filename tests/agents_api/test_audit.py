"""The audit log over the API: service accounts with audit:read and auditors follow it, order exports and fetch them."""

from datetime import timedelta
from typing import Any

import msgspec
import orjson
import pytest
from pytest_django.fixtures import Settings

from accounts import services as accounts
from agents_api.export_documents import EventPageOut, ExportOut, ExportPageOut
from audit.actor import OPERATOR
from audit.models import Event
from compliance import entries
from compliance.queries import events
from tests.agents_api.calling import Api, Reply
from tests.cast import Stage
from tests.compliance.ordering import work


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Any) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"


def service(stage: Stage, *scopes: str) -> Api:
    issued = accounts.issue_key(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="SIEM", scopes=scopes or ("audit:read",)
    )
    return Api(issued.token)


def page_of(answer: Reply) -> EventPageOut:
    assert answer.status == 200
    return msgspec.json.decode(answer.body, type=EventPageOut)


def export_of(answer: Reply, status: int = 200) -> ExportOut:
    assert answer.status == status
    return msgspec.json.decode(answer.body, type=ExportOut)


def test_a_service_account_follows_the_log_from_page_to_page(stage: Stage) -> None:
    api = service(stage)
    stage.submit(at=stage.at - timedelta(seconds=1))
    seen: list[str] = []
    after = ""
    while True:
        page = page_of(api.get(f"/audit/events?limit=7{after}"))
        seen += [item.id for item in page.items]
        if page.next is None:
            break
        assert len(page.items) == 7
        after = f"&after={page.next}"
    own = Event.objects.filter(workspace_id=stage.id).exclude(kind="key:used")
    assert seen == sorted(own.values_list("id", flat=True))


def test_the_event_comes_byte_for_byte(stage: Stage) -> None:
    action = stage.submit(at=stage.at - timedelta(seconds=1))
    answer = service(stage).get("/audit/events?kind=action:submitted")
    [item] = page_of(answer).items
    kept = bytes(Event.objects.get(action_id=action.id).body)
    assert kept in answer.body
    assert (item.event, item.action and item.action.tool) == (orjson.loads(kept), "billing.refund")


def test_a_rare_filter_gets_short_pages(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "CHUNK", 2)
    monkeypatch.setattr(events, "LOOKED_AT_MAX", 4)
    stage.submit("crm.note", {"text": "x"}, at=stage.at - timedelta(seconds=1))
    api, found, pages, after = service(stage), 0, 0, ""
    while True:
        page = page_of(api.get(f"/audit/events?rule=nothing{after}"))
        found, pages = found + len(page.items), pages + 1
        if page.next is None:
            break
        after = f"&after={page.next}"
    assert (found, pages > 3) == (0, True)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("since=yesterday", "/since"),
        ("kind=nothing:happened", "/kind"),
        ("outcome=pending", "/outcome"),
        ("after=evt_1", "/after"),
        ("limit=0", "/limit"),
        ("color=red", "/color"),
        ("tool=a&tool=b", "/tool"),
    ],
)
def test_a_bad_question_is_pointed_at(stage: Stage, query: str, pointer: str) -> None:
    answer = service(stage).get(f"/audit/events?{query}")
    assert (answer.status, [place for place, _ in answer.faults]) == (422, [pointer])


@pytest.mark.parametrize(("who", "code"), [("otto", "missing_scope"), ("ci", "missing_scope"), ("ben", "wrong_role")])
def test_nobody_else_reads_it(stage: Stage, who: str, code: str) -> None:
    api = {
        "otto": lambda: Api(stage.keys["otto"]),
        "ci": lambda: service(stage, "policies:read"),
        "ben": lambda: Api(stage.tokens["ben"]),
    }[who]()
    for path in ("/audit/events", "/audit/exports", "/audit/exports/exp_01m7waf705ewrb8xtcdnheqcvh/file"):
        answer = api.get(path)
        assert (answer.status, answer.problem.code) == (403, code)
    assert api.post("/audit/exports", {"what": "events", "format": "csv"}).status == 403


def test_a_service_account_orders_an_export_once_and_fetches_it_in_parts(stage: Stage) -> None:
    api = service(stage)
    body = {"what": "decisions", "format": "csv", "asked": {"tool": "billing.refund"}}
    first = export_of(api.post("/audit/exports", body, key="one"), 202)
    again = api.post("/audit/exports", body, key="one")
    assert (export_of(again, 202).id, again.replayed, first.state) == (first.id, True, "waiting")
    assert api.get(f"/audit/exports/{first.id}/file").problem.code == "not_made"
    work(stage)
    done = export_of(api.get(f"/audit/exports/{first.id}"))
    assert (done.state, done.asked, done.ordered_by, done.file) == (
        "made",
        {"tool": "billing.refund"},
        "service account",
        f"/api/v1/audit/exports/{first.id}/file",
    )
    headers = {"Authorization": f"Bearer {api.token}"}
    whole = api.client.get(done.file or "", headers=headers)
    part = api.client.get(done.file or "", headers={**headers, "Range": "bytes=0-9"})
    raw = b"".join(whole)
    assert (whole.status_code, len(raw), part.status_code, b"".join(part)) == (200, done.bytes, 206, raw[:10])
    head = api.client.head(done.file or "", headers=headers)
    assert (head.status_code, head.headers["Content-Length"], b"".join(head)) == (200, str(done.bytes), b"")
    assert Event.objects.filter(kind="export:downloaded").count() == 2


def test_an_export_is_cancelled_and_listed(stage: Stage) -> None:
    api = Api(stage.tokens["dana"])
    made = export_of(api.post("/audit/exports", {"what": "all", "format": "pdf"}), 202)
    assert export_of(api.post(f"/audit/exports/{made.id}/cancel", {})).state == "cancelled"
    refused = api.post(f"/audit/exports/{made.id}/cancel", {})
    assert (refused.status, refused.problem.code) == (409, "already_closed")
    listed = msgspec.json.decode(api.get("/audit/exports").body, type=ExportPageOut)
    assert ([one.id for one in listed.items], listed.next) == ([made.id], None)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"what": "everything", "format": "csv"}, "/what"),
        ({"what": "events", "format": "pdf"}, "/format"),
        ({"what": "all", "format": "pdf", "asked": {"tool": "x"}}, "/asked/tool"),
        ({"what": "events", "format": "csv", "asked": {"kind": "x"}}, "/asked/kind"),
        ({"what": "events", "format": "csv", "asked": {"color": "x"}}, "/asked/color"),
        ({"what": "events"}, "/format"),
    ],
)
def test_an_order_that_makes_no_sense_is_pointed_at(stage: Stage, body: dict[str, Any], pointer: str) -> None:
    answer = service(stage).post("/audit/exports", body)
    assert (answer.status, [place for place, _ in answer.faults]) == (422, [pointer])
