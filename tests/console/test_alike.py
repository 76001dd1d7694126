"""What is alike is decided together, each by a vote of its own; nothing else slips in."""

import re

import pytest
from django.test import Client

from approvals import queries
from approvals.answers import ActionView
from console.web.forms import BATCH_MAX
from tests.cast import POLICY, Stage, use_policy
from tests.console.conftest import Browse

FREE_NOTE = POLICY.replace(
    '{text: {type: string}}}\n    effect_text: "Writes a note."\n    version: 1',
    '{text: {type: string}, pinned: {type: boolean}}}\n    effect_text: "Writes a note."\n    version: 2',
)


def address(view: ActionView) -> str:
    return f"/w/demo/actions/{view.id}/alike"


def note(stage: Stage, text: str = "hello", **options: object) -> ActionView:
    return stage.submit("crm.note", {"text": text}, **options)  # type: ignore[arg-type]


def ticked(html: str) -> list[str]:
    return re.findall(r'name="item" value="([^"]+)" checked', html)


def ids(html: str) -> list[str]:
    return [item.split("~")[0] for item in ticked(html)]


def state(view: ActionView) -> str:
    return queries.find(view.workspace_id, view.id).state


def decide(client: Client, view: ActionView, items: list[str], **said: str) -> str:
    return client.post(address(view), {"item": items, "verdict": "approve", **said}).text


def test_each_is_shown_as_it_differs_from_the_first(stage: Stage, browse: Browse) -> None:
    first, same, differs = note(stage), note(stage), note(stage, "goodbye")
    page = browse("ada").get(address(first)).text
    assert sorted(ids(page)) == sorted([first.id, same.id, differs.id])
    assert ids(page)[0] == first.id
    assert page.count("The same arguments as the first.") == 1
    assert page.count("Arguments (1 of 1 shown)") == 1
    assert re.findall(r"<(?:del|ins)>.*?<bdi[^>]*>(.*?)</bdi>", page) == ["&quot;hello&quot;", "&quot;goodbye&quot;"]


def test_one_press_is_a_vote_for_each(stage: Stage, browse: Browse) -> None:
    made, ada = [note(stage, f"note {n}") for n in range(3)], browse("ada")
    page = decide(ada, made[0], ticked(ada.get(address(made[0])).text))
    assert "Approved: 3" in page
    assert page.count("Approved crm.note. otto may run it once until") == 3
    assert [state(view) for view in made] == ["approved"] * 3
    assert {vote.name for view in made for vote in queries.find(stage.id, view.id).votes} == {"Ada"}


def test_they_are_rejected_together_with_a_reason(stage: Stage, browse: Browse) -> None:
    made, ada = [note(stage), note(stage)], browse("ada")
    items = ticked(ada.get(address(made[0])).text)
    told = ada.post(address(made[0]), {"item": items, "verdict": "reject"})
    assert (told.status_code, "Choose a reason. The agent receives it." in told.text) == (422, True)
    assert [state(view) for view in made] == ["pending"] * 2
    decide(ada, made[0], items, verdict="reject", reason_code="not_needed", comment="Twice.")
    decisions = [queries.find(stage.id, view.id).decision for view in made]
    assert [(made.outcome, made.reason_code, made.comment) for made in decisions if made] == [
        ("rejected", "not_needed", "Twice.")
    ] * 2


def test_only_what_was_ticked_is_decided(stage: Stage, browse: Browse) -> None:
    first, second, ada = note(stage), note(stage), browse("ada")
    items = ticked(ada.get(address(first)).text)
    decide(ada, first, items[1:])
    assert [state(first), state(second)] == ["pending", "approved"]


def test_a_part_that_fails_is_told_and_the_others_count(stage: Stage, browse: Browse) -> None:
    made, ada = [note(stage, f"note {n}") for n in range(4)], browse("ada")
    items = ticked(ada.get(address(made[0])).text)
    stage.review("ben", made[1], "reject", reason_code="other")
    browse("ben").post(f"/w/demo/actions/{made[2].id}/claim")
    page = decide(ada, made[0], items)
    assert "Approved: 2. Not counted: 2" in page
    assert "Ben rejected this at" in page
    assert "Ben has claimed it. Look at it by itself." in page
    assert [state(view) for view in made] == ["approved", "rejected", "pending", "approved"]


def test_what_was_edited_meanwhile_is_not_approved(stage: Stage, browse: Browse) -> None:
    first, second, ada = note(stage), note(stage), browse("ada")
    items = ticked(ada.get(address(first)).text)
    stale = [item.replace("~1~", "~2~") for item in items]
    page = decide(ada, first, stale)
    assert page.count("Revision 1 is the newest. Nothing was changed") == 2
    other = [item[:-64] + "0" * 64 for item in items]
    assert "Not counted: 2" in decide(ada, first, other)
    assert [state(first), state(second)] == ["pending"] * 2


def test_what_others_hold_and_what_hides_characters_is_left_out(stage: Stage, browse: Browse) -> None:
    first, held, odd = note(stage), note(stage), note(stage, "hel\u200blo")
    browse("ben").post(f"/w/demo/actions/{held.id}/claim")
    assert ids(browse("ada").get(address(first)).text) == []
    second = note(stage)
    page = browse("ada").get(address(first)).text
    assert sorted(ids(page)) == sorted([first.id, second.id])
    assert "Nothing to decide together" in browse("ada").get(address(odd)).text


def test_a_smuggled_item_is_looked_at_as_if_it_were_the_first(stage: Stage, browse: Browse) -> None:
    first, refund, odd, ada = note(stage), stage.submit(), note(stage, "\u202eolleh"), browse("ada")
    items = [f"{view.id}~{view.revision}~{view.digest.hex()}" for view in (refund, odd)]
    page = decide(ada, first, [*items, "act_nothing~1~" + "0" * 64])
    assert "It is not like the others. Look at it by itself." in page
    assert "Its arguments hide or disguise characters. Look at it by itself." in page
    assert "There is no action act_nothing here." in page
    assert [state(refund), state(odd)] == ["pending", "pending"]


def test_risk_rule_and_policy_version_have_to_be_the_same(stage: Stage, browse: Browse) -> None:
    refunds = [stage.submit(), stage.submit()]
    assert ids(browse("ada").get(address(refunds[0])).text) == []
    assert "/alike" not in browse("ada").get(f"/w/demo/actions/{refunds[0].id}").text
    old = [note(stage), note(stage)]
    use_policy(stage, FREE_NOTE)
    new = [note(stage), note(stage)]
    assert sorted(ids(browse("ada").get(address(new[0])).text)) == sorted(view.id for view in new)
    assert sorted(ids(browse("ada").get(address(old[0])).text)) == sorted(view.id for view in old)


def test_an_argument_that_is_there_or_not_is_a_difference(stage: Stage, browse: Browse) -> None:
    use_policy(stage, FREE_NOTE)
    first = note(stage)
    stage.submit("crm.note", {"text": "hello", "pinned": True})
    page = browse("ada").get(address(first)).text
    assert '<span class="muted">was not there</span>' in page
    assert "/pinned" in page


@pytest.mark.parametrize("who", ["vera", "eve"])
def test_who_may_not_decide_one_decides_none(stage: Stage, browse: Browse, who: str) -> None:
    first, second = note(stage), note(stage)
    client = browse(who)
    assert ids(client.get(address(first)).text) == []
    items = [f"{view.id}~{view.revision}~{view.digest.hex()}" for view in (first, second)]
    assert "Not counted: 2" in decide(client, first, items)
    assert [state(first), state(second)] == ["pending"] * 2


@pytest.mark.parametrize("items", [[], ["rubbish"], ["act_1~x~00"], ["act_1~1~zz"]])
def test_nothing_ticked_or_nothing_sensible_decides_nothing(stage: Stage, browse: Browse, items: list[str]) -> None:
    first = note(stage)
    note(stage)
    answer = browse("ada").post(address(first), {"item": items, "verdict": "approve"})
    assert (answer.status_code, f"Tick 1 to {BATCH_MAX} actions. Nothing was decided." in answer.text) == (422, True)


def test_a_group_is_at_most_fifty_and_says_that_more_wait(stage: Stage, browse: Browse) -> None:
    made, ada = [note(stage, f"note {n}") for n in range(BATCH_MAX + 1)], browse("ada")
    page = ada.get(address(made[0])).text
    assert (len(ticked(page)), "More wait; these come first." in page) == (BATCH_MAX, True)
    left = next(view for view in made if view.id not in ids(page))
    items = [*ticked(page), f"{left.id}~1~{left.digest.hex()}", *ticked(page)[:1]]
    assert ada.post(address(made[0]), {"item": items, "verdict": "approve"}).status_code == 422
