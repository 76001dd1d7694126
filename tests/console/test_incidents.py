"""Incidents on their pages: opened, worked, closed and taken away."""

import re
from datetime import timedelta
from typing import Any

import orjson
import pytest

from accounts import services as accounts
from approvals import queries
from approvals.queries import IncidentView
from approvals.services import incidents
from audit.actor import OPERATOR
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.questions import questions

SMALL = {"customer_id": "cus_1", "amount_usd": 40}
UNDO = {"name": "billing.charge", "args": {"customer_id": "cus_1"}}


def opened(stage: Stage, title: str = "Two refunds", actions: tuple[str, ...] = ()) -> IncidentView:
    return incidents.open_incident(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, title=title, severity="high", action_ids=actions
    )


def read(stage: Stage, found: IncidentView) -> IncidentView:
    return queries.find_incident(stage.id, found.id)


def test_one_is_opened_by_hand_with_its_actions(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    said = {"title": "Two refunds", "severity": "high", "actions": view.id, "text": "At 10:31"}
    answer = browse("ben").post("/w/demo/incidents", said)
    (found,) = queries.incidents(stage.id)
    assert answer.headers["Location"] == f"/w/demo/incidents/{found.id}"
    assert [one.id for one in queries.actions_of(stage.id, found.id)] == [view.id]
    page = browse("vera").get(f"/w/demo/incidents/{found.id}").text
    assert ("At 10:31" in page, "Stop the damage" in page) == (True, False)


def test_an_unknown_action_is_said_and_nothing_is_opened(stage: Stage, browse: Browse) -> None:
    said = {"title": "Two refunds", "severity": "high", "actions": "act_x"}
    answer = browse("ben").post("/w/demo/incidents", said)
    assert (answer.status_code, "There is no action act_x here" in answer.text) == (422, True)
    assert queries.incidents(stage.id) == []


def test_the_button_on_an_action_tells_security(stage: Stage, browse: Browse) -> None:
    view, ben = stage.submit(), browse("ben")
    assert "It looks manipulated" in ben.get(f"/w/demo/actions/{view.id}").text
    page = ben.post(f"/w/demo/actions/{view.id}/suspect", follow=True).text
    assert ("Security is told." in page, "otto looks manipulated" in page) == (True, True)
    again = ben.get(f"/w/demo/actions/{view.id}").text
    assert "otto looks manipulated" in again
    assert browse("vera").post(f"/w/demo/actions/{view.id}/suspect").status_code == 403


def test_each_step_is_one_press(stage: Stage, browse: Browse) -> None:
    version = {"model": "m-1"}
    found = opened(stage, actions=(stage.submit(args=SMALL, agent_version=version).id,))
    ben = browse("ben")
    for step in queries.Step.values:
        assert f'value="{step}"' in ben.get(f"/w/demo/incidents/{found.id}").text
        assert ben.post(f"/w/demo/incidents/{found.id}/step", {"step": step}).status_code == 302
    assert {stop.mode for stop in queries.stops_on(stage.id)} == {"deny_writes", "force_approvals", "block"}
    page = ben.get(f"/w/demo/incidents/{found.id}").text
    assert "Writes of agent otto are denied." in page
    refused = ben.post(f"/w/demo/incidents/{found.id}/step", {"step": "explode"}, follow=True).text
    assert "Take one of: deny_writes" in refused


def test_it_is_handed_over_rated_noted_joined_and_closed(stage: Stage, browse: Browse) -> None:
    found, ada, view = opened(stage), browse("ada"), stage.submit()
    at = f"/w/demo/incidents/{found.id}"
    ada.post(f"{at}/assign", {"owner": stage.people["ben"]})
    ada.post(f"{at}/rate", {"severity": "critical"})
    ada.post(f"{at}/note", {"text": "The gateway retried."})
    ada.post(f"{at}/join", {"action": view.id})
    assert ada.post(f"{at}/note", {"text": " "}).status_code == 422
    assert browse("ben").post(f"{at}/close", {"text": "x"}).status_code == 403
    ada.post(f"{at}/close", {"text": "A retry without a key."})
    now = read(stage, found)
    assert (now.owner_name, now.severity, now.is_open, now.closed_by) == ("Ben", "critical", False, "Ada")
    page = ada.get(at).text
    assert ("A retry without a key." in page, "Add the note" in page) == (True, False)
    assert [found.title in ada.get(f"/w/demo/incidents{query}").text for query in ("", "?closed=1")] == [False, True]


def test_what_would_undo_an_action_is_shown_as_its_agents_words(stage: Stage, browse: Browse) -> None:
    view = stage.submit(impact={"undo": UNDO})
    page = browse("ada").get(f"/w/demo/incidents/{opened(stage, actions=(view.id,)).id}").text
    assert "billing.charge {&quot;customer_id&quot;:&quot;cus_1&quot;}" in page
    assert "What would undo it, says the agent" in page


def test_an_auditor_takes_it_away_as_json(stage: Stage, browse: Browse) -> None:
    view = stage.submit(impact={"undo": UNDO})
    found = opened(stage, actions=(view.id,))
    answer = browse("dana").get(f"/w/demo/incidents/{found.id}/export")
    tree: dict[str, Any] = orjson.loads(answer.content)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{found.id}.json"'
    assert (tree["incident"]["title"], tree["actions"][0]["args"]["amount_usd"]) == ("Two refunds", 80)
    assert browse("ben").get(f"/w/demo/incidents/{found.id}/export").status_code == 403


def test_the_pages_ask_as_much_for_three_as_for_one(stage: Stage, browse: Browse) -> None:
    ada, costs, found = browse("ada"), [], opened(stage)
    ada.get("/w/demo/incidents")
    for n in (1, 3):
        for m in range(n):
            opened(stage, f"Case {n}{m}")
            given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id}
            incidents.join(incident_id=found.id, action_id=stage.submit().id, **given)
        for page in ("incidents", f"incidents/{found.id}"):
            with questions() as asked:
                assert ada.get(f"/w/demo/{page}").status_code == 200
            costs.append(len(asked))
    assert costs[:2] == costs[2:]
    assert costs[0] <= 8
    assert costs[1] <= 12


def test_the_list_is_read_a_page_at_a_time(stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.web.incidents.PAGE", 2)
    for n in range(3):
        opened(stage, f"Case {n}")
    ada = browse("ada")
    first = ada.get("/w/demo/incidents").text
    following = re.search(r'href="(\?after=[^"]+)"', first)
    assert following is not None
    second = ada.get("/w/demo/incidents" + following[1]).text
    told = [set(re.findall(r"Case \d", page)) for page in (first, second)]
    assert (len(told[0]), len(told[1]), len(told[0] | told[1])) == (2, 1, 3)


def test_a_point_of_the_figures_leads_to_what_was_opened_then(stage: Stage, browse: Browse) -> None:
    now, before = opened(stage, "Of this hour"), stage.at - timedelta(hours=2)
    earlier = incidents.open_incident(
        actor=OPERATOR, at=before, workspace_id=stage.id, title="Of before", severity="low", action_ids=()
    )
    incidents.close(actor=OPERATOR, at=stage.at, workspace_id=stage.id, incident_id=earlier.id, text="Over")
    client = browse("vera")
    figures = client.get("/w/demo/incidents/figures").text
    links = re.findall(r'<a href="([^"]+)">[^<]*</a></th><td>1</td>', figures)
    titles = [
        re.findall(r'<a href="/w/demo/incidents/(inc_\w+)"', client.get(link.replace("&amp;", "&")).text)
        for link in links
    ]
    assert titles == [[earlier.id], [now.id]]
    assert "closed ones among them" in client.get(links[0].replace("&amp;", "&")).text


def test_two_versions_stand_side_by_side_and_one_is_blocked(stage: Stage, browse: Browse) -> None:
    made = [
        accounts.register_version(
            actor=OPERATOR, at=stage.at, workspace_id=stage.id, agent_id=stage.otto.agent_id, manifest=manifest
        ).id
        for manifest in (
            {"model": "m-1", "params": {"temperature": 0.2}, "routing": "a"},
            {"model": "m-2", "params": {"temperature": 0.7}, "routing": "a"},
        )
    ]
    ben = browse("ben")
    page = ben.get(f"/w/demo/versions/{made[1]}?with={made[0]}").text
    rows = re.findall(r"<tr( class=\"differs\")?>\s*<th scope=\"row\"><code>(.*?)</code>", page)
    assert [(bool(differs), re.sub(r"<[^>]+>", "", name)) for differs, name in rows] == [
        (True, "model"),
        (True, "params.temperature"),
        (False, "routing"),
    ]
    answer = ben.post(f"/w/demo/versions/{made[1]}/block", {"back_to": made[0], "reason": "Odd"}, follow=True).text
    assert ("Blocked by Ben" in answer, "Block this version" in answer) == (True, False)
    assert [stop.target for stop in queries.stops_on(stage.id)] == [made[1]]
    assert browse("vera").post(f"/w/demo/versions/{made[0]}/block").status_code == 403
