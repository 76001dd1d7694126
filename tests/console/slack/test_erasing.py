"""A value that is erased stands in Slack no more: not on the card, and in no reply of its thread."""

from datetime import timedelta

from tests.approvals.presses import answer, ask, leave
from tests.compliance.conftest import agree, work
from tests.compliance.conftest import ask as ask_to_erase
from tests.console.slack.conftest import Desk

SECRET = "plutonium-kettle"
LATER = timedelta(hours=1)


def stands(desk: Desk) -> str:
    """Everything in the channel, threads included."""
    card = desk.card()
    return "\n".join(f"{each.text}\n{each.words}" for each in [card, *desk.hands.replies(card)])


def test_cards_and_threads_are_blanked(desk: Desk) -> None:
    asked = desk.stage.submit(args={"customer_id": SECRET, "amount_usd": 80}, summary=SECRET)
    desk.pass_on()
    ask(desk.stage, "ada", asked, f"Why {SECRET}?")
    answer(desk.stage, asked, f"Because {SECRET}")
    desk.stage.review("ben", desk.view(asked), "reject", reason_code="not_needed", comment=SECRET)
    desk.pass_on()
    desk.pass_on()
    before = stands(desk)
    assert before.count(SECRET) >= 4
    erasure = agree(desk.stage, ask_to_erase(desk.stage, "action", asked.id))
    work(desk.stage, erasure, desk.stage.at + LATER)
    assert [desk.pass_on(), desk.pass_on()] == [[], []]
    assert SECRET not in stands(desk)
    assert "has been erased" in desk.card().words
    assert "*Rejected* by Ben" in desk.card().words
    replies = desk.hands.replies(desk.card())
    assert {reply.text for reply in replies} == {"This was erased."}


def test_the_name_of_a_person_who_left_goes_too(desk: Desk) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    desk.stage.review("ben", asked, "reject", reason_code="not_needed")
    desk.pass_on()
    assert "by Ben" in desk.card().words
    leave(desk.stage, "ben")
    erasure = agree(desk.stage, ask_to_erase(desk.stage, "person", desk.stage.people["ben"]))
    work(desk.stage, erasure, desk.stage.at + LATER)
    assert [desk.pass_on(), desk.pass_on()] == [[], []]
    assert "Ben" not in stands(desk)
    assert "by Erased person" in desk.card().words
