"""The page of escalations, what an action's page says of them, and pressing by hand."""

import re

import pytest
from django.test import Client

from accounts.models import User
from approvals import services
from approvals.models import Escalation
from approvals.services import escalation_board
from approvals.services.boards import levels
from tests.approvals.escalating import MINUTE, away, sweep, told, with_plan
from tests.cast import Stage, use_policy
from tests.console.conftest import Browse
from tests.questions import questions

PAGE = "/w/demo/escalations"


def text(html: str) -> str:
    """What stands on the page, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


def test_with_nothing_waiting_the_page_says_what_to_expect(stage: Stage, browse: Browse) -> None:
    page = text(browse("vera").get(PAGE).text)
    for said in ("Nothing waits.", "The policy has no rotation.", "No step is due.", "Nobody was told yet."):
        assert said in page
    assert "has not looked yet" in page


def test_it_shows_what_waits_at_which_level_who_is_on_call_and_what_is_next(stage: Stage, browse: Browse) -> None:
    use_policy(stage, with_plan())
    for minutes in (12, 3):
        stage.submit(at=stage.at - minutes * MINUTE)
    sweep(stage.at)
    stage.submit()
    page = text(browse("vera").get(PAGE).text)
    assert "Nobody yet 1 0 0 0 0 1" in page
    assert "Level 1 1 0 0 0 0 1" in page
    assert "Level 2 0 1 0 0 0 1" in page
    assert re.search(r"desk : (Ada|Ben), until \d+ \w+ \d{4}, 09:00 UTC , then (Ada|Ben)", page)
    assert "Reminder of level 2 of 3" in page
    assert "Level 2 of 3" in page
    assert "Ben ben console: on its way" in page
    services.audit_waiting(at=stage.at)
    assert "The auditor, who looks for actions that nobody was told of, looked" in text(browse("ada").get(PAGE).text)


def test_who_stands_in_is_named_beside_whose_turn_it_is(stage: Stage, browse: Browse) -> None:
    use_policy(stage, with_plan().replace("members: [ada, ben]", "members: [ada]"))
    away(stage, "ada", "ben")
    assert "desk : Ben for Ada, who is away, until" in text(browse("vera").get(PAGE).text)
    page = text(browse("vera").get(PAGE).text)
    assert "nobody" not in page.partition("On call now")[2].partition("Due next")[0]


def test_what_nobody_could_be_told_of_stands_on_top(stage: Stage, browse: Browse) -> None:
    use_policy(stage, with_plan())
    away(stage, "ada")
    away(stage, "ben")
    stage.submit()
    sweep(stage.at)
    page = text(browse("vera").get(PAGE).text)
    assert "Nobody could be told of 1 action: billing.refund , waiting since" in page


def test_another_workspace_sees_nothing_of_it(stage: Stage, other: Stage) -> None:
    use_policy(stage, with_plan())
    stage.submit()
    sweep(stage.at)
    cleo = Client()
    cleo.force_login(User.objects.get(pk=other.people["cleo"]))
    page = text(cleo.get("/w/other/escalations").text)
    assert [
        said in page for said in ("Nothing waits.", "No step is due.", "Nobody was told yet.", "billing.refund")
    ] == [
        True,
        True,
        True,
        False,
    ]
    row = Escalation.everywhere.get()
    assert "billing.refund" not in cleo.get(f"/w/other/escalations?after={row.id}").text
    assert cleo.get(PAGE).status_code == 404


def test_the_page_costs_the_same_with_one_and_with_three(stage: Stage, browse: Browse) -> None:
    use_policy(stage, with_plan())
    client, counts = browse("vera"), []
    for made in (1, 2):
        for _ in range(made):
            stage.submit()
        sweep(stage.at)
        client.get(PAGE)
        with questions() as asked:
            client.get(PAGE)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_list_goes_on_where_the_page_before_ended(
    stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escalation_board, "PAGE", 2)
    use_policy(stage, with_plan())
    stage.submit()
    for minutes in (0, 10, 15):
        sweep(stage.at + minutes * MINUTE)
    first = browse("vera").get(PAGE).text
    older = re.findall(r'href="\?after=(esc_\w+)"', first)
    assert len(older) == 1
    second = text(browse("vera").get(f"{PAGE}?after={older[0]}").text)
    assert (second.count("Escalated, level"), "Newest" in second, "On call now" in second) == (1, True, False)
    assert browse("vera").get(f"{PAGE}?after=nonsense").status_code == 200


def test_what_is_renewed_says_who_was_told_and_as_of_when(stage: Stage, browse: Browse) -> None:
    use_policy(stage, with_plan())
    client = browse("vera")
    stage.submit()
    renewed = {"HX-Request": "true"}
    assert "Nobody was told yet." in client.get(PAGE, headers=renewed).text
    sweep(stage.at)
    part = client.get(PAGE, headers=renewed).text
    assert ("Escalated, level 1" in part, "As of" in part, "<html" in part) == (True, True, False)


def test_a_crowd_is_shown_as_the_pulse_counted_it(
    stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levels, "LIVE_MAX", 1)
    client = browse("vera")
    for _ in range(2):
        stage.submit()
    assert "counted every few seconds" not in text(client.get(PAGE).text)
    levels.keep(at=stage.at)
    stage.submit()
    page = text(client.get(PAGE).text)
    assert "Nobody yet 2 0 0 0 0 2" in page
    assert "So many wait that they are counted every few seconds" in page
    assert "More wait for reviewers than are counted here." in text(client.get(f"{PAGE}?group=reviewers").text)


def test_the_action_says_who_was_told_and_what_comes_next(stage: Stage, browse: Browse) -> None:
    use_policy(stage, with_plan())
    view = stage.submit()
    url = f"/w/demo/actions/{view.id}"
    assert "Who was told Nobody yet." in text(browse("vera").get(url).text)
    sweep(stage.at)
    page = text(browse("vera").get(url).text)
    assert "Escalated, level 1" in page
    assert "Ben ben console: on its way" in page
    assert re.search(r"Next: \d+ (min|s) , plan ring", page)
    assert "Escalate, remind or hand over" not in page
    assert "Escalate, remind or hand over" in text(browse("ben").get(url).text)
    assert "Countersign over the system" in text(browse("vera").get(f"{url}/history").text)


def send(client: Client, action_id: str, **said: str) -> str:
    answer = client.post(f"/w/demo/actions/{action_id}/route", said, follow=True)
    return f"{answer.status_code} {' '.join(answer.text.split())}"


def test_ada_escalates_by_hand_with_a_reason(stage: Stage, browse: Browse) -> None:
    use_policy(stage, with_plan())
    view = stage.submit()
    said = send(browse("ada"), view.id, what="escalate", reason="The customer is on the phone.")
    assert said.startswith("200")
    assert "Escalated. The story says who was told." in said
    assert "The customer is on the phone." in said
    assert told(view) == [("escalate", 0, ["Ben"])]
    row = Escalation.everywhere.get(action_id=view.id)
    assert (row.cause, row.by_name, row.reason) == ("person", "Ada", "The customer is on the phone.")
    story = text(browse("vera").get(f"/w/demo/actions/{view.id}/history").text)
    assert "Ada over the console" in story
    assert "The customer is on the phone." in story


def test_a_second_press_within_a_minute_tells_nobody(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    send(browse("ada"), view.id, what="remind", reason="Please.")
    said = send(browse("ben"), view.id, what="remind", reason="Please!")
    assert said.startswith("409")
    assert "People were told less than a minute ago." in said
    assert Escalation.everywhere.count() == 1


def test_ben_hands_it_to_ada(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    ben = browse("ben")
    assert '<option value="' + stage.people["ada"] in ben.get(f"/w/demo/actions/{view.id}/route").text
    assert stage.people["eve"] not in ben.get(f"/w/demo/actions/{view.id}/route").text
    assert send(ben, view.id, what="reassign", reason="My cousin works there.").startswith("422")
    said = send(ben, view.id, what="reassign", user=stage.people["ada"], reason="My cousin works there.")
    assert "Handed to <b>Ada</b>" in said


@pytest.mark.parametrize("said", [{}, {"what": "escalate"}, {"what": "shout", "reason": "x"}, {"reason": "x"}])
def test_what_is_incomplete_is_asked_for_again(stage: Stage, browse: Browse, said: dict[str, str]) -> None:
    view = stage.submit()
    assert send(browse("ada"), view.id, **said).startswith("422")
    assert Escalation.everywhere.count() == 0


def test_vera_may_look_and_not_press(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    client = browse("vera")
    assert client.get(f"/w/demo/actions/{view.id}/route").status_code == 403
    assert client.post(f"/w/demo/actions/{view.id}/route", {"what": "remind", "reason": "x"}).status_code == 403


def test_nothing_is_sent_from_another_site_or_for_what_is_decided(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(User.objects.get(pk=stage.people["ada"]))
    answer = stranger.post(f"/w/demo/actions/{view.id}/route", {"what": "remind", "reason": "x"})
    assert answer.status_code == 403
    stage.review("ada", view)
    said = send(browse("ben"), view.id, what="remind", reason="x")
    assert said.startswith("409")
    assert "Ada approved this at" in said
    assert "already, so nobody has to look at it" in browse("ben").get(f"/w/demo/actions/{view.id}/route").text
