"""Erasures, holds and the time of keeping on their pages."""

import re

import pytest

from compliance import erasures, holds, retention
from outbox.models import Job
from tests.cast import Stage
from tests.compliance.conftest import work
from tests.console.conftest import Browse

PAGE = "/w/demo/audit/erasures"
HOLDS = "/w/demo/audit/holds"


def over(stage: Stage) -> str:
    """An action that is rejected, so nothing of it is needed any more."""
    return stage.review("ben", stage.submit(), "reject", reason_code="not_needed").id


def asked(stage: Stage, browse: Browse, action_id: str) -> str:
    said = {"kind": "action", "subject": action_id, "basis": "objection", "note": "By letter"}
    answer = browse("dana").post(PAGE, said)
    assert answer.status_code == 302, answer.text
    (found,) = erasures.page(stage.id)
    assert answer.headers["Location"] == f"{PAGE}/{found.id}"
    return found.id


def test_one_asks_and_another_agrees(stage: Stage, browse: Browse) -> None:
    action_id = over(stage)
    erasure_id = asked(stage, browse, action_id)
    own = browse("dana").get(f"{PAGE}/{erasure_id}").text
    assert ("Agree and erase" in own, "Take it back" in own) == (False, True)
    refused = browse("dana").post(f"{PAGE}/{erasure_id}/agree", follow=True).text
    assert "Somebody else has to" in refused
    eve = browse("eve")
    assert "Agree and erase" in eve.get(f"{PAGE}/{erasure_id}").text
    assert "It is being erased now" in eve.post(f"{PAGE}/{erasure_id}/agree", follow=True).text
    work(stage, erasures.find(stage.id, erasure_id))
    page = eve.get(f"{PAGE}/{erasure_id}").text
    assert ("Executed" in page, action_id in page, "By letter" in page) == (True, False, False)
    assert "What this action was about is gone for good" in browse("vera").get(f"/w/demo/actions/{action_id}").text
    story = eve.get(f"/w/demo/audit/actions/{action_id}").text
    assert "Objection (GDPR Art. 17(1)(c))" in story
    assert "no erasure names" not in story


def test_what_failed_is_tried_again(stage: Stage, browse: Browse) -> None:
    erasure_id = asked(stage, browse, over(stage))
    eve = browse("eve")
    eve.post(f"{PAGE}/{erasure_id}/agree")
    job_id = erasures.find(stage.id, erasure_id).job_id
    assert "It is agreed already" in eve.post(f"{PAGE}/{erasure_id}/agree", follow=True).text
    Job.objects.filter(pk=job_id).update(finished_at=stage.at, outcome="failed", problem="It broke off.")
    page = eve.get(f"{PAGE}/{erasure_id}").text
    assert ("It broke off." in page, "Try again" in page) == (True, True)
    eve.post(f"{PAGE}/{erasure_id}/agree")
    assert work(stage, erasures.find(stage.id, erasure_id)).outcome == "executed"


def test_it_is_declined_or_taken_back(stage: Stage, browse: Browse) -> None:
    erasure_id = asked(stage, browse, over(stage))
    page = browse("eve").post(f"{PAGE}/{erasure_id}/decline", follow=True).text
    assert "Nothing was erased" in page
    again = browse("eve").post(f"{PAGE}/{erasure_id}/agree", follow=True).text
    assert "It is declined already" in again


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"kind": "action", "subject": "act_x"}, "There is no action act_x here"),
        ({"kind": "person", "subject": "usr_x"}, "Nobody with this id"),
        ({"kind": "person", "subject": "ben"}, "End the membership first"),
        ({"kind": "counterpart", "subject": "cus_none"}, "No action has this counterpart"),
        ({"kind": "action", "subject": "waiting"}, "The action is not over"),
        ({"kind": "action", "subject": "over", "basis": "other"}, "for another basis, name it"),
        ({"kind": "action", "subject": "over", "basis": "retention"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_erased_is_said_beside_the_form(
    stage: Stage, browse: Browse, said: dict[str, str], told: str
) -> None:
    known = {"ben": stage.people["ben"], "waiting": stage.submit().id, "over": over(stage)}
    given = {"basis": "objection", **said, "subject": known.get(said["subject"], said["subject"])}
    answer = browse("dana").post(PAGE, given)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert erasures.page(stage.id) == []


def test_a_hold_stands_against_it_until_two_people_lift_it(stage: Stage, browse: Browse) -> None:
    action_id = over(stage)
    dana, eve = browse("dana"), browse("eve")
    dana.post(HOLDS, {"kind": "action", "subject": action_id, "reason": "Case 12"})
    refused = dana.post(PAGE, {"kind": "action", "subject": action_id, "basis": "objection"})
    assert (refused.status_code, "A legal hold covers it" in refused.text) == (422, True)
    (hold,) = holds.page(stage.id)
    assert "Asked for" in dana.post(f"{HOLDS}/{hold.id}/lift", follow=True).text
    assert "You asked; somebody else has to agree" in dana.get(HOLDS).text
    assert "cannot agree to it" in dana.post(f"{HOLDS}/{hold.id}/lift", follow=True).text
    assert "The hold is lifted" in eve.post(f"{HOLDS}/{hold.id}/lift", follow=True).text
    assert re.search("Dana.* and .*Eve", eve.get(HOLDS).text)
    asked(stage, browse, action_id)


def test_the_time_of_keeping_is_never_under_six_months(stage: Stage, browse: Browse) -> None:
    dana = browse("dana")
    refused = dana.post("/w/demo/audit/retention", {"days": "183"})
    assert (refused.status_code, "six months" in refused.text) == (422, True)
    assert "kept for 184 days" in dana.post("/w/demo/audit/retention", {"days": "184"}, follow=True).text
    assert retention.days_kept(stage.id) == 184
