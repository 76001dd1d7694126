"""After a decision the next action slides under the same keys, and the filter stays."""

import re

import pytest
from django.test import Client

from approvals.answers import ActionView
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.questions import questions

FRAGMENT = {"HX-Request": "true"}


def press(
    client: Client, view: ActionView, what: str = "approve", query: str = "", **said: str
) -> tuple[int, str, str]:
    """Status, the action that is open afterwards, and where the address leads."""
    seen = {"revision": str(view.revision), "digest": "sha256:" + view.digest.hex(), **said}
    answer = client.post(f"/w/demo/actions/{view.id}/{what}{query}", seen, headers=FRAGMENT)
    found = re.search(r'<article id="action" data-id="(act_\w+)"', answer.text)
    return answer.status_code, found[1] if found else "", answer.headers.get("HX-Push-Url", "")


def test_the_next_of_the_list_follows_and_after_the_last_the_first(stage: Stage, browse: Browse) -> None:
    first, second, third = (stage.submit(expires_in=600 + n) for n in range(3))
    ada = browse("ada")
    assert press(ada, second) == (200, third.id, "/w/demo/queue")
    assert press(ada, third) == (200, first.id, "/w/demo/queue")
    assert press(ada, first) == (200, "", "/w/demo/queue")


def test_the_list_and_what_was_done_come_along(stage: Stage, browse: Browse) -> None:
    first, second = stage.submit(expires_in=600), stage.submit(expires_in=700)
    seen = {"revision": "1", "digest": "sha256:" + first.digest.hex()}
    answer = browse("ada").post(f"/w/demo/actions/{first.id}/approve", seen, headers=FRAGMENT).text
    assert "<html" not in answer
    assert re.findall(r'id="(\w+)"[^>]*hx-swap-oob', answer, re.DOTALL) == ["rows", "toasts", "offers"]
    assert re.findall(r'class="row"[^>]*data-id="(act_\w+)"', answer) == [second.id]
    assert "Approved billing.refund. otto may run it once until" in answer


def test_the_filter_stays(stage: Stage, browse: Browse) -> None:
    refund = stage.submit()
    notes = [stage.submit("crm.note", {"text": "x"}, expires_in=600 + n) for n in range(2)]
    ada = browse("ada")
    assert press(ada, notes[0], query="?risk=low") == (200, notes[1].id, "/w/demo/queue?risk=low")
    assert press(ada, notes[1], query="?risk=low&rubbish=1") == (200, "", "/w/demo/queue?risk=low")
    assert press(ada, refund) == (200, "", "/w/demo/queue")


def test_without_script_the_filter_stays_too(stage: Stage, browse: Browse) -> None:
    note = stage.submit("crm.note", {"text": "x"})
    page = browse("ada").get(f"/w/demo/actions/{note.id}?risk=low").text
    assert f'action="/w/demo/actions/{note.id}/approve?risk=low"' in page
    seen = {"revision": "1", "digest": "sha256:" + note.digest.hex()}
    answer = browse("ada").post(f"/w/demo/actions/{note.id}/approve?risk=low", seen)
    assert answer["Location"] == "/w/demo/queue?risk=low"


def test_what_others_hold_and_what_waits_for_others_is_passed_over(stage: Stage, browse: Browse) -> None:
    first, held = stage.submit(expires_in=600), stage.submit(expires_in=601)
    large = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800}, expires_in=602)
    stage.review("ada", large)
    last = stage.submit(expires_in=603)
    browse("ben").post(f"/w/demo/actions/{held.id}/claim")
    assert press(browse("ada"), first)[1] == last.id


def test_a_refusal_shows_the_same_action_as_it_stands(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    stage.submit()
    stage.review("ben", view)
    seen = {"revision": "1", "digest": "sha256:" + view.digest.hex()}
    answer = browse("ada").post(f"/w/demo/actions/{view.id}/approve", seen, headers=FRAGMENT)
    assert (answer.status_code, "HX-Push-Url" in answer.headers) == (409, False)
    assert answer.text.lstrip().startswith(f'<article id="action" data-id="{view.id}"')
    assert "Ben approved this at" in answer.text


def test_a_rejection_without_a_reason_goes_back_into_its_dialog(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    answer = browse("ada").post(f"/w/demo/actions/{view.id}/reject", {"revision": "1"}, headers=FRAGMENT)
    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#sheet")
    assert "Choose a reason. The agent receives it." in answer.text


def test_a_form_on_a_page_of_its_own_is_sent_as_a_page(stage: Stage, browse: Browse) -> None:
    view, ada = stage.submit(), browse("ada")
    for what in ("reject", "ask"):
        path = f"/w/demo/actions/{view.id}/{what}"
        assert [f'hx-post="{path}' in ada.get(path, headers=headers).text for headers in ({}, FRAGMENT)] == [
            False,
            True,
        ]


def test_an_edit_keeps_the_filter(stage: Stage, browse: Browse) -> None:
    view, ada = stage.submit(), browse("ada")
    seen = {"revision": "1", "digest": "sha256:" + view.digest.hex()}
    raw = {**seen, "from": "raw", "raw": '{"customer_id": "cus_1", "amount_usd": 70}'}
    page = ada.post(f"/w/demo/actions/{view.id}/edit?risk=medium", raw).text
    assert f'action="/w/demo/actions/{view.id}/edit/approve?risk=medium"' in page


def test_a_question_leaves_the_action_open(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    stage.submit(expires_in=600)
    assert press(browse("ada"), view, "ask", text="Why?") == (200, view.id, f"/w/demo/actions/{view.id}")


@pytest.mark.parametrize("query", ["", "?prefetch=1"])
def test_a_detail_is_the_same_asked_ahead(stage: Stage, browse: Browse, query: str) -> None:
    view, ada = stage.submit(), browse("ada")
    answer = ada.get(f"/w/demo/actions/{view.id}/detail{query}", headers=FRAGMENT)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert "prefetch" not in answer.text


def test_sliding_costs_the_same_with_one_row_and_with_fifty(stage: Stage, browse: Browse) -> None:
    ada, counts = browse("ada"), []
    press(ada, stage.submit(expires_in=500))
    for more in (2, 3, 50):
        made = [stage.submit(expires_in=600 + n) for n in range(more)]
        with questions() as asked:
            press(ada, made[0])
        counts.append(sum("approvals_" in s and "approvals_look" not in s for s in asked))
    assert counts[0] == counts[1] == counts[2]


def test_typing_a_filter_draws_rows_and_views_and_sets_the_address(stage: Stage, browse: Browse) -> None:
    stage.submit()
    answer = browse("ada").get("/w/demo/queue/found?risk=low&view=all&text=&after=", headers=FRAGMENT)
    assert answer.headers["HX-Push-Url"] == "/w/demo/queue?risk=low&view=all"
    assert "Nothing that waits matches." in answer.text
    assert "Save this view" in answer.text
