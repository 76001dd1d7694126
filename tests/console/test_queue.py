"""The queue: what waits, riskiest first, and only for those who may see it."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Membership, User
from approvals.queries import COUNT_MAX, InboxCursor
from console.web import filters, queue
from tests.cast import PASSWORD, Stage
from tests.console.conftest import Browse
from tests.questions import questions

QUEUE = "/w/demo/queue"


def listed(html: str) -> list[str]:
    """Ids of the rows in their order."""
    return re.findall(r'data-id="(act_\w+)" *(?:aria-current="true")?\s+hx-get', html)


def opened(html: str) -> str:
    found = re.search(r'<article id="action" data-id="(act_\w+)"', html)
    return found[1] if found else ""


def test_without_a_session_there_is_only_the_log_in_page(stage: Stage) -> None:
    answer = Client().get(QUEUE)
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/w/demo/queue")


def test_a_fragment_without_a_session_sends_the_whole_page_to_the_log_in(stage: Stage) -> None:
    answer = Client().get("/w/demo/queue/rows", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"], answer.content) == (401, "/login/", b"")


def test_ada_comes_home_to_her_queue(browse: Browse) -> None:
    answer = browse("ada").get("/")
    assert (answer.status_code, answer["Location"]) == (302, QUEUE)


def test_home_is_where_one_was_last(stage: Stage, other: Stage) -> None:
    client = Client()
    client.force_login(User.objects.get(pk=other.people["cleo"]))
    assert client.get("/")["Location"] == "/w/other/queue"


def test_somebody_without_a_workspace_is_told_so(stage: Stage) -> None:
    nobody = User.objects.create(id="usr_nobody", email="nobody@example.com", name="Nobody", created_at=stage.at)
    client = Client()
    client.force_login(nobody)
    answer = client.get("/")
    assert (answer.status_code, "You are in no workspace" in answer.text) == (403, True)


def test_a_foreign_workspace_does_not_exist(stage: Stage, other: Stage, browse: Browse) -> None:
    client = browse("ada")
    assert [client.get(path).status_code for path in ("/w/other/queue", "/w/none/queue")] == [404, 404]


def test_an_ended_membership_closes_every_page(stage: Stage, browse: Browse) -> None:
    client = browse("ben")
    assert client.get(QUEUE).status_code == 200
    Membership.everywhere.filter(user_id=stage.people["ben"]).update(ended_at=stage.at)
    assert client.get(QUEUE).status_code == 404


def test_an_empty_queue_says_what_to_expect(browse: Browse) -> None:
    page = browse("ada").get(QUEUE).text
    assert "Nothing waits for a person" in page
    assert opened(page) == ""


def test_the_riskiest_comes_first_then_the_nearest_deadline(stage: Stage, browse: Browse) -> None:
    note = stage.submit("crm.note", {"text": "hello"})
    late = stage.submit(expires_in=3000)
    soon = stage.submit(expires_in=600)
    wire = stage.submit("bank.wire", {"iban": "DE89"})
    page = browse("ada").get(QUEUE).text
    assert listed(page) == [wire.id, soon.id, late.id, note.id]
    assert opened(page) == wire.id


def test_what_waits_for_this_person_is_opened_first(stage: Stage, browse: Browse) -> None:
    large = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800}, expires_in=600)
    small = stage.submit()
    stage.review("ada", large)
    assert opened(browse("ada").get(QUEUE).text) == small.id
    assert opened(browse("ben").get(QUEUE).text) == large.id


def test_a_row_is_titled_by_us_and_never_by_the_agent(stage: Stage, browse: Browse) -> None:
    stage.submit(summary="Approved by legal, just press the button")
    rows = browse("ada").get("/w/demo/queue/rows").text
    assert "Refunds 80 USD to customer cus_1." in rows
    assert "Approved by legal" not in rows


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("text=CUS_2", ["large"]),
        ("risk=low", ["note"]),
        ("tool=crm.note", ["note"]),
        ("agent=otto&risk=medium", ["large", "small"]),
        ("agent=nobody", []),
        ("text=%25", []),
        ("text=%00&risk=nonsense&after=rubbish", ["large", "small", "note"]),
        ("after=2~2026-99-99~x", ["large", "small", "note"]),
    ],
)
def test_the_queue_is_filtered(stage: Stage, browse: Browse, filters: str, found: list[str]) -> None:
    actions = {
        "large": stage.submit(args={"customer_id": "cus_2", "amount_usd": 800}, expires_in=600),
        "small": stage.submit(),
        "note": stage.submit("crm.note", {"text": "hello"}),
    }
    page = browse("ada").get(f"{QUEUE}?{filters}").text
    assert listed(page) == [actions[name].id for name in found]


def test_pages_follow_each_other_without_gap_or_repeat(
    stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    actions = [stage.submit(expires_in=600 + n).id for n in range(5)]
    client, seen, path = browse("ada"), [], QUEUE
    for _ in range(3):
        page = client.get(path).text
        seen.append(listed(page))
        found = re.search(r'href="([^"]+after=[^"]+)">Next', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert seen == [actions[:2], actions[2:4], actions[4:]]
    assert path == ""


def test_a_cursor_reads_back_as_it_was_written(stage: Stage) -> None:
    view = stage.submit()
    assert filters.read_cursor(filters.cursor(view)) == InboxCursor(1, view.expires_at, view.id)


def test_three_rows_cost_as_many_queries_as_one(stage: Stage, browse: Browse) -> None:
    client = browse("ada")
    stage.submit()
    client.get("/w/demo/queue/rows")
    for _ in range(2):
        with questions() as asked:
            client.get("/w/demo/queue/rows")
        assert len(asked) == 7, asked
        stage.submit()
        stage.submit()


def test_the_whole_page_costs_the_same_with_one_row_with_three_and_with_fifty(stage: Stage, browse: Browse) -> None:
    client, counts = browse("ada"), []
    for made in (1, 2, 47):
        for _ in range(made):
            stage.submit()
        client.get(QUEUE)
        with questions() as asked:
            client.get(QUEUE)
        counts.append(len(asked))
    assert counts == [counts[0]] * 3


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("group=finance", ["large"]),
        ("group=reviewers&due=15", ["small"]),
        ("group=nobody", []),
        ("due=60", ["large", "small"]),
        ("due=99&claimed=everybody&group=%00", ["large", "small"]),
        ("claimed=nobody&view=all", ["large", "small"]),
        ("claimed=me", []),
    ],
)
def test_the_queue_is_filtered_by_group_deadline_and_claim(
    stage: Stage, browse: Browse, filters: str, found: list[str]
) -> None:
    actions = {
        "large": stage.submit(args={"customer_id": "cus_2", "amount_usd": 800}, expires_in=1800),
        "small": stage.submit(expires_in=600),
    }
    page = browse("ada").get(f"{QUEUE}?{filters}").text
    assert sorted(listed(page)) == sorted(actions[name].id for name in found)


def test_an_empty_queue_says_when_something_came_last_and_how_often(stage: Stage, browse: Browse) -> None:
    page = browse("ada").get(QUEUE).text
    assert "No agent has asked for anything yet. An admin can connect one, or send a test action." in page
    assert 'href="/w/demo/settings/agents">Send a test action' in browse("eve").get(QUEUE).text
    for hours in (9, 6, 3):
        stage.submit(args={"customer_id": "cus_1", "amount_usd": 5}, at=stage.at - timedelta(hours=hours))
    page = browse("ada").get(QUEUE).text
    assert re.search(r"The last action came <time[^>]*>3 h ago</time>; lately there is about one every 3 h,", page)


def test_a_long_queue_is_not_counted_to_the_end(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("approvals.queries.waiting", lambda workspace_id: COUNT_MAX)
    assert "1000+ in all" in browse("ada").get(QUEUE).text


def test_logging_in_leads_to_the_queue(stage: Stage) -> None:
    client = Client()
    answer = client.post("/login/", {"email": "ada@example.com", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1] == (QUEUE, 302)


def test_what_is_over_waits_no_more(stage: Stage, browse: Browse) -> None:
    stage.review("ada", stage.submit(), "reject", reason_code="not_needed")
    assert listed(browse("ada").get(QUEUE).text) == []
