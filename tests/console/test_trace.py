"""The trace page: everything that bears one id, in its order, and nothing of anybody else."""

import re
from datetime import timedelta
from typing import Any

import pytest

from approvals import services
from audit.actor import Door
from console.web import trace
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.questions import questions

HOSTILE = "</script><img src=x onerror=alert(1)>{{ 7|add:7 }} \u202egpj.exe"
CLAIMS: dict[str, Any] = {
    "summary": "Refund it",
    "agent_version": {"model": "otto-large"},
    "usage": {"input_tokens": 100, "output_tokens": 7, "tool_calls": 2, "cost": {"value": "0.012", "currency": "USD"}},
    "trace": {
        "steps": [{"name": "Read the ticket", "kind": "tool", "duration_ms": 12.5, "error": "slow"}],
        "sources": [{"uri": "https://tickets.example/7", "version": "3"}],
    },
    "evidence": [{"title": "Two charges", "text": "at 10:31"}],
}


def titles(html: str) -> list[str]:
    return [" ".join(title.split()) for title in re.findall(r"<li>\s*<h3>(.*?)</h3>", html)]


def test_the_whole_trace_is_told_in_the_order_in_which_it_happened(stage: Stage, browse: Browse) -> None:
    first = stage.submit(at=stage.at - timedelta(minutes=3), trace_id="tr_1", **CLAIMS)
    stage.submit("crm.delete", {"id": "7"}, at=stage.at - timedelta(minutes=2), trace_id="tr_1", **CLAIMS)
    stage.submit(at=stage.at - timedelta(minutes=2), trace_id="tr_2")
    member = stage.member("ada")
    services.ask(
        actor=member.actor(Door.WEB),
        at=stage.at - timedelta(minutes=1),
        member=member,
        action_id=first.id,
        text="Which charge?",
    )
    stage.review("ada", first, comment="Seen.")
    page = browse("vera").get("/w/demo/traces/tr_1").text
    assert titles(page) == ["Submitted", "Submitted", "Decided: denied by policy", "Question", "Decided: approved"]
    for text in ("Read the ticket", "12.5 ms", "slow", "https://tickets.example/7", "Two charges", "Which charge?"):
        assert text in page
    assert "Ada over the console" in page
    sums = re.findall(r"<td>(\d+)</td>", page.split("Usage and cost")[2])
    assert sums == ["2", "200", "14", "4"]
    assert "0.024 USD" in page


def test_a_trace_that_nobody_bears_or_that_is_of_others_is_not_there(
    stage: Stage, other: Stage, browse: Browse
) -> None:
    stage.submit(trace_id="tr_1")
    client = browse("ada")
    asked = ("traces/tr_2", "traces/%00", "traces", "traces?id=", "traces?id=%00", "traces/tr_1?after=act_zzz")
    assert [client.get(f"/w/demo/{path}").status_code for path in asked] == [404] * len(asked)
    assert client.get("/w/other/traces/tr_1").status_code == 404


@pytest.mark.parametrize("trace_id", ["../settings/people", "..", ".", "a/b", "a?b#c", HOSTILE, "\u0430"])
def test_a_trace_is_reached_whatever_its_id(stage: Stage, browse: Browse, trace_id: str) -> None:
    view = stage.submit(trace_id=trace_id, summary=HOSTILE)
    client = browse("ada")
    page = client.get(f"/w/demo/actions/{view.id}").text
    address = re.search(r'<a href="(/w/demo/traces\?id=[^"]*)">Trace</a>', page)
    assert address
    answer = client.get(address[1])
    assert answer.status_code == 200
    assert view.id in answer.text
    assert "<img" not in answer.text
    assert "\u202e" not in answer.text


def test_an_ordinary_trace_has_an_address_of_its_own(stage: Stage, browse: Browse) -> None:
    view = stage.review("ada", stage.submit(trace_id="tr_9c12"))
    client = browse("ada")
    for path in (f"actions/{view.id}", f"actions/{view.id}/history", "history"):
        assert 'href="/w/demo/traces/tr_9c12"' in client.get(f"/w/demo/{path}").text


def test_three_actions_cost_as_many_queries_as_one(stage: Stage, browse: Browse) -> None:
    client = browse("ada")
    stage.review("ada", stage.submit(trace_id="tr_1", **CLAIMS))
    client.get("/w/demo/traces/tr_1")
    for _ in range(2):
        with questions() as asked:
            client.get("/w/demo/traces/tr_1")
        assert len(asked) == 9, asked
        stage.review("ada", stage.submit(trace_id="tr_1", **CLAIMS))
        stage.review("ben", stage.submit(trace_id="tr_1", **CLAIMS), "reject", reason_code="other")


def test_a_long_trace_has_pages(stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "PAGE", 2)
    made = sorted(stage.submit(trace_id="tr_1").id for _ in range(3))
    client = browse("ada")
    first = client.get("/w/demo/traces/tr_1").text
    more = re.search(r'href="([^"]+)">More', first)
    assert more
    pages = [first, client.get("/w/demo/traces/tr_1" + more[1]).text]
    rows = [re.findall(r'<th scope="row"><a href="/w/demo/actions/(act_\w+)">', page) for page in pages]
    assert rows == [made[:2], made[2:]]
