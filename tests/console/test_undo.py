"""An approval with time before it and after it, on the pages."""

import re
from datetime import timedelta

import pytest

from approvals import queries, services
from approvals.answers import ActionView
from approvals.models import Look, Timer
from tests.approvals.presses import find, leave
from tests.cast import POLICY, Stage, use_policy
from tests.console.conftest import Browse
from tests.console.test_action import address, seen

WINDOW = POLICY.replace("undo: {medium: 0s", "undo: {medium: 60s")
SLOW = POLICY.replace("dwell: {medium: 0s", "dwell: {medium: 30s")
CHECKS = ['I compared the "account" & name', "I called <b>"]
CHECKED = POLICY.replace(
    '"args.amount_usd > 50"], effect: require_approval}',
    '"args.amount_usd > 50"], effect: require_approval, checks: [\'I compared the "account" & name\', "I called <b>"]}',
)


def approve(stage: Stage, browse: Browse, view: ActionView) -> str:
    answer = browse("ada").post(address(view, "approve"), seen(view), follow=True)
    assert answer.redirect_chain == [("/w/demo/queue", 302)]
    return answer.text


def test_an_approval_is_told_with_its_undo_button_on_the_next_page(stage: Stage, browse: Browse) -> None:
    use_policy(stage, WINDOW)
    view = stage.submit()
    page = approve(stage, browse, view)
    at = find(stage, view).closing_at
    assert at is not None
    toast = page.split('class="toast undo"')[1].split("</form>")[0]
    assert f"Approved billing.refund. It takes effect at {at:%H:%M:%S} UTC." in toast
    assert f'action="{address(view, "undo")}"' in toast
    assert 'data-key="z"' in toast
    left = re.search(r'data-closes="(\d+)"', toast)
    assert left is not None
    assert 50_000 < int(left[1]) <= 60_000


def test_undo_takes_the_vote_back_and_shows_the_action_again(stage: Stage, browse: Browse) -> None:
    use_policy(stage, WINDOW)
    view = stage.submit()
    approve(stage, browse, view)
    answer = browse("ada").post(address(view, "undo"), follow=True)
    assert answer.redirect_chain == [(address(view), 302)]
    assert "Your vote on billing.refund is taken back. It waits again." in answer.text
    assert (find(stage, view).closing_at, find(stage, view).votes) == (None, ())
    assert 'action="' + address(view, "approve") in answer.text


def test_the_action_page_counts_down_for_everybody_and_offers_undo_to_the_voter(stage: Stage, browse: Browse) -> None:
    use_policy(stage, WINDOW)
    view = stage.submit()
    approve(stage, browse, view)
    ada, ben = browse("ada").get(address(view)).text, browse("ben").get(address(view)).text
    assert (address(view, "undo") in ada, address(view, "undo") in ben) == (True, False)
    for page in (ada, ben):
        assert re.search(r'<b data-closes="\d+">Takes effect at \d\d:\d\d:\d\d UTC</b>, unless somebody', page)
        assert "data-approve" not in page
    assert "can be undone" in browse("ben").get("/w/demo/queue").text


def test_a_vote_of_two_can_be_taken_back_on_the_page(stage: Stage, browse: Browse) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800})
    client = browse("ada")
    client.post(address(view, "approve"), seen(view))
    assert "Undo my vote" in client.get(address(view)).text
    client.post(address(view, "undo"))
    assert find(stage, view).votes == ()


def test_undo_after_the_end_says_who_was_first(stage: Stage, browse: Browse) -> None:
    use_policy(stage, WINDOW)
    past = stage.at - timedelta(minutes=5)
    view = stage.submit(at=past)
    stage.review("ada", view, at=past)
    services.fire_due(at=stage.at)
    answer = browse("ada").post(address(view, "undo"))
    assert answer.status_code == 409
    assert re.search(r"Ada approved this at \d\d:\d\d UTC on .+ over the console\. Nothing was changed\.", answer.text)


def test_nothing_to_undo_is_said(stage: Stage, browse: Browse) -> None:
    answer = browse("ben").post(address(stage.submit(), "undo"))
    assert (answer.status_code, "You have no vote on this revision" in answer.text) == (409, True)


def test_an_edit_with_a_window_is_told_so(stage: Stage, browse: Browse) -> None:
    use_policy(stage, WINDOW)
    view = stage.submit()
    form = seen(view, args='{"customer_id": "cus_1", "amount_usd": 60}', reason_code="amount_too_high")
    answer = browse("ada").post(address(view, "edit/approve"), form, follow=True)
    assert "Approved billing.refund with your changes. It takes effect at" in answer.text


def test_opening_the_page_starts_the_clock_and_the_form_says_how_long(stage: Stage, browse: Browse) -> None:
    use_policy(stage, SLOW)
    view, client = stage.submit(), browse("ada")
    page = client.get(address(view)).text
    left = re.search(r'data-reads="(\d+)"', page)
    assert left is not None
    assert 25_000 < int(left[1]) <= 30_000
    assert Look.everywhere.values_list("user_id", "revision", "door").get() == (stage.people["ada"], 1, "web")
    answer = client.post(address(view, "approve"), seen(view))
    assert (answer.status_code, find(stage, view).state) == (403, "pending")
    assert "An action of medium risk is read for 30 s at least. Nothing was changed. Approve in" in answer.text


@pytest.mark.parametrize("path", ["/w/demo/queue", "detail", ""])
def test_every_way_to_see_it_in_full_starts_the_clock_once(stage: Stage, browse: Browse, path: str) -> None:
    view, client = stage.submit(), browse("ada")
    for _ in range(2):
        assert client.get(path if path.startswith("/w/") else address(view, path)).status_code == 200
    assert Look.everywhere.count() == 1


def test_lists_and_what_is_fetched_ahead_start_no_clock(stage: Stage, browse: Browse) -> None:
    use_policy(stage, SLOW)
    view, client = stage.submit(), browse("ada")
    client.get("/w/demo/queue/rows")
    ahead = client.get(address(view, "detail") + "?prefetch=1").text
    client.get(address(view, "detail"), headers={"Sec-Purpose": "prefetch"})
    client.get(address(view, "standing"))
    assert Look.everywhere.count() == 0
    assert 'data-reads="30000"' in ahead
    client.get(address(view, "detail"))
    assert Look.everywhere.count() == 1


def test_checks_are_boxes_of_the_form_and_each_has_to_be_ticked(stage: Stage, browse: Browse) -> None:
    use_policy(stage, CHECKED)
    view, client = stage.submit(), browse("ada")
    page = client.get(address(view)).text
    assert page.count('name="checks"') == 2
    assert 'value="I called &lt;b&gt;" form="approve" required' in page
    answer = client.post(address(view, "approve"), {**seen(view), "checks": CHECKS[:1]})
    assert answer.status_code == 403
    assert "Each approver ticks every check. Not ticked: I called &lt;b&gt;. Nothing was changed." in answer.text
    client.post(address(view, "approve"), {**seen(view), "checks": CHECKS})
    done = queries.find(stage.id, view.id)
    assert (done.state, done.votes[0].checks) == ("approved", tuple(sorted(CHECKS)))


def test_who_may_not_approve_reads_the_checks_and_ticks_none(stage: Stage, browse: Browse) -> None:
    use_policy(stage, CHECKED)
    page = browse("vera").get(address(stage.submit())).text
    assert ('name="checks"' in page, "Checks that each approver ticks" in page) == (False, True)


def test_an_edit_ticks_what_the_new_arguments_ask_for(stage: Stage, browse: Browse) -> None:
    use_policy(stage, CHECKED)
    view, client = stage.submit(), browse("ada")
    shown = client.post(
        address(view, "edit"), {**seen(view), "from": "raw", "raw": '{"customer_id": "cus_1", "amount_usd": 60}'}
    )
    assert (shown.status_code, shown.text.count('name="checks"')) == (200, 2)
    form = seen(view, args='{"customer_id": "cus_1", "amount_usd": 60}', reason_code="amount_too_high")
    assert client.post(address(view, "edit/approve"), form).status_code == 403
    client.post(address(view, "edit/approve"), {**form, "checks": CHECKS})
    assert find(stage, view).state == "approved"


def test_the_story_tells_of_what_was_taken_back(stage: Stage, browse: Browse) -> None:
    use_policy(stage, WINDOW)
    view = stage.submit()
    approve(stage, browse, view)
    browse("ada").post(address(view, "undo"))
    assert "Vote taken back" in browse("ben").get(address(view, "history")).text
    assert Timer.everywhere.filter(action_id=view.id, kind="close", cancelled_at=None).count() == 0


def test_a_window_that_a_lost_right_stopped_says_so_on_the_page(stage: Stage, browse: Browse) -> None:
    use_policy(stage, WINDOW)
    past = stage.at - timedelta(minutes=5)
    view = stage.submit(at=past)
    stage.review("ada", view, at=past)
    leave(stage, "ada")
    services.fire_due(at=stage.at)
    page = browse("ben").get(address(view)).text
    assert "Nothing was approved: not everybody whose vote it needed may still vote." in page
    assert "Went back to waiting" in browse("ben").get(address(view, "history")).text
