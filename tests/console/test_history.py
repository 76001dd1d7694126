"""What was decided, and the story of one action from the audit log."""

import re
from datetime import timedelta
from html import unescape

import pytest

from approvals import services, strict_json
from audit.actor import Door
from console.web import history
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.questions import questions

PAGE = "/w/demo/history"


def decided(stage: Stage) -> str:
    """The id of an action that Ada approved."""
    return stage.review("ada", stage.submit()).id


def listed(html: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/w/demo/actions/(act_\w+)">', html)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("", ["note", "rejected", "approved"]),
        ("state=approved", ["note", "approved"]),
        ("state=approved&tool=crm.note", ["note"]),
        ("state=pending", []),
        ("state=nonsense", ["note", "rejected", "approved"]),
        ("tool=billing.refund", ["rejected", "approved"]),
        ("agent=otto", ["note", "rejected", "approved"]),
        ("agent=nobody", []),
        ("tool=%00", ["note", "rejected", "approved"]),
        ("who=ben", ["rejected"]),
        ("who=vera", []),
        ("who=cleo", ["note", "rejected", "approved"]),
        ("from=2026-02-31", ["note", "rejected", "approved"]),
        ("from=nonsense&to=9999-12-31", ["note", "rejected", "approved"]),
        ("from=2999-01-01", []),
        ("to=2001-01-01", []),
        ("from=2001-01-01&to=2999-01-01&who=ada", ["note", "approved"]),
    ],
)
def test_decided_actions_are_listed_newest_first_and_filtered(
    stage: Stage, browse: Browse, filters: str, found: list[str]
) -> None:
    actions = {"approved": stage.submit(at=stage.at), "rejected": stage.submit(at=stage.at)}
    actions["note"] = stage.submit("crm.note", {"text": "hello"})
    stage.review("ada", actions["approved"])
    stage.review("ben", actions["rejected"], "reject", reason_code="not_needed")
    stage.review("ada", actions["note"])
    stage.submit()
    for name in ("ada", "ben", "vera"):
        filters = filters.replace(f"who={name}", f"who={stage.people[name]}")
    page = browse("vera").get(f"{PAGE}?{filters}").text
    wanted = sorted((actions[name].id for name in found), reverse=True)
    assert listed(page) == wanted


def test_pages_follow_each_other(stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE", 2)
    actions = sorted((decided(stage) for _ in range(3)), reverse=True)
    client = browse("ada")
    first = client.get(PAGE).text
    older = re.search(r'href="([^"]+)">Older', first)
    assert older
    assert (listed(first), listed(client.get(PAGE + older[1]).text)) == (actions[:2], actions[2:])


def test_three_rows_cost_as_many_queries_as_one(stage: Stage, browse: Browse) -> None:
    client = browse("ada")
    decided(stage)
    client.get(PAGE)
    for _ in range(2):
        with questions() as asked:
            client.get(PAGE)
        assert len(asked) == 8, asked
        decided(stage)
        decided(stage)


def test_a_range_of_days_ends_with_its_last_day(stage: Stage, browse: Browse) -> None:
    view = stage.review("ada", stage.submit())
    asked = view.created_at.date()
    days = [asked - timedelta(days=1), asked, asked + timedelta(days=1)]
    client = browse("vera")
    found = [listed(client.get(f"{PAGE}?from={day}&to={day}").text) for day in days]
    assert found == [[], [view.id], []]


def test_whoever_was_outvoted_did_not_decide(stage: Stage, browse: Browse) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    voted = stage.review("ada", view)
    stage.review("ben", voted, "reject", reason_code="other")
    client = browse("vera")
    found = [listed(client.get(f"{PAGE}?who={stage.people[name]}").text) for name in ("ada", "ben")]
    assert found == [[], [view.id]]


def test_an_empty_history_says_what_to_expect(stage: Stage, browse: Browse) -> None:
    stage.submit()
    assert "Nothing was decided yet" in browse("dana").get(PAGE).text


def test_the_story_tells_who_did_what_through_which_door(stage: Stage, browse: Browse) -> None:
    view = stage.submit(at=stage.at - timedelta(minutes=2))
    member = stage.member("ada")
    asked_at = stage.at - timedelta(minutes=1)
    services.ask(
        actor=member.actor(Door.WEB), at=asked_at, member=member, action_id=view.id, text="Which <b>charge</b>?"
    )
    args = strict_json.canonical({"customer_id": "cus_1", "amount_usd": 60})
    stage.review("ada", view, args=args, reason_code="amount_too_high", comment="Cap is 60.")
    page = browse("dana").get(f"/w/demo/actions/{view.id}/history").text
    titles = [" ".join(title.split()) for title in re.findall(r"<li>\s*<h2>(.*?)</h2>", page)]
    assert titles == ["Submitted", "Question", "Edited", "Decided: approved with changes"]
    people = re.findall(r"· (\w+ over the \w+) ·", page)
    assert people == ["otto over the API", *["Ada over the console"] * 3]
    for text in ("Which &lt;b&gt;charge&lt;/b&gt;?", "Cap is 60.", f"/w/demo/actions/{view.id}/replay"):
        assert text in page


def test_ada_makes_a_dataset_of_the_window_that_she_looks_at(stage: Stage, browse: Browse) -> None:
    stage.review("ada", stage.submit())
    today = f"{stage.at:%Y-%m-%d}"
    ada, place = browse("ada"), f"/w/demo/history?tool=billing.refund&from={today}&to={today}"
    page = ada.get(place).text
    tomorrow = f"{stage.at + timedelta(days=1):%Y-%m-%d}"
    link = f"?tools=billing.refund&amp;since={today}&amp;until={tomorrow}"
    assert f'{link}">Make a dataset of this window' in page
    form = ada.get("/w/demo/feedback/datasets" + unescape(link)).text
    for name, value in (("tools", "billing.refund"), ("since", today), ("until", tomorrow)):
        assert re.search(rf'<input[^>]*name="{name}"[^>]*value="{value}"', form), name
    for nobody, address in (("vera", place), ("ada", "/w/demo/history")):
        assert "Make a dataset of this window" not in browse(nobody).get(address).text
