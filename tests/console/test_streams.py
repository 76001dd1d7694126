"""The page of streams: Dana begins one, is shown its secret once, and looks after it."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from audit.actor import OPERATOR
from audit.models import Event
from compliance.models import Stream
from compliance.services import streaming
from tenancy import sealing
from tests.cast import Stage
from tests.console.conftest import Browse

BASE = "/w/demo/audit/exports/streams"
SENT = {"url": "https://siem.example/in", "format": "ocsf", "since": "now", "authorization": "Splunk token"}
SECRET = re.compile(r'value="(whsec_[^"]+)"')


def begin(stage: Stage) -> str:
    made = streaming.start_stream(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, url="https://siem.example/in", form="jsonl"
    )
    return made.id


def test_dana_begins_one_and_sees_its_secret_once(stage: Stage, browse: Browse) -> None:
    client = browse("dana")
    shown = client.post(BASE, SENT)
    row = Stream.everywhere.get()
    (secret,) = SECRET.findall(shown.text)
    assert (sealing.unseal(row.secret, row.id), shown.headers["Cache-Control"]) == (secret, "no-store")
    assert sealing.unseal(row.authorization, row.id) == "Splunk token"
    page = client.get(BASE).text
    assert (secret in page, "Splunk token" in page, "OCSF 1.3.0 (JSON lines)" in page) == (False, False, True)
    assert "https://siem.example/in" in page


def test_dana_looks_after_it(stage: Stage, browse: Browse) -> None:
    client, stream_id = browse("dana"), begin(stage)
    assert "A test event is in the log." in client.post(f"{BASE}/{stream_id}/test", follow=True).text
    paused = client.post(f"{BASE}/{stream_id}/pause", follow=True).text
    assert ("Nothing is lost." in paused, f"{stream_id}/resume" in paused) == (True, True)
    assert "It goes on where it stopped." in client.post(f"{BASE}/{stream_id}/resume", follow=True).text
    assert len(SECRET.findall(client.post(f"{BASE}/{stream_id}/rotate").text)) == 1
    assert "its secrets are forgotten" in client.post(f"{BASE}/{stream_id}/end", follow=True).text
    assert "Nowhere yet." in client.get(BASE).text
    kinds = sorted(Event.objects.filter(kind__startswith="stream:").values_list("kind", flat=True))
    verbs = ("ended", "paused", "resumed", "rotated", "started", "tested")
    assert kinds == [f"stream:{verb}" for verb in verbs]
    for verb in ("test", "pause", "resume", "rotate", "end"):
        assert client.post(f"{BASE}/{stream_id}/{verb}").status_code == 404


def test_a_failure_is_told_on_the_page(stage: Stage, browse: Browse) -> None:
    begin(stage)
    Stream.everywhere.update(failing_since=stage.at, last_error="The receiver answered 403.")
    page = browse("eve").get(BASE).text
    assert ("The receiver answered 403." in page, '<span class="chip failed">failing</span>' in page) == (True, True)


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({"url": "http://siem.example/"}, "url", "Give an address that begins with https://"),
        ({"url": "https://0x7f.1/"}, "url", "four decimal parts"),
        ({"format": "pdf"}, "format", "Select a valid choice"),
    ],
)
def test_a_refusal_stands_at_its_field(
    stage: Stage, browse: Browse, given: dict[str, str], field: str, told: str
) -> None:
    answer = browse("dana").post(BASE, {**SENT, **given})
    assert answer.status_code == 422
    assert re.search(rf'id="stream_{field}_error"><li>[^<]*{told}', answer.text)
    assert Stream.everywhere.count() == 0


def test_one_stream_and_three_take_the_same_queries(stage: Stage, browse: Browse) -> None:
    client, counts = browse("dana"), []
    for wanted in (1, 3):
        while Stream.everywhere.count() < wanted:
            begin(stage)
        client.get(BASE)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(BASE).text.count("New secret") == wanted
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_cleos_streams_are_not_here(stage: Stage, other: Stage, browse: Browse) -> None:
    stream_id = begin(other)
    client = browse("dana")
    assert stream_id not in client.get(BASE).text
    assert {client.post(f"{BASE}/{stream_id}/{verb}").status_code for verb in ("test", "rotate", "end")} == {404}


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("siem", *arguments, "--workspace", "demo", stdout=out, no_color=True)
    return out.getvalue()


def test_the_operator_does_the_same_from_the_shell(stage: Stage) -> None:
    stream_id, secret = run("add", "https://siem.example/in", "--format", "cef", "--since", "beginning").split()
    assert secret.startswith("whsec_")
    assert run("list") == f"{stream_id}  waiting  cef  0 sent  0 behind  https://siem.example/in\n"
    assert run("pause", stream_id) == f"{stream_id}  pause\n"
    assert run("list").split()[1] == "paused"
    run("resume", stream_id)
    run("test", stream_id)
    assert run("rotate", stream_id).split()[1] != secret
    run("end", stream_id)
    assert run("list") == ""
    with pytest.raises(CommandError, match="There is no stream"):
        run("end", stream_id)
    with pytest.raises(CommandError, match="begins with https"):
        run("add", "http://siem.example/in")
    with pytest.raises(CommandError, match="There is no workspace nowhere"):
        call_command("siem", "list", "--workspace", "nowhere")


def test_operators_see_how_far_behind_it_is(stage: Stage, settings: Settings) -> None:
    settings.METRICS_TOKEN, settings.REDIS_URL = "a token", ""
    stream_id = begin(stage)
    Stream.everywhere.update(failing_since=stage.at)
    answer = Client().get("/metrics", headers={"Authorization": "Bearer a token"})
    told = {
        sample.name: sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
        if sample.labels == {"stream": stream_id}
    }
    assert told == {
        "countersign_siem_behind_entries": 0,
        "countersign_siem_late_seconds": 0,
        "countersign_siem_failing": 1,
    }
