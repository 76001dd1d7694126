"""What operators watch: /metrics for whoever has the token, the page of the status, and the heartbeat."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.core import checks
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from accounts.models import User
from approvals.models import Timer
from audit.log_queries import oldest_waiting
from audit.models import Event
from config import health
from config.heartbeat import Heartbeat
from outbox.models import Message, Sent
from tests.audit.logging_events import keep, keeper
from tests.cast import Stage

TOKEN = "a token for the watch"


@pytest.fixture(autouse=True)
def fresh(settings: Settings) -> None:
    health._kept.clear()
    settings.REDIS_URL = ""
    settings.METRICS_TOKEN = TOKEN


def scraped(token: str = TOKEN) -> dict[tuple[str, ...], float]:
    """By the sample's name and its labels in the order of their names."""
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (200, "text/plain")
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def late(stage: Stage, minutes: int = 2) -> None:
    view = stage.submit()
    due_at = datetime.now(UTC) - timedelta(minutes=minutes)
    Timer.everywhere.filter(action_id=view.id, kind="expire").update(due_at=due_at)
    health._kept.clear()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "shown", "status"),
    [("", "", 404), ("", "x", 404), (TOKEN, "", 401), (TOKEN, "wrong", 401), (TOKEN, TOKEN, 200)],
)
def test_only_the_token_opens_it(settings: Settings, token: str, shown: str, status: int) -> None:
    settings.METRICS_TOKEN = token
    headers = {"Authorization": f"Bearer {shown}"} if shown else {}
    assert Client().get("/metrics", headers=headers).status_code == status


@pytest.mark.django_db
def test_it_tells_what_is_late_with_each_limit(stage: Stage) -> None:
    late(stage)
    found = scraped()
    assert round(found["countersign_late_seconds", "unfired_timer"]) == 120
    assert found["countersign_late_limit_seconds", "unfired_timer"] == 60
    assert found["countersign_within_limits",] == 0
    assert found["process_resident_memory_bytes",] > 0


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_not_by_address(stage: Stage) -> None:
    client = Client()
    client.force_login(User.objects.get(pk=stage.people["vera"]))
    before = scraped()
    for _ in range(3):
        client.get(f"/w/demo/actions/{stage.submit().id}")
    client.get("/nowhere/at/all")
    after = scraped()
    name = "countersign_http_request_duration_seconds_count"
    route = "w/<slug:workspace>/actions/<str:action_id>"
    assert after[name, "GET", route, "2xx"] - before.get((name, "GET", route, "2xx"), 0) == 3
    assert after[name, "GET", "none", "4xx"] - before.get((name, "GET", "none", "4xx"), 0) == 1
    assert [key for key in after if "act_" in "".join(key)] == []


@pytest.mark.django_db
def test_deliveries_are_told_by_sink_and_outcome(stage: Stage) -> None:
    Message.objects.all().delete()
    stage.submit()
    waiting = Message.objects.filter(sink="live").count()
    dead = Message.objects.create(
        sink="mail",
        kind="x",
        workspace_id=stage.id,
        subject="x",
        payload={},
        created_at=stage.at,
        due_at=stage.at,
        dead_at=stage.at,
    )
    Sent.objects.create(
        id=dead.pk,
        sink="mail",
        kind="x",
        workspace_id=stage.id,
        subject="x",
        created_at=stage.at,
        attempts=1,
        sent_at=stage.at,
    )
    found = {key[1:]: value for key, value in scraped().items() if key[0] == "countersign_deliveries"}
    assert found == {("waiting", "live"): waiting, ("dead", "mail"): 1, ("sent", "mail"): 1}


@pytest.mark.django_db
def test_the_oldest_event_that_no_log_has_is_known(stage: Stage, tmp_path: Path) -> None:
    keep(keeper(tmp_path), stage.at)
    assert oldest_waiting() is None
    stage.submit()
    first = oldest_waiting()
    assert first == Event.objects.order_by("-id").values_list("recorded_at", flat=True).first()
    stage.submit(at=stage.at + timedelta(minutes=1))
    assert oldest_waiting() == first


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "status"), [("eve", 200), ("dana", 200), ("ada", 403), ("vera", 403)])
def test_admins_and_auditors_see_the_status(stage: Stage, name: str, status: int) -> None:
    client = Client()
    client.force_login(User.objects.get(pk=stage.people[name]))
    late(stage)
    answer = client.get("/w/demo/settings/status")
    assert answer.status_code == status
    assert ("Over the limit" in answer.text) is (status == 200)


class Watchdog(BaseHTTPRequestHandler):
    """Somebody elsewhere who counts the words that reach them."""

    heard: list[str]

    def do_GET(self) -> None:
        self.server.heard.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200 if self.path == "/ping" else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def watchdog() -> Iterator[tuple[str, list[str]]]:
    server = HTTPServer(("127.0.0.1", 0), Watchdog)
    heard: list[str] = []
    server.heard = heard  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


@pytest.mark.django_db
def test_the_heartbeat_goes_out_while_all_is_well_and_stops_when_not(
    stage: Stage, watchdog: tuple[str, list[str]], tmp_path: Path
) -> None:
    keep(keeper(tmp_path), stage.at)
    url, heard = watchdog
    heart = Heartbeat(f"{url}/ping")
    assert (heart.beat(), heart.settle(), heard) == (True, True, ["/ping"])
    late(stage)
    assert (heart.beat(), heard) == (False, ["/ping"])


@pytest.mark.django_db
def test_a_heartbeat_that_is_refused_or_lost_breaks_nothing(
    stage: Stage, watchdog: tuple[str, list[str]], tmp_path: Path
) -> None:
    keep(keeper(tmp_path), stage.at)
    url, _ = watchdog
    for address in (f"{url}/refused", "http://127.0.0.1:1/", "http://[broken"):
        heart = Heartbeat(address)
        assert (heart.beat(), heart.settle()) == (True, False)
    assert Heartbeat("").beat() is False


def test_an_address_that_is_none_is_found_at_the_start(settings: Settings) -> None:
    settings.HEARTBEAT_URL = "ftp://watch.example.com"
    assert "config.E005" in {message.id for message in checks.run_checks()}
