"""What a plan calls for reaches people in the thread of the card, once, and its outcome is kept."""

from approvals.models import Notification
from tests.approvals.escalating import MINUTE, sweep, with_plan
from tests.cast import use_policy
from tests.console.slack.conftest import Desk


def outcomes(desk: Desk) -> list[tuple[str, str, str]]:
    rows = Notification.everywhere.filter(workspace_id=desk.stage.id, channel="slack").order_by("user_name")
    return list(rows.values_list("user_name", "outcome", "because"))


def test_whoever_a_level_names_is_called_once(desk: Desk) -> None:
    use_policy(desk.stage, with_plan())
    desk.stage.submit()
    desk.pass_on()
    sweep(desk.stage.at + 30 * MINUTE)
    desk.pass_on()
    desk.pass_on()
    ada, ben = (f"<@{desk.town[name].id}>" for name in ("ada", "ben"))
    [reply] = desk.hands.replies(desk.card())
    called, _, said = reply.words.partition(" This ")
    assert (sorted(called.split()), said) == (sorted([ada, ben]), "was handed to you (level 3 of its plan).")
    assert outcomes(desk) == [("Ada", "sent", ""), ("Ben", "sent", "")]


def test_without_a_card_the_call_is_left_out_and_says_so(desk: Desk) -> None:
    use_policy(desk.stage, with_plan())
    desk.hands.events.archive(desk.town.channels["approvals"])
    desk.stage.submit()
    desk.pass_on()
    sweep(desk.stage.at + 30 * MINUTE)
    desk.pass_on()
    why = "the action has no card in Slack"
    assert outcomes(desk) == [("Ada", "skipped", why), ("Ben", "skipped", why)]


def test_a_card_that_somebody_deleted_leaves_nobody_believed_told(desk: Desk) -> None:
    use_policy(desk.stage, with_plan())
    desk.stage.submit()
    desk.pass_on()
    desk.server.faults.error("chat.postMessage", "thread_not_found")
    sweep(desk.stage.at + 30 * MINUTE)
    desk.pass_on()
    assert outcomes(desk) == [("Ada", "failed", "thread_not_found"), ("Ben", "failed", "thread_not_found")]


def test_what_was_decided_meanwhile_calls_nobody(desk: Desk) -> None:
    use_policy(desk.stage, with_plan())
    asked = desk.stage.submit()
    desk.pass_on()
    sweep(desk.stage.at + 30 * MINUTE)
    desk.stage.review("ada", asked, "reject")
    desk.pass_on()
    assert outcomes(desk) == [("Ada", "skipped", "decided"), ("Ben", "skipped", "decided")]
