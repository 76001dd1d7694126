"""The pages of webhooks: Eve adds one, is shown its secret once, and looks after it."""

import re

import pytest

from accounts.services import endpoints
from audit.actor import OPERATOR
from audit.models import Event
from outbox.models import Endpoint, Message, Sent
from tenancy import sealing
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.questions import questions

BASE = "/w/demo/settings/webhooks"
GIVEN = {"url": "https://hooks.example/in", "agent": "", "kinds": ["action.decided", "gate.verdict"]}
MOST = 8
SECRET = re.compile(r'value="(whsec_[^"]+)"')


def add(stage: Stage, agent_id: str = "", url: str = "https://hooks.example/in") -> str:
    made = endpoints.add_endpoint(
        actor=OPERATOR,
        at=stage.at,
        workspace_id=stage.id,
        url=url,
        kinds=["action.decided"],
        agent_id=agent_id,
    )
    return made.id


def give_up(stage: Stage, endpoint_id: str, count: int) -> None:
    for _ in range(count):
        Message.objects.create(
            workspace_id=stage.id,
            sink="webhook",
            kind="action.decided",
            subject="act_1",
            payload={"id": "act_1", "agent": "", "ref": "evt_1", "endpoint": endpoint_id},
            created_at=stage.at,
            due_at=stage.at,
            attempts=9,
            dead_at=stage.at,
        )


def test_eve_adds_one_and_sees_its_secret_once(stage: Stage, browse: Browse) -> None:
    client = browse("eve")
    shown = client.post(BASE, GIVEN)
    row = Endpoint.everywhere.get()
    (secret,) = SECRET.findall(shown.text)
    assert (sealing.unseal(row.secret, row.id), shown.headers["Cache-Control"]) == (secret, "no-store")
    page = client.get(BASE).text
    assert (secret in page, "Of the whole workspace: action.decided, gate.verdict." in page) == (False, True)
    assert "https://hooks.example/in" in page


def test_one_of_an_agent_names_it(stage: Stage, browse: Browse) -> None:
    client = browse("eve")
    client.post(BASE, {**GIVEN, "agent": stage.otto.agent_id, "kinds": ["action.question"]})
    page = client.get(BASE).text
    assert re.search(r"Of the agent (<[^>]+>)*otto(<[^>]+>)*: action\.question\.", page)
    page = client.get(f"{BASE}/{Endpoint.everywhere.get().id}").text
    assert ("action.escalated" in page, "gate.verdict" in page) == (True, False)


def test_eve_looks_after_it(stage: Stage, browse: Browse) -> None:
    client, endpoint_id = browse("eve"), add(stage)
    one = f"{BASE}/{endpoint_id}"
    assert "A test is on its way." in client.post(f"{one}/test", follow=True).text
    chosen = client.post(one, {"kinds": ["signal.alert", "action.question"]}, follow=True).text
    assert "It takes exactly these from now on." in chosen
    assert Endpoint.everywhere.get().kinds == ["action.question", "signal.alert"]
    assert "Nothing was changed." in client.post(one, {"kinds": ["signal.alert", "action.question"]}, follow=True).text
    assert len(SECRET.findall(client.post(f"{one}/rotate").text)) == 1
    assert "The secret before signs too until" in client.get(one).text
    assert "its secrets are forgotten" in client.post(f"{one}/remove", follow=True).text
    assert "Nobody yet." in client.get(BASE).text
    kinds = sorted(Event.objects.filter(kind__startswith="endpoint:").values_list("kind", flat=True))
    assert kinds == [f"endpoint:{verb}" for verb in ("added", "changed", "removed", "rotated", "tested")]
    for verb in ("test", "rotate", "replay", "remove"):
        assert client.post(f"{one}/{verb}").status_code == 404
    assert client.get(one).status_code == 404


def test_what_was_given_up_on_is_sent_once_more_together(stage: Stage, browse: Browse) -> None:
    client, endpoint_id, other = browse("eve"), add(stage), add(stage)
    give_up(stage, endpoint_id, 3)
    give_up(stage, other, 1)
    assert "3 messages did not arrive within a day." in client.get(f"{BASE}/{endpoint_id}").text
    page = client.post(f"{BASE}/{endpoint_id}/replay", follow=True).text
    assert ("What was given up on is sent once more" in page, "did not arrive" in page) == (True, False)
    assert Message.objects.filter(dead_at=None, payload__endpoint=endpoint_id).count() >= 3
    assert Message.objects.filter(dead_at__isnull=False).count() == 1
    again = client.post(f"{BASE}/{endpoint_id}/replay", follow=True).text
    assert "Nothing of it was given up on." in again


def test_a_failure_is_told_on_the_page(stage: Stage, browse: Browse) -> None:
    endpoint_id = add(stage)
    Endpoint.everywhere.update(failing_since=stage.at, last_error="The receiver answered 403: \u202eno.")
    for page in (browse("eve").get(BASE).text, browse("eve").get(f"{BASE}/{endpoint_id}").text):
        assert ("The receiver answered 403" in page, "\u202e" in page) == (True, False)
        assert '<span class="chip failed">failing</span>' in page


def test_deliveries_name_the_address_and_send_what_arrived_once_more(stage: Stage, browse: Browse) -> None:
    client, endpoint_id = browse("eve"), add(stage)
    Message.objects.all().delete()
    payload = {"id": "act_1", "agent": "", "ref": "evt_1", "endpoint": endpoint_id}
    given = {"workspace_id": stage.id, "subject": "act_1", "attempts": 1, "created_at": stage.at, "sent_at": stage.at}
    Sent.objects.create(id=1, sink="webhook", kind="action.decided", payload=payload, **given)
    Sent.objects.create(id=2, sink="mail", kind="letter", **given)
    page = client.get("/w/demo/settings/deliveries?state=sent").text
    assert (page.count("https://hooks.example/in"), page.count(">Send once more<")) == (1, 1)
    client.post("/w/demo/settings/deliveries/1/replay")
    assert [(row.kind, row.payload) for row in Message.objects.all()] == [("action.decided", payload)]
    assert client.post("/w/demo/settings/deliveries/2/replay").status_code == 404


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({"url": "http://hooks.example/"}, "url", "Give an address that begins with https://"),
        ({"url": "https://0x7f.1/"}, "url", "four decimal parts"),
        ({"kinds": []}, "kinds", "This field is required"),
        ({"kinds": ["action.read"]}, "kinds", "Select a valid choice"),
        ({"agent": "agt_01m7waf705ewrb8xtcdnheqcvh"}, "agent", "Select a valid choice"),
    ],
)
def test_a_refusal_stands_at_its_field(
    stage: Stage, browse: Browse, given: dict[str, object], field: str, told: str
) -> None:
    answer = browse("eve").post(BASE, {**GIVEN, **given})
    assert (answer.status_code, Endpoint.everywhere.count()) == (422, 0)
    assert re.search(rf'<ul class="errorlist" id="webhook_{field}_error"><li>[^<]*{re.escape(told)}', answer.text)


def test_what_an_agents_webhook_cannot_take_is_said_at_the_types(stage: Stage, browse: Browse) -> None:
    answer = browse("eve").post(BASE, {**GIVEN, "agent": stage.otto.agent_id})
    assert (answer.status_code, "For one agent take of: action.decided" in answer.text) == (422, True)


def test_the_list_asks_as_much_for_three_as_for_one(stage: Stage, browse: Browse) -> None:
    client = browse("eve")
    client.get(BASE)
    counts = []
    for more in (1, 2):
        for n in range(more):
            add(stage, url=f"https://hooks.example/{n}")
        with questions() as asked:
            client.get(BASE)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= MOST


def test_of_another_workspace_nothing_is_there(stage: Stage, other: Stage, browse: Browse) -> None:
    endpoint_id = endpoints.add_endpoint(
        actor=OPERATOR, at=other.at, workspace_id=other.id, url="https://hooks.example/", kinds=["action.decided"]
    ).id
    client = browse("eve")
    assert client.get(f"{BASE}/{endpoint_id}").status_code == 404
    for verb in ("test", "rotate", "replay", "remove"):
        assert client.post(f"{BASE}/{endpoint_id}/{verb}").status_code == 404
    assert Endpoint.everywhere.get().ended_at is None
