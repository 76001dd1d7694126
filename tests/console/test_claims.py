"""Claiming over the pages: with script and without."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from approvals.models import Claim
from approvals.services.claims import LEASE
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.questions import questions

FRAGMENT = {"HX-Request": "true"}


def address(action_id: str, what: str = "claim") -> str:
    return f"/w/demo/actions/{action_id}/{what}"


def test_ada_claims_and_everybody_reads_it_in_the_row_and_on_the_page(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    answer = browse("ada").post(address(view.id) + "?risk=medium")
    assert (answer.status_code, answer["Location"]) == (302, f"/w/demo/actions/{view.id}?risk=medium")
    page = browse("ben").get(f"/w/demo/actions/{view.id}").text
    assert "<b>Ada</b> has it until" in page
    assert "You may still decide." in page
    assert f'data-held="{stage.people["ada"]}">Ada until' in page
    own = browse("ada").get(f"/w/demo/actions/{view.id}").text
    assert "Yours until" in own
    assert f'data-held="{stage.people["ada"]}">yours until' in own


def test_by_script_only_the_line_is_drawn_anew(stage: Stage, browse: Browse) -> None:
    view, ada = stage.submit(), browse("ada")
    for what, shown in (
        ("claim", "Yours until"),
        ("claim/keep", "Yours until"),
        ("claim/release", "Claim <kbd>"),
        ("company", "Claim <kbd>"),
    ):
        send = ada.get if what == "company" else ada.post
        answer = send(address(view.id, what), headers=FRAGMENT)
        assert (answer.status_code, shown in answer.text, "<html" in answer.text) == (200, True, False), what


def test_who_comes_second_is_told_who_has_it(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    browse("ada").post(address(view.id))
    answer = browse("ben").post(address(view.id), headers=FRAGMENT)
    assert (answer.status_code, "Ada has it until" in answer.text) == (409, True)
    assert "Ada has it until" in browse("ben").post(address(view.id), follow=True).text


def test_vera_has_no_button_and_no_right(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    assert "/claim" not in browse("vera").get(f"/w/demo/actions/{view.id}").text
    assert [
        browse("vera").post(address(view.id, f"claim{what}")).status_code for what in ("", "/keep", "/release")
    ] == [403] * 3


@pytest.mark.parametrize("what", ["claim", "claim/keep", "claim/release"])
def test_nothing_is_claimed_by_following_a_link_or_from_another_site(stage: Stage, browse: Browse, what: str) -> None:
    view = stage.submit()
    assert browse("ada").get(address(view.id, what)).status_code == 405
    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(User.objects.get(pk=stage.people["ada"]))
    assert stranger.post(address(view.id, what)).status_code == 403
    assert not Claim.everywhere.exists()


def test_a_claim_that_ran_out_is_not_shown(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    browse("ada").post(address(view.id))
    Claim.everywhere.update(expires_at=stage.at - LEASE + timedelta(seconds=1))
    assert "has it until" not in browse("ben").get(f"/w/demo/actions/{view.id}").text


def test_the_queue_opens_what_nobody_else_holds(stage: Stage, browse: Browse) -> None:
    first, second = stage.submit(expires_in=600), stage.submit(expires_in=700)
    browse("ada").post(address(first.id))
    assert f'<article id="action" data-id="{second.id}"' in browse("ben").get("/w/demo/queue").text
    assert f'<article id="action" data-id="{first.id}"' in browse("ada").get("/w/demo/queue").text


@pytest.mark.parametrize(("who", "asked", "found"), [("ada", "me", 1), ("ada", "nobody", 1), ("ben", "me", 0)])
def test_claims_narrow_the_list(stage: Stage, browse: Browse, who: str, asked: str, found: int) -> None:
    view = stage.submit()
    stage.submit()
    browse("ada").post(address(view.id))
    rows = browse(who).get(f"/w/demo/queue/rows?claimed={asked}").text
    assert rows.count('<a class="row"') == found


def test_claimed_rows_cost_no_more_queries(stage: Stage, browse: Browse) -> None:
    client = browse("ada")
    counts = []
    for made in (1, 2, 47):
        for _ in range(made):
            client.post(address(stage.submit().id))
        with questions() as asked:
            client.get("/w/demo/queue/rows")
        counts.append(len(asked))
    assert counts == [7, 7, 7]
