"""The dashboards: numbers that lead to their actions, narrowed by time and group, the same for everybody's eyes."""

import random
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from approvals.services import rollups
from tests.approvals.rollups.days import live_through
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.questions import questions

PAGES = {"escalations": 23, "oversight": 14, "agents": 18, "incidents/figures": 13}


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


def test_a_point_leads_to_the_actions_of_its_hour(stage: Stage, browse: Browse) -> None:
    for minutes in (0, 1):
        stage.submit("crm.delete", {"id": "1"}, at=stage.at - timedelta(minutes=minutes * 60))
    rollups.count_all(at=stage.at)
    client = browse("vera")
    page = client.get("/w/demo/oversight").text
    rows = re.findall(r'<th scope="row"><a href="([^"]+)">([^<]+)</a></th>\s*<td>0</td><td>0</td><td>1</td>', page)
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
