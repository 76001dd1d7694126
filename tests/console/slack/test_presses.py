"""What people press in Slack counts as it would on the web, with the policy's friction."""

import pytest
import time_machine

from audit.models import Event
from tests.cast import POLICY, use_policy
from tests.console.slack.conftest import Desk, later

WITH_CHECKS = POLICY.replace(
    "{id: refunds-over-50, tools: [billing.refund],",
    '{id: refunds-over-50, checks: ["I compared the account", "I read the ticket"], tools: [billing.refund],',
)
DELIBERATE = POLICY.replace("undo: {medium: 0s,", "undo: {medium: 30s,").replace(
    "dwell: {medium: 0s,", "dwell: {medium: 3s,"
)
WITH_PASSKEY = POLICY.replace(
    "{id: refunds-over-50, tools: [billing.refund],", "{id: refunds-over-50, step_up: passkey, tools: [billing.refund],"
)


def test_ben_rejects_through_the_modal(desk: Desk) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    desk.press("ben", "cs_reject")
    ack = desk.hands.submit(desk.town["ben"], {"reason": "wrong_target", "comment": "Not this customer"})
    assert (ack.status, ack.tree) == (200, {})
    made = desk.view(asked).decision
    assert made is not None
    assert (made.outcome, made.reason_code, made.comment, made.door) == (
        "rejected",
        "wrong_target",
        "Not this customer",
        "slack",
    )


def test_the_policys_checks_stand_in_the_modal(desk: Desk) -> None:
    use_policy(desk.stage, WITH_CHECKS)
    asked = desk.stage.submit()
    desk.pass_on()
    desk.press("ben", "cs_approve")
    ben = desk.town["ben"]
    refused = desk.hands.submit(ben, {"checks": ["0"]})
    assert refused.tree["response_action"] == "errors"
    assert "Not ticked: I read the ticket" in refused.tree["errors"]["checks"]
    assert desk.view(asked).is_open
    desk.hands.submit(ben, {"checks": ["0", "1"]})
    view = desk.view(asked)
    assert view.state == "approved"
    assert view.votes[0].checks == ("I compared the account", "I read the ticket")


def test_an_edit_is_compared_and_then_approved(desk: Desk) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    desk.press("ben", "cs_edit")
    ben = desk.town["ben"]
    compared = desk.hands.submit(ben, {"field-1": "60"})
    assert compared.tree["response_action"] == "update"
    assert desk.view(asked).revision == 1
    desk.hands.submit(ben, {"reason": "amount_too_high"})
    view = desk.view(asked)
    assert (view.state, view.revision, view.args) == ("approved", 2, b'{"amount_usd":60,"customer_id":"cus_1"}')


@pytest.mark.parametrize(
    ("typed", "told"),
    [("many", "Write a number with a point, such as 42.5."), ("80", "Nothing differs yet."), ("-1", "schema")],
)
def test_a_bad_edit_is_refused_beside_its_field(desk: Desk, typed: str, told: str) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    desk.press("ben", "cs_edit")
    answer = desk.hands.submit(desk.town["ben"], {"field-1": typed})
    assert told in " ".join(answer.tree["errors"].values())
    assert desk.view(asked).revision == 1


def test_a_question_goes_to_the_agent_and_into_the_thread(desk: Desk) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    desk.press("ben", "cs_ask")
    desk.hands.submit(desk.town["ben"], {"text": "Which invoice?"})
    assert desk.view(asked).question == "Which invoice?"
    desk.pass_on()
    assert [reply.words for reply in desk.hands.replies(desk.card())] == ["Ben asked:\nWhich invoice?"]
    desk.pass_on()
    assert len(desk.hands.replies(desk.card())) == 1


def test_dwell_counts_from_the_post_and_undo_stands_on_the_card(desk: Desk) -> None:
    use_policy(desk.stage, DELIBERATE)
    asked = desk.stage.submit()
    desk.pass_on()
    desk.press("ben", "cs_approve")
    desk.pass_on()
    assert desk.view(asked).votes == ()
    assert "is read for 3 s at least" in desk.whispers("ben")[-1]
    with time_machine.travel(later(5), tick=True):
        desk.press("ben", "cs_approve")
        desk.pass_on()
        assert desk.view(asked).closing_at is not None
        assert list(desk.card().buttons) == ["cs_undo", "cs_reject", "cs_details"]
        desk.press("ada", "cs_undo")
        desk.press("ben", "cs_undo")
        desk.pass_on()
    view = desk.view(asked)
    assert (view.is_open, view.votes, view.closing_at) == (True, (), None)
    assert "You have no vote on this revision" in desk.whispers("ada")[-1]
    assert "cs_approve" in desk.card().buttons


@pytest.mark.parametrize(("tool", "policy"), [("billing.refund", WITH_PASSKEY), ("crm.delete", "")])
def test_above_the_line_the_card_links_and_decides_nothing(desk: Desk, tool: str, policy: str) -> None:
    use_policy(
        desk.stage,
        policy
        or POLICY.replace(
            '- {id: no-deletes, tools: ["*.delete"], effect: deny}', "- {id: none, tools: [x], effect: deny}"
        ),
    )
    desk.stage.submit(tool, {"id": "r_1"} if tool == "crm.delete" else None)
    desk.pass_on()
    assert list(desk.card().buttons) == ["cs_ask", "cs_details"]


def test_an_old_button_tells_what_changed(desk: Desk) -> None:
    asked = desk.stage.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    desk.pass_on()
    seen = desk.card()
    desk.stage.review("ada", asked, args=b'{"amount_usd":700,"customer_id":"cus_1"}', reason_code="amount_too_high")
    desk.hands.press(desk.town["ben"], seen, "cs_approve")
    desk.pass_on()
    assert desk.view(asked).votes == ()
    told = desk.whispers("ben")[-1]
    assert "Revision 2 is the newest. Nothing was changed" in told
    assert "/amount_usd: 900 → 700" in told
    assert "700" in desk.card().words


def test_whoever_comes_second_is_told_who_was_first(desk: Desk) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    seen = desk.card()
    desk.stage.review("ada", asked)
    desk.hands.press(desk.town["ben"], seen, "cs_approve")
    desk.pass_on()
    assert "Ada approved this at" in desk.whispers("ben")[-1]
    assert "Nothing was changed." in desk.whispers("ben")[-1]


def test_somebody_unlinked_is_refused_with_a_link(desk: Desk) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    desk.press("dana", "cs_approve")
    desk.pass_on()
    assert "is not linked to a person in Countersign" in desk.whispers("dana")[-1]
    assert "/slack/link?state=" in desk.whispers("dana")[-1]
    assert desk.view(asked).votes == ()
    assert Event.objects.filter(workspace_id=desk.stage.id, kind="slack:refused").count() == 1


def test_vera_may_look_but_not_decide(desk: Desk) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    desk.press("vera", "cs_approve")
    desk.pass_on()
    assert "Your role may look but not decide." in desk.whispers("vera")[-1]
    assert desk.view(asked).votes == ()
