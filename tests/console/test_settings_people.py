"""Sessions, absences, letters and deliveries, as people work with them in the browser."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts import queries, services
from accounts.models import BrowserSession, User
from approvals.models import Listening
from approvals.services import note_listening
from audit.actor import OPERATOR
from console.web import deliveries
from outbox.models import Message, Sent
from tests.accounts.records import last
from tests.cast import PASSWORD, POLICY, Stage, use_policy
from tests.console.conftest import Browse
from tests.questions import questions

BASE = "/w/demo/settings"
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"}
DAY = timedelta(days=1)


def operator(stage: Stage) -> dict[str, Any]:
    return {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id}


def log_in(name: str, **headers: str) -> Client:
    client = Client(headers=headers)
    client.post("/login/", {"email": f"{name}@example.com", "password": PASSWORD})
    return client


def away(stage: Stage, name: str, **changed: Any) -> str:
    given = {"begins_at": stage.at - DAY, "ends_at": stage.at + 3 * DAY, **changed}
    return services.enter_absence(user_id=stage.people[name], **given, **operator(stage))


def test_ada_sees_where_she_is_logged_in_and_ends_the_other(stage: Stage) -> None:
    here, there = log_in("ada", **FIREFOX), log_in("ada")
    page = here.get(f"{BASE}/profile").text
    assert re.findall(r'<th scope="row">([A-Z][a-z]+ [a-z]+[^<]*)', page) == ["Firefox on Linux ", "Another browser"]
    assert page.count("this one</span>") == 1
    [end] = re.findall(r'action="([^"]+/profile/sessions/[0-9a-f]{64}/end)"', page)
    assert here.post(end, follow=True).text.count("That session is over.") == 1
    assert (here.get(f"{BASE}/profile").status_code, there.get(f"{BASE}/profile").status_code) == (200, 302)
    assert last("session:ended", stage.id)["actor"] == stage.people["ada"]


def test_ada_ends_all_others(stage: Stage) -> None:
    here, *others = [log_in("ada") for _ in range(3)]
    assert "End all others" in here.get(f"{BASE}/profile").text
    page = here.post(f"{BASE}/profile/sessions/end-others", follow=True).text
    assert "You are logged out everywhere else." in page
    assert "End all others" not in page
    assert [client.get(f"{BASE}/profile").status_code for client in others] == [302, 302]


def test_nobody_ends_somebody_elses_session(stage: Stage, browse: Browse) -> None:
    log_in("ben")
    bens = BrowserSession.objects.get().id
    assert browse("ada").post(f"{BASE}/profile/sessions/{bens}/end").status_code == 404


def test_eve_logs_ben_out_everywhere(stage: Stage, browse: Browse) -> None:
    bens = [log_in("ben", **FIREFOX) for _ in range(2)]
    client, page = browse("eve"), f"{BASE}/people/{stage.people['ben']}"
    assert client.get(page).text.count("Firefox on Linux") == 2
    assert "They are logged out everywhere." in client.post(f"{page}/sessions/end", follow=True).text
    assert [client.get(f"{BASE}/profile").status_code for client in bens] == [302, 302]
    assert "They are logged in nowhere." in client.post(f"{page}/sessions/end", follow=True).text


def test_whoever_left_has_no_page(stage: Stage, browse: Browse) -> None:
    services.end_membership(user_id=stage.people["ben"], **operator(stage))
    assert browse("eve").get(f"{BASE}/people/{stage.people['ben']}").status_code == 404


def dates(stage: Stage, first: int = 0, back: int = 3, **more: str) -> dict[str, str]:
    days = {"first": stage.at + first * DAY, "back": stage.at + back * DAY}
    return {**{name: f"{day:%Y-%m-%d}" for name, day in days.items()}, **more}


def test_ben_enters_his_absence_and_cancels_it(stage: Stage, browse: Browse) -> None:
    client = browse("ben")
    sent = dates(stage, delegate=stage.people["ada"], note="Skiing")
    page = client.post(f"{BASE}/absence", sent, follow=True).text
    assert "meanwhile Ada: Skiing" in page
    [absence] = queries.absences(stage.id, stage.at)
    midnight = stage.at.replace(hour=0, minute=0, second=0, microsecond=0)
    assert (absence.begins_at, absence.ends_at, absence.is_now) == (midnight, midnight + 3 * DAY, True)
    client.post(f"{BASE}/absence/{absence.id}/cancel")
    assert queries.absences(stage.id, stage.at) == []


def test_a_refused_absence_says_why_at_its_field(stage: Stage, browse: Browse) -> None:
    answer = browse("ben").post(f"{BASE}/absence", dates(stage, first=2, back=2))
    assert answer.status_code == 422
    assert 'id="absence_back_error"' in answer.text
    assert browse("ben").post(f"{BASE}/absence", dates(stage, delegate="usr_x")).status_code == 422


def test_ben_cancels_nobody_elses(stage: Stage, browse: Browse) -> None:
    absence_id = away(stage, "ada")
    assert browse("ben").post(f"{BASE}/absence/{absence_id}/cancel").status_code == 404
    assert len(queries.absences(stage.id, stage.at)) == 1


def test_eve_enters_and_cancels_one_for_ben_and_sees_all(stage: Stage, browse: Browse) -> None:
    client, page = browse("eve"), f"{BASE}/people/{stage.people['ben']}"
    assert client.post(page, dates(stage)).headers["Location"] == page
    [absence] = queries.absences(stage.id, stage.at)
    assert absence.name == "Ben"
    assert f'<a href="{page}">Ben</a>, ' in client.get(f"{BASE}/people").text
    client.post(f"{page}/absences/{absence.id}/cancel")
    assert "Nobody is away." in client.get(f"{BASE}/people").text


def test_the_action_page_says_who_is_away(stage: Stage, browse: Browse) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800})
    client = browse("ada")
    assert "is away until" not in client.get(f"/w/demo/actions/{view.id}").text
    away(stage, "ben", ends_at=stage.at.replace(year=stage.at.year + 1) - DAY, delegate_id=stage.people["vera"])
    away(stage, "vera")
    until = stage.at.replace(year=stage.at.year + 1) - DAY
    told = f"Ben (finance) is away until {until:%a} {until.day} {until:%b %Y}; ask Vera meanwhile"
    page = client.get(f"/w/demo/actions/{view.id}").text
    assert re.findall(r"<li>(\w+ \(\w+\) is away[^<]+)</li>", page) == [told]
    stage.review("ben", view)
    assert "is away until" not in client.get(f"/w/demo/actions/{view.id}").text


def test_rotations_stand_beside_the_people(stage: Stage, browse: Browse) -> None:
    client = browse("eve")
    assert "Rotations" not in client.get(f"{BASE}/people").text
    use_policy(stage, POLICY + "schedules: {finance: {members: [ada, ben]}}\n")
    assert "<b>finance</b>: ada, ben, weekly, handed over Mon 09:00 (UTC)" in client.get(f"{BASE}/people").text


def chosen(page: str) -> list[str]:
    """The radio buttons that are on."""
    return re.findall(r'type="radio"[^>]*value="(\w+)"[^>]*checked', page)


def test_ben_chooses_his_letters(stage: Stage, browse: Browse) -> None:
    client = browse("ben")
    assert re.findall(r'type="radio"[^>]*value="(\w+)"[^>]*checked', client.get(f"{BASE}/notifications").text) == [
        "serious"
    ]
    page = client.post(f"{BASE}/notifications", {"letters": "digest"}, follow=True).text
    assert chosen(page) == ["digest"]
    assert last("letters:chosen", stage.id)["data"] == {"letters": "digest"}
    assert client.post(f"{BASE}/notifications", {"letters": "hourly"}).status_code == 422
    reader = queries.reader(stage.id, stage.people["ben"])
    assert reader is not None
    assert reader.letters == "digest"


def owe(stage: Stage, n: int = 1, **changed: Any) -> list[int]:
    """Promises of the workspace's mail, by their ids."""
    given = {"workspace_id": stage.id, "sink": "mail", "kind": "person.invited", "subject": "inv_1", "payload": {}}
    times = {"created_at": stage.at, "due_at": stage.at}
    return [Message.objects.create(**{**given, **times, **changed}).pk for _ in range(n)]


def ids_in(html: str) -> list[int]:
    return [int(found) for found in re.findall(r'</code><br><span class="muted">(\d+)</span>', html)]


def test_deliveries_are_shown_by_state(stage: Stage, other: Stage, browse: Browse) -> None:
    Message.objects.all().delete()
    [waiting] = owe(stage)
    [retrying] = owe(stage, attempts=2, last_error="TransientFailure: \u202ebusy", due_at=stage.at + DAY)
    [dead] = owe(stage, attempts=9, last_error="PermanentFailure: refused", dead_at=stage.at)
    owe(other)
    sent = Sent.objects.create(
        id=99,
        workspace_id=stage.id,
        sink="mail",
        kind="k",
        subject="act_1",
        attempts=1,
        created_at=stage.at,
        sent_at=stage.at,
    )
    client = browse("dana")
    pages = {state: client.get(f"{BASE}/deliveries?state={state}").text for state in ("owed", "dead", "sent", "x")}
    assert {state: ids_in(page) for state, page in pages.items()} == {
        "owed": [retrying, waiting],
        "dead": [dead],
        "sent": [sent.id],
        "x": [retrying, waiting],
    }
    assert "\u202e" not in pages["owed"]
    assert "after 2 attempts, next" in pages["owed"]
    assert "Send once more" not in pages["dead"]


def test_older_deliveries_follow(stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    Message.objects.all().delete()
    monkeypatch.setattr(deliveries, "PAGE", 2)
    ids = owe(stage, 5, dead_at=stage.at)
    client, seen, path = browse("eve"), [], f"{BASE}/deliveries?state=dead"
    while path:
        page = client.get(path).text
        seen += ids_in(page)
        found = re.search(r'href="(\?state=dead[^"]+before=\d+)"', page)
        path = f"{BASE}/deliveries{found[1].replace('&amp;', '&')}" if found else ""
    assert seen == ids[::-1]
    assert client.get(f"{BASE}/deliveries?state=dead&before={'9' * 40}").status_code == 200


def test_eve_sends_a_dead_letter_once_more(stage: Stage, other: Stage, browse: Browse) -> None:
    [dead], [living], [foreign] = (owe(stage, dead_at=stage.at), owe(stage), owe(other, dead_at=stage.at))
    client = browse("eve")
    assert f"/deliveries/{dead}/replay" in client.get(f"{BASE}/deliveries?state=dead").text
    assert "It is sent once more" in client.post(f"{BASE}/deliveries/{dead}/replay", follow=True).text
    assert Message.objects.get(pk=dead).dead_at is None
    assert last("delivery:replayed", stage.id)["subject"] == {"type": "delivery", "id": str(dead)}
    assert [client.post(f"{BASE}/deliveries/{n}/replay").status_code for n in (living, foreign, 10**30)] == [404] * 3
    assert Message.objects.get(pk=foreign).dead_at is not None


def test_an_agent_that_stopped_waiting_is_told_everywhere(stage: Stage, browse: Browse) -> None:
    view, quiet = stage.submit(), stage.submit()
    note_listening(workspace_id=stage.id, action_id=view.id, at=stage.at, seconds=10)
    client = browse("eve")
    pages = [
        "/w/demo/queue/rows",
        f"/w/demo/actions/{view.id}",
        f"{BASE}/agents",
        f"{BASE}/agents/{stage.otto.agent_id}",
    ]
    signs = ["not waiting</span>", "it last asked for the answer", "gone from 1</span>", "gone</span> last asked"]
    assert [sign in client.get(page).text for page, sign in zip(pages, signs, strict=True)] == [False] * 4
    Listening.everywhere.update(until=stage.at - DAY)
    assert [client.get(page).text.count(sign) for page, sign in zip(pages, signs, strict=True)] == [1] * 4
    assert "otto has stopped waiting" not in client.get(f"/w/demo/actions/{quiet.id}/detail").text
    assert "has not asked for the answer yet" in client.get(pages[3]).text


def test_the_agents_page_says_what_the_policy_lets_it_do(stage: Stage, browse: Browse) -> None:
    client, page = browse("eve"), f"{BASE}/agents/{stage.otto.agent_id}"
    services.register_version(agent_id=stage.otto.agent_id, manifest={"label": "v4", "model": "m"}, **operator(stage))
    text = client.get(page).text
    assert "<code>*</code> in tier autonomous" in text
    assert '<th scope="col">Last seen</th>' in text
    use_policy(stage, POLICY.replace("agents:\n  otto:", "agents:\n  lotte:"))
    assert "The active policy does not name it" in client.get(page).text


def test_a_persons_tokens_follow_each_other(stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        services.issue_token(user_id=stage.people["ben"], name=f"token{n}", **operator(stage))
    monkeypatch.setattr(queries, "PAGE", 2)
    monkeypatch.setattr(queries.listings, "PAGE", 2)
    client, seen, path = browse("ben"), [], f"{BASE}/profile"
    monkeypatch.setattr(queries, "tokens_of", lambda *args, after: listed(*args, after=after, limit=2))
    while path:
        page = client.get(path).text
        seen += re.findall(r'<th scope="row">([^<]+)<br><code>tok_', page)
        found = re.search(r'href="(\?after=tok_[^"]+)">Next page', page)
        path = f"{BASE}/profile{found[1]}" if found else ""
    assert sorted(seen) == ["ben&#x27;s token", "token0", "token1", "token2"]


listed = queries.tokens_of


def test_three_sessions_cost_as_many_queries_as_one(stage: Stage) -> None:
    client = log_in("eve")
    page = f"{BASE}/people/{stage.people['ben']}"
    client.get(page)
    for count in (1, 3):
        for n in range(count):
            Client().force_login(User.objects.get(id=stage.people["ben"]))
            away(stage, "ben", ends_at=stage.at + (n + 1) * DAY)
        with questions() as asked:
            assert client.get(page).status_code == 200
        assert len(asked) == 11, asked
