"""The stop switch on its page, on every page, and before anything goes on again."""

import re

import pytest

from approvals import queries
from approvals.policy.stops import Stop
from approvals.services import stops
from audit.actor import OPERATOR
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.questions import questions

SMALL = {"customer_id": "cus_1", "amount_usd": 40}


def pull(stage: Stage, **asked: str) -> Stop:
    given = {"mode": "pause", "reason": "Odd refunds", **asked}
    return stops.pull(actor=OPERATOR, at=stage.at, workspace_id=stage.id, **given)


def banner(page: str) -> str:
    found = re.search(r'<div id="stops".*?</div>', page, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_every_page_says_what_is_stopped_and_none_does_when_nothing_is(stage: Stage, browse: Browse) -> None:
    vera = browse("vera")
    pages = ("queue", "history", "incidents", "stop", "settings/profile", "care")
    assert {banner(vera.get(f"/w/demo/{page}").text) for page in pages} == {""}
    pull(stage, agent="otto")
    told = "Stopped: agent otto waits, and nothing of it runs."
    assert [told in banner(vera.get(f"/w/demo/{page}").text) for page in pages] == [True] * 6
    assert told in banner(vera.get("/w/demo/stop/banner").text)


def test_one_look_with_yes_and_no_side_by_side_and_then_it_is_stopped(stage: Stage, browse: Browse) -> None:
    ben, asked = browse("ben"), {"mode": "deny_writes", "agent": "otto", "tool": "", "reason": "Odd refunds"}
    stage.submit()
    page = ben.get("/w/demo/stop/pull", asked)
    assert "From the moment you press, writes of agent otto are denied." in page.text
    assert (page.text.count("1 action"), queries.stops_on(stage.id)) == (1, ())
    done = ben.post("/w/demo/stop/pull", asked)
    assert (done.status_code, done.headers["Location"]) == (302, "/w/demo/stop")
    (stop,) = queries.stops_on(stage.id)
    assert (stop.told, stop.reason, stop.pulled_by) == ("writes of agent otto are denied", "Odd refunds", "Ben")
    assert stage.submit(args=SMALL).state == "rejected"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"mode": "halt"}, "Select a valid choice"),
        ({"mode": "pause", "agent": "nobody"}, "There is no agent of this name here."),
        ({"mode": "pause", "tool": "a b"}, "Write the name of a tool, or a pattern such as billing.* with stars."),
    ],
)
def test_what_cannot_be_stopped_is_said_beside_its_field(
    stage: Stage, browse: Browse, asked: dict[str, str], told: str
) -> None:
    for answer in (browse("ben").get("/w/demo/stop/pull", asked), browse("ben").post("/w/demo/stop/pull", asked)):
        assert (answer.status_code, told in answer.text) == (422, True)
    assert queries.stops_on(stage.id) == ()


def test_releasing_takes_a_second_look_and_a_reason(stage: Stage, browse: Browse) -> None:
    stop, ada = pull(stage, agent="otto"), browse("ada")
    address = f"/w/demo/stop/{stop.id}/release"
    assert "Look once more before it goes on" in ada.get(address).text
    for said in ({"reason": "Mended"}, {"looked": "on"}):
        assert ada.post(address, said).status_code == 422
    assert len(queries.stops_on(stage.id)) == 1
    assert ada.post(address, {"reason": "Mended", "looked": "on"}).status_code == 302
    assert (queries.stops_on(stage.id), stage.submit(args=SMALL).state) == ((), "approved")
    assert "Mended" in ada.get("/w/demo/stop").text
    assert "Nothing is left to do." in ada.get(address).text
    assert "released it before" in ada.post(address, {"reason": "Mended", "looked": "on"}, follow=True).text


@pytest.mark.parametrize(
    ("name", "pulls", "releases"), [("eve", 302, 302), ("ada", 302, 302), ("ben", 302, 403), ("vera", 403, 403)]
)
def test_who_may(stage: Stage, browse: Browse, name: str, pulls: int, releases: int) -> None:
    stop, client = pull(stage, tool="crm.*"), browse(name)
    page = client.get("/w/demo/stop").text
    assert ("Stop…" in page, f"/stop/{stop.id}/release" in page) == (pulls == 302, releases == 302)
    assert client.post("/w/demo/stop/pull", {"mode": "pause"}).status_code == pulls
    said = {"reason": "Mended", "looked": "on"}
    assert client.post(f"/w/demo/stop/{stop.id}/release", said).status_code == releases


def test_while_it_is_stopped_the_buttons_say_why(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    pull(stage, agent="otto")
    page = browse("ada").get(f"/w/demo/actions/{view.id}").text
    assert "The stop switch is on: agent otto waits, and nothing of it runs. It can be rejected" in page
    assert ("data-approve" in page, f"/actions/{view.id}/reject" in page) == (False, True)


def test_the_page_asks_as_much_for_three_as_for_one(stage: Stage, browse: Browse) -> None:
    ada, costs = browse("ada"), []
    ada.get("/w/demo/stop")
    for n in (1, 3):
        for m in range(n):
            stop = pull(stage, tool=f"a{n}{m}.*")
            pull(stage, tool=f"b{n}{m}.*")
            stops.release(actor=OPERATOR, at=stage.at, workspace_id=stage.id, stop_id=stop.id, because="Mended")
        with questions() as asked:
            assert ada.get("/w/demo/stop").status_code == 200
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 9


def test_what_was_released_is_read_a_page_at_a_time(
    stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.web.stops.PAGE", 2)
    for n in range(3):
        stop = pull(stage, tool=f"a{n}.*")
        stops.release(actor=OPERATOR, at=stage.at, workspace_id=stage.id, stop_id=stop.id, because="Mended")
    ada = browse("ada")
    first = ada.get("/w/demo/stop").text
    following = re.search(r'href="(\?after=[^"]+)"', first)
    assert following is not None
    second = ada.get("/w/demo/stop" + following[1]).text
    told = [set(re.findall(r"[Ee]very tool a\d\.\*", page)) for page in (first, second)]
    assert (len(told[0]), len(told[1]), len(told[0] | told[1])) == (2, 1, 3)
