"""Evidence on the page: closed until its person opens it, and the button waits for all of it."""

from approvals import queries
from approvals.answers import ActionView
from tests.approvals.test_evidence import BIG, SENT, WANTED
from tests.cast import Stage, use_policy
from tests.console.conftest import Browse
from tests.console.test_action import address, seen, state


def asked(stage: Stage, evidence: object = SENT) -> ActionView:
    use_policy(stage, WANTED)
    return stage.submit(args=BIG, evidence=evidence)


def test_the_button_waits_until_all_of_it_is_open(stage: Stage, browse: Browse) -> None:
    view, client = asked(stage), browse("ada")
    page = client.get(address(view)).text
    assert "Open the evidence first: 3 of 3 are left." in page
    assert 'id="approve"' not in page
    for number, key in enumerate(("args.note", "evidence.1", "evidence.2"), 1):
        answer = client.post(address(view, "evidence"), {"revision": "1", "item": key}, follow=True)
        assert answer.redirect_chain == [(address(view), 302)]
        assert answer.text.count("<details open>") == number
    assert 'id="approve"' in answer.text
    client.post(address(view, "approve"), seen(view))
    voted = queries.find(stage.id, view.id).votes
    assert [vote.evidence for vote in voted] == [("args.note", "evidence.1", "evidence.2")]


def test_what_is_to_be_opened_stands_open_nowhere_else_but_for_those_who_only_look(
    stage: Stage, browse: Browse
) -> None:
    view = asked(stage)
    assert "They wrote twice." not in browse("ada").get(address(view)).text
    assert "They wrote twice." in browse("vera").get(address(view)).text
    assert "Open before you approve" not in browse("vera").get(address(view)).text


def test_a_press_past_the_button_changes_nothing(stage: Stage, browse: Browse) -> None:
    view = asked(stage)
    answer = browse("ada").post(address(view, "approve"), seen(view))
    assert (answer.status_code, state(view)) == (403, "pending")
    assert "Each approver opens the evidence first. Not opened: Argument note; Evidence 1: Ticket 81" in answer.text


def test_what_another_opened_is_not_opened_for_oneself(stage: Stage, browse: Browse) -> None:
    view = asked(stage)
    browse("ben").post(address(view, "evidence"), {"revision": "1", "item": "args.note"})
    assert "Open the evidence first: 3 of 3 are left." in browse("ada").get(address(view)).text


def test_evidence_that_was_not_sent_is_said(stage: Stage, browse: Browse) -> None:
    page = browse("ada").get(address(asked(stage, evidence=[]))).text
    assert "The rule wants evidence opened that the agent did not send. Ask for it, or reject." in page
    assert "The agent sent none." in page


def test_nonsense_opens_nothing(stage: Stage, browse: Browse) -> None:
    view, client = asked(stage), browse("ada")
    for form in ({}, {"revision": "x", "item": "args.note"}, {"revision": "1"}):
        assert client.post(address(view, "evidence"), form).status_code == 422
    assert client.post(address(view, "evidence"), {"revision": "1", "item": "args.none"}).status_code == 409
    assert client.post(address(view, "evidence"), {"revision": "9", "item": "args.note"}).status_code == 409


def test_hostile_evidence_is_only_text(stage: Stage, browse: Browse) -> None:
    view, client = (
        asked(stage, evidence=[{"title": "<img src=x>\u202e", "text": "<script>alert(1)</script>"}]),
        browse("ada"),
    )
    page = client.post(address(view, "evidence"), {"revision": "1", "item": "evidence.1"}, follow=True).text
    assert ("<img" in page, "<script>alert" in page, "\u202e" in page) == (False, False, False)
