"""The audit pages: what Dana finds, reads and draws, and that each read is on record."""

import re
from datetime import timedelta
from typing import Any

import orjson
import pytest

from approvals import services as approvals
from audit import trees
from audit.actor import Door
from audit.models import Anchor, Disclosure, Event, Verdict
from audit.verdicts import Code
from compliance import population, search
from compliance.population import of, sample
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.questions import questions

PAGE = "/w/demo/audit/"
MOST = 9


def rows(html: str) -> list[tuple[str, str]]:
    """(event id, kind) of each line."""
    return re.findall(
        r'<th scope="row"><a href="/w/demo/audit/events/(evt_\w+)">.*?<code class="muted">([\w:]+)</code>', html
    )


def decided(stage: Stage, **args: object) -> str:
    given = {"customer_id": "cus_1", "amount_usd": 80, **args}
    return stage.review("ada", stage.submit(args=given)).id


@pytest.mark.parametrize("name", ["ada", "ben", "vera"])
def test_only_those_who_check_come_in(stage: Stage, browse: Browse, name: str) -> None:
    client = browse(name)
    pages = ("", "samples", "access", "standing", "erasures", "holds", "retention")
    assert {client.get(PAGE + page).status_code for page in pages} == {403}
    assert ">Audit<" not in client.get("/w/demo/queue").text


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind=action:decided", ["action:decided"] * 3),
        ("kind=action:submitted&tool=crm.note", ["action:submitted"]),
        ("outcome=rejected", ["action:decided", "action:submitted"]),
        ("rule=refunds-over-50&kind=action:decided", ["action:decided"] * 2),
        ("kind=policy:activated", ["policy:activated"]),
        ("kind=nonsense&id=evt_nothing", []),
        ("agent=nobody", []),
        ("from=2999-01-01", []),
        ("to=2001-01-01", []),
        ("actor=ben", ["action:decided"]),
    ],
)
def test_events_are_found_by(stage: Stage, browse: Browse, query: str, kinds: list[str]) -> None:
    decided(stage)
    stage.review("ben", stage.submit(), "reject", reason_code="not_needed")
    stage.review("ada", stage.submit("crm.note", {"text": "x"}))
    page = browse("dana").get(PAGE + "?" + query.replace("actor=ben", f"actor={stage.people['ben']}"))
    assert sorted(kind for _, kind in rows(page.text)) == kinds


def test_an_action_or_an_event_is_found_by_its_id(stage: Stage, browse: Browse) -> None:
    action_id, _ = decided(stage), decided(stage)
    client = browse("dana")
    found = rows(client.get(f"{PAGE}?id={action_id}").text)
    assert sorted(kind for _, kind in found) == ["action:decided", "action:submitted"]
    event_id = found[0][0]
    assert [one for one, _ in rows(client.get(f"{PAGE}?id={event_id}").text)] == [event_id]


def test_pages_follow_each_other_without_gap_or_repeat(
    stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        decided(stage)
    asked = search.Asked(kinds=("action:decided", "action:submitted"))
    whole = [row.id for row in search.find(stage.id, asked).rows]
    monkeypatch.setattr(search, "STRETCH", 3)
    seen, after = [], ""
    while True:
        found = search.find(stage.id, asked, after=after, limit=2)
        seen += [row.id for row in found.rows]
        if not found.next:
            break
        after = found.next
    assert (len(whole), seen) == (6, whole)


def test_every_read_is_an_event_with_what_was_asked(stage: Stage, browse: Browse) -> None:
    action_id = decided(stage)
    client = browse("dana")
    client.get(f"{PAGE}?tool=billing.refund")
    client.get(f"{PAGE}actions/{action_id}")
    reads = Event.objects.filter(kind="evidence:read").order_by("id")
    bodies = [orjson.loads(bytes(event.body)) for event in reads]
    assert sorted((body["data"]["what"], body["action"]) for body in bodies) == [("search", None), ("story", action_id)]
    assert {body["actor"]["id"] for body in bodies} == {stage.people["dana"]}
    assert not any(b"billing.refund" in bytes(event.body) for event in reads if event.action_id == "")
    asked = Disclosure.objects.get(event_id__in=reads.values("id"), name="asked")
    assert orjson.loads(bytes(asked.value)) == {"tool": "billing.refund"}
    access = client.get(PAGE + "access").text
    assert access.count("Evidence read") == 2


def test_the_story_holds_what_is_signed_and_what_was_disclosed(stage: Stage, browse: Browse) -> None:
    view = stage.submit(args={"customer_id": "cus_<b>", "amount_usd": 80})
    member = stage.member("ben")
    approvals.ask(actor=member.actor(Door.WEB), at=stage.at, member=member, action_id=view.id, text="Why?")
    stage.review("ada", view, comment="Fine.")
    page = browse("dana").get(f"{PAGE}actions/{view.id}").text
    for text in ("Submitted", "Question", "Decided", "rule <code>", "cus_&lt;b&gt;", "Fine.", "Why?", view.id, "Shown"):
        assert text in page
    assert "does not fit" not in page


def test_a_value_that_was_changed_does_not_fit(stage: Stage, browse: Browse) -> None:
    event = Event.objects.get(action_id=decided(stage), kind="action:submitted")
    side = Disclosure.objects.get(event_id=event.id, name="args")
    Disclosure.objects.filter(event_id=event.id, n=side.n).delete()
    page = browse("dana").get(f"{PAGE}events/{event.id}").text
    assert "1 value of this event is" in " ".join(page.split())
    Disclosure(event_id=event.id, n=side.n, subject="x", name="args", salt=side.salt, value=b'{"amount_usd":1}').save()
    assert "does not fit the event" in browse("dana").get(f"{PAGE}events/{event.id}").text


def test_a_sample_can_be_drawn_again_by_anybody(stage: Stage, browse: Browse) -> None:
    action_ids = [decided(stage) for _ in range(4)]
    stage.submit()
    day = f"{stage.at:%Y-%m-%d}"
    said = {"since": day, "until": day, "size": "2", "seed": "2026-Q4"}
    page = browse("dana").post(PAGE + "samples", said, follow=True).text
    picked = re.findall(r'<th scope="row"><a href="/w/demo/audit/actions/(act_\w+)">', page)
    assert picked == sample(of(action_ids), "2026-Q4", 2)
    assert ("2 of 4 actions" in page, of(action_ids).sha256 in page, "2026-Q4" in page) == (True, True, True)


def test_a_sample_of_nothing_is_refused(stage: Stage, browse: Browse) -> None:
    said = {"since": "2001-01-01", "until": "2001-01-02", "size": "2"}
    answer = browse("dana").post(PAGE + "samples", said)
    assert (answer.status_code, "No decided action fits" in answer.text) == (422, True)
    turned = browse("dana").post(PAGE + "samples", {**said, "since": "2002-01-01"})
    assert (turned.status_code, "before the first" in turned.text) == (422, True)


def test_a_population_that_is_too_large_says_so(stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population, "MOST", 1)
    decided(stage)
    decided(stage)
    day = f"{stage.at:%Y-%m-%d}"
    answer = browse("dana").post(PAGE + "samples", {"since": day, "until": day, "size": "2"})
    assert (answer.status_code, "Take a shorter time" in answer.text) == (422, True)


def test_the_standing_counts_what_is_recorded(stage: Stage, browse: Browse) -> None:
    decided(stage)
    count = Event.objects.filter(workspace_id=stage.id).count()
    page = browse("dana").get(PAGE + "standing").text
    assert f"<dt>Recorded events</dt><dd>{count}</dd>" in page


def verified(stage: Stage, code: Code, **more: Any) -> None:
    given: dict[str, Any] = {"first": 0, "size": 300, "is_deep": True, "code": code, **more}
    Verdict.objects.create(log_id=stage.id, workspace_id=stage.id, at=stage.at, **given)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


def test_the_standing_and_the_board_tell_the_newest_verdict(stage: Stage, browse: Browse) -> None:
    trees.begin(stage.id, "demo.example/log", stage.at)
    client = browse("dana")
    assert "Verdict not verified yet Whole and deep not yet Nobody outside" in words(client.get(PAGE + "standing").text)
    assert "– audit log, not verified yet" in words(client.get("/w/demo/oversight").text)
    verified(stage, Code.WITNESSED)
    Anchor.objects.create(log_id=stage.id, name="witness w1", size=300, at=stage.at)
    page = words(client.get(PAGE + "standing").text)
    assert "Verdict verified and witnessed (0) When" in page
    assert "Entries 300 Whole and deep" in page
    assert "witness w1 300" in page
    assert "intact audit log, verified and witnessed" in words(client.get("/w/demo/oversight").text)
    verified(stage, Code.INVALID, first_bad=7, faults=[{"says": "Entry 7 does not fit its leaf hash."}])
    page = words(client.get(PAGE + "standing").text)
    assert "Do not rely on this log before somebody has looked. Verdict invalid (40)" in page
    assert "the first bad one is 7" in page
    assert "Entry 7 does not fit its leaf hash." in page
    board = client.get("/w/demo/oversight").text
    assert "not intact audit log, invalid" in words(board)
    assert f'href="{PAGE}standing"' in board
    assert f'href="{PAGE}standing"' not in browse("vera").get("/w/demo/oversight").text


@pytest.mark.parametrize("path", ["", "?tool=billing.refund", "access", "samples", "erasures", "holds", "standing"])
def test_three_rows_cost_as_much_as_one(stage: Stage, browse: Browse, path: str) -> None:
    client = browse("dana")
    decided(stage)
    client.get(PAGE + path)
    costs = []
    for _ in range(2):
        with questions() as asked:
            assert client.get(PAGE + path).status_code == 200
        costs.append(len([text for text in asked if "SAVEPOINT" not in text]))
        decided(stage)
        decided(stage)
    assert costs[0] == costs[1]
    assert costs[0] <= MOST + 7, asked


def test_a_long_story_costs_as_much_as_a_short_one(stage: Stage, browse: Browse) -> None:
    client, costs = browse("dana"), []
    for n in (1, 5):
        view = stage.submit(at=stage.at - timedelta(minutes=n))
        member = stage.member("ben")
        for m in range(n):
            approvals.ask(actor=member.actor(Door.WEB), at=stage.at, member=member, action_id=view.id, text=f"Why {m}?")
        client.get(f"{PAGE}actions/{view.id}")
        with questions() as asked:
            client.get(f"{PAGE}actions/{view.id}")
        costs.append(len(asked))
    assert costs[0] == costs[1]
