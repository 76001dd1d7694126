"""The dashboards: numbers that lead to their actions, narrowed by time and group, the same for everybody's eyes."""

import random
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from approvals import services
from approvals.models import Listening
from approvals.services import incidents, rollups
from approvals.services.boards import agents, escalations, oversight, windows
from audit.actor import OPERATOR
from tests.approvals.presses import edit, report, spend
from tests.approvals.rollups.days import LONG, live_through
from tests.cast import Stage, use_policy
from tests.console.conftest import Browse
from tests.questions import questions

PAGES = {"escalations": 24, "oversight": 18, "agents": 19, "incidents/figures": 13}


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


def tiles(html: str) -> dict[str, str]:
    """What each tile says, by the address that it leads to; "" for one that leads nowhere."""
    found = re.findall(r'<li><(?:a href="([^"]*)"|span)><b>([^<]*)</b>([^<]*)<', html)
    return {f"{value}{said}": url.replace("&amp;", "&") for url, value, said in found}


def listed(client: Client, url: str) -> int:
    """How many actions the history lists at an address."""
    return len(re.findall(r'<th scope="row"><a href="/w/demo/actions/', client.get(url).text))


@pytest.mark.parametrize("name", PAGES)
def test_with_nothing_counted_a_page_says_what_to_expect(stage: Stage, browse: Browse, name: str) -> None:
    answer = browse("vera").get(f"/w/demo/{name}")
    assert answer.status_code == 200
    assert "counted never yet: it begins within seconds of the first action" in text(answer.text)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_the_same_with_much_and_with_little(stage: Stage, browse: Browse, name: str) -> None:
    client, counts = browse("vera"), []
    live_through(stage, random.Random(1), 10)
    for more in (0, 12):
        live_through(stage, random.Random(2), more) if more else None
        rollups.count_all(at=stage.at)
        client.get(f"/w/demo/{name}?range=7d")
        with questions() as asked:
            client.get(f"/w/demo/{name}?range=7d")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= PAGES[name]


@pytest.mark.parametrize("name", PAGES)
def test_cleo_sees_nothing_of_demo(stage: Stage, other: Stage, name: str) -> None:
    live_through(stage, random.Random(3), 10)
    rollups.count_all(at=stage.at)
    cleo = Client()
    cleo.force_login(User.objects.get(pk=other.people["cleo"]))
    assert cleo.get(f"/w/demo/{name}").status_code == 404
    page = cleo.get(f"/w/other/{name}?range=7d").text
    assert "billing.refund" not in page
    assert "otto" not in page


def test_every_tile_of_oversight_leads_to_as_many_actions_as_it_says(stage: Stage, browse: Browse) -> None:
    live_through(stage, random.Random(4), 30)
    rollups.count_all(at=stage.at)
    client = browse("ada")
    found = tiles(client.get("/w/demo/oversight?range=7d").text)
    shown = {said.split(" ", 1)[1].strip(): (said.split(" ", 1)[0], url) for said, url in found.items()}
    for name in ("let through", "refused", "violations"):
        number, url = shown[name] if name in shown else next(v for k, v in shown.items() if k.startswith(name))
        assert listed(client, url) == int(number)


def leading(html: str) -> list[tuple[str, int]]:
    """Every address of the history with the number that leads there."""
    found = re.findall(r'<a href="(/w/demo/history\?[^"]+)">(?:<b>)?(\d+)(?:</b>|</a>|<span class="vh">)', html)
    return [(url.replace("&amp;", "&"), int(number)) for url, number in found]


@pytest.mark.parametrize("query", ["range=7d", "range=24h", "range=7d&group=reviewers"])
@pytest.mark.parametrize("name", PAGES)
def test_every_number_leads_to_exactly_the_actions_that_it_counts(
    stage: Stage, browse: Browse, name: str, query: str
) -> None:
    live_through(stage, random.Random(5), 40)
    for until in (-1, 1):
        Listening.everywhere.create(
            action_id=stage.submit(at=stage.at - timedelta(minutes=8)).id, workspace_id=stage.id, heard_at=stage.at,
            until=stage.at + timedelta(minutes=until),
        )  # fmt: skip
    lost = stage.review("ada", stage.submit())
    spend(stage, lost)
    report(stage, lost, "unknown")
    rollups.count_all(at=stage.at)
    client = browse("ada")
    found = leading(client.get(f"/w/demo/{name}?{query}").text)
    assert found
    assert {url: (number, listed(client, url)) for url, number in found if listed(client, url) != number} == {}


@pytest.mark.parametrize(
    ("name", "said", "outcome"),
    [
        ("escalations", "past their target", "late"),
        ("oversight", "overridden", "overridden"),
        ("agents", "runs succeeded", "executed"),
        ("agents", "had to ask", "asked"),
        ("agents", "with a trace", "traced"),
    ],
)
def test_a_share_leads_to_what_it_is_a_share_of_or_to_its_part(
    stage: Stage, browse: Browse, name: str, said: str, outcome: str
) -> None:
    live_through(stage, random.Random(6), 40)
    rollups.count_all(at=stage.at)
    client = browse("ada")
    page = client.get(f"/w/demo/{name}?range=7d").text
    (url,) = [url for told, url in tiles(page).items() if said in told]
    window, doing = windows.named("7d", stage.at), agents.agents(stage.id, windows.named("7d", stage.at), stage.at)
    counted = {
        "late": escalations.pace(stage.id, window).late.part,
        "overridden": oversight.oversight(stage.id, window).total.overridden.part,
        "executed": doing.total.ran.whole,
        "asked": doing.total.asked.part,
        "traced": doing.total.traced.part,
    }
    assert (f"outcome={outcome}" in url, listed(client, url)) == (True, counted[outcome])
    assert counted[outcome] > 0


def test_the_override_rate_stands_beside_the_one_with_the_usual_mix(stage: Stage, browse: Browse) -> None:
    """Ada upholds what Ben rejects; on the second day Ben decides three of four."""
    use_policy(stage, LONG)
    for days, ada, ben in ((3, 3, 1), (1, 1, 3)):
        at = stage.at - timedelta(days=days)
        for name, n in (("ada", ada), ("ben", ben)):
            for _ in range(n):
                verdict, reason = ("reject", "other") if name == "ben" else ("approve", "")
                stage.review(name, stage.submit(at=at), verdict, reason_code=reason, at=at)
    rollups.count_all(at=stage.at)
    page = browse("vera").get("/w/demo/oversight?range=7d").text
    behind = page.partition('id="override-table"')[2].partition("</table>")[0]
    rates = re.findall(r'<td data-value="([\d.]+)" class="thin">', behind)
    assert rates == ["25.00", "50.00", "75.00", "50.00"]
    assert "other people or tools make the difference, not the agent" in page


def test_each_number_of_open_incidents_leads_to_them(stage: Stage, browse: Browse) -> None:
    for severity in ("high", "high", "low"):
        incidents.open_incident(
            actor=OPERATOR, at=stage.at, workspace_id=stage.id, title="Odd", severity=severity,
            action_ids=[stage.submit().id],
        )  # fmt: skip
    client = browse("ada")
    page = client.get("/w/demo/incidents/figures").text
    found = re.findall(r'<td><a href="(/w/demo/incidents\?[^"]+)">(\d+)</a></td>', page)
    assert [int(number) for _, number in found] == [2, 1, 3]
    for url, number in found:
        listing = client.get(url.replace("&amp;", "&")).text
        assert len(re.findall(r'<th scope="row"><a href="/w/demo/incidents/inc_', listing)) == int(number)
        assert "Only: opened by hand" in listing
    assert client.get("/w/demo/incidents?kind=x&severity=y").text.count("/w/demo/incidents/inc_") == 3


def test_an_edit_of_looks_is_no_override_in_the_list_either(stage: Stage, browse: Browse) -> None:
    args = {"customer_id": "cus_1", "amount_usd": 80, "note": "Once"}
    edit(stage, "ada", stage.submit(args=args), note="ONCE")
    edit(stage, "ada", stage.submit(args=args), amount_usd=60)
    client = browse("vera")
    found = {word: listed(client, f"/w/demo/history?outcome={word}") for word in ("edited", "cosmetic", "overridden")}
    assert found == {"edited": 2, "cosmetic": 1, "overridden": 1}


def test_a_test_action_that_waits_is_listed_and_one_that_is_over_is_not(stage: Stage, browse: Browse) -> None:
    """Counted it is never; but whoever missed it in the list while it waits would know it for a test."""
    services.set_seeding(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, every=0, chance=random.Random(1)
    )  # fmt: skip
    stage.review("ada", stage.submit(at=stage.at - timedelta(hours=1)))
    over, waits = (services.seed(at=stage.at, workspace_id=stage.id, chance=random.Random(n)) for n in range(2))
    stage.review("ada", over, "reject", reason_code="other")
    client = browse("ben")
    found = {word: client.get(f"/w/demo/history?outcome={word}").text for word in ("asked", "people")}
    assert {word: (waits.id in page, over.id in page) for word, page in found.items()} == {
        "asked": (True, False),
        "people": (False, False),
    }


def test_words_that_are_none_narrow_nothing(stage: Stage, browse: Browse) -> None:
    stage.submit(args={"customer_id": "cus_1", "amount_usd": 8})
    for query in ("level=x", "level=999", "age=9", "when=9T99", "when=T", "when=2T14"):
        assert listed(browse("vera"), f"/w/demo/history?{query}") == 1
    hour = stage.at - timedelta(hours=1)
    asked = f"from={hour:%Y-%m-%d}&to={hour:%Y-%m-%d}&when={hour.weekday()}T{hour:%H}"
    assert listed(browse("vera"), f"/w/demo/history?outcome=proposed&{asked}") == 0


def test_a_point_leads_to_the_actions_of_its_hour(stage: Stage, browse: Browse) -> None:
    for minutes in (0, 1):
        stage.submit("crm.delete", {"id": "1"}, at=stage.at - timedelta(minutes=minutes * 60))
    rollups.count_all(at=stage.at)
    client = browse("vera")
    page = client.get("/w/demo/oversight").text
    rows = re.findall(
        r'<th scope="row"><a href="([^"]+)">([^<]+)</a></th>\s*<td>0</td><td>0</td><td><a[^>]*>1</a></td>', page
    )
    assert len(rows) == 2
    for url, _ in rows:
        asked = parse_qs(urlsplit(url.replace("&amp;", "&")).query)
        assert asked["from"] == asked["to"]
        assert listed(client, url.replace("&amp;", "&")) == 1


def test_a_group_narrows_what_people_were_asked(stage: Stage, browse: Browse) -> None:
    stage.submit(args={"customer_id": "cus_1", "amount_usd": 80})
    stage.submit(args={"customer_id": "cus_1", "amount_usd": 800})
    stage.submit(args={"customer_id": "cus_1", "amount_usd": 8})
    rollups.count_all(at=stage.at)
    client = browse("ada")
    proposed = [
        next(said for said in tiles(client.get(f"/w/demo/oversight{query}").text) if "proposed" in said)
        for query in ("", "?group=finance", "?group=reviewers", "?group=nobody")
    ]
    assert proposed == ["3 proposed", "1 proposed", "1 proposed", "3 proposed"]


def test_days_of_ones_own_choice_win_over_the_last_hours(stage: Stage, browse: Browse) -> None:
    stage.submit(at=stage.at - timedelta(days=3))
    rollups.count_all(at=stage.at)
    client, day = browse("ada"), (stage.at - timedelta(days=3)).date()
    for query, told in (("", "0 proposed"), ("?range=7d", "1 proposed"), (f"?from={day}&to={day}", "1 proposed")):
        assert told in tiles(client.get(f"/w/demo/oversight{query}").text)
    nonsense = client.get("/w/demo/oversight?range=9d&from=yesterday&to=2026-13-01&group=%00")
    assert (nonsense.status_code, "24 hours" in nonsense.text) == (200, True)


def test_the_part_that_is_renewed_is_the_part_of_the_page(stage: Stage, browse: Browse) -> None:
    stage.submit()
    rollups.count_all(at=stage.at)
    client = browse("vera")
    for name in PAGES:
        part = client.get(f"/w/demo/{name}?range=7d", headers={"HX-Request": "true"}).text
        assert part.count('id="figures"') == 1
        assert "<html" not in part
        assert f'hx-get="/w/demo/{name}?range=7d"' in part


def test_the_history_says_what_it_was_narrowed_to_and_lets_go_of_it(stage: Stage, browse: Browse) -> None:
    stage.review("ada", stage.submit(), "reject", reason_code="not_needed")
    stage.submit(args={"customer_id": "cus_1", "amount_usd": 8})
    client, hour = browse("vera"), f"{stage.at:%Y-%m-%dT%H}"
    url = f"/w/demo/history?from={hour}&to={hour}&outcome=overridden&reason=not_needed&rule=refunds-over-50"
    page = client.get(url).text
    assert (listed(client, url), "Rejected or changed by people" in page) == (1, True)
    assert (
        re.findall(r'href="\?([^"]+)">remove', page)[0]
        == f"from={hour}&amp;to={hour}&amp;reason=not_needed&amp;rule=refunds-over-50"
    )
    assert listed(client, url.replace("overridden", "allowed")) == 0
    assert listed(client, "/w/demo/history?rule=-") == 0
    assert listed(client, "/w/demo/history?outcome=nonsense&group=%00&version=x") == 0
