"""A card shows what will happen, and says what became of it, wherever it was decided."""

import pytest

from tests.console.slack.conftest import Desk, add_channel


def test_what_waits_stands_in_the_channel(desk: Desk) -> None:
    desk.stage.submit(summary="Duplicate charge")
    assert desk.pass_on() == []
    card = desk.card()
    assert "Refunds 80 USD to customer cus_1." in card.words
    assert "*amount_usd*\n80" in card.words
    assert "otto says, unverified: Duplicate charge" in card.words
    assert list(card.buttons) == ["cs_approve", "cs_reject", "cs_edit", "cs_ask", "cs_details"]


def test_what_the_policy_decided_by_itself_needs_no_card(desk: Desk) -> None:
    desk.stage.submit(args={"customer_id": "cus_1", "amount_usd": 10})
    desk.pass_on()
    assert desk.cards() == []


def test_ben_approves_in_slack(desk: Desk) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    assert desk.press("ben", "cs_approve").status == 200
    view = desk.view(asked)
    assert view.decision is not None
    assert (view.state, view.decision.door) == ("approved", "slack")
    assert [vote.user_id for vote in view.votes] == [desk.stage.people["ben"]]
    desk.pass_on()
    assert list(desk.card().buttons) == ["cs_details"]
    assert "*Approved* by Ben over Slack" in desk.card().words


def test_both_channels_agree_after_a_press_on_the_web(desk: Desk) -> None:
    add_channel(desk.stage, desk.town, "payments", "group", "reviewers")
    asked = desk.stage.submit()
    desk.pass_on()
    desk.stage.review("ada", asked, "reject", reason_code="not_needed", comment="Paid twice already")
    desk.pass_on()
    for channel in ("approvals", "payments"):
        words = desk.card(channel).words
        assert "*Rejected* by Ada over the console" in words
        assert "Not needed, or done already. Paid twice already" in words


@pytest.mark.parametrize(
    ("kind", "value", "count"), [("tool", "billing.*", 1), ("tool", "crm.*", 0), ("group", "finance", 0)]
)
def test_a_channel_gets_what_it_was_given(desk: Desk, kind: str, value: str, count: int) -> None:
    add_channel(desk.stage, desk.town, "payments", kind, value)
    desk.stage.submit()
    desk.pass_on()
    assert len(desk.cards("payments")) == count
