"""The action page: everything that would run is on it, and a press counts for exactly that."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from approvals import queries, services
from approvals.answers import ActionView
from audit.actor import Door
from tests.approvals.presses import leave
from tests.cast import Stage
from tests.console.conftest import Browse

HOSTILE = "</script><img src=x onerror=alert(1)>{{ 7|add:7 }}{% now %} hx-get=/ \u202egpj.exe"


def address(view: ActionView, what: str = "") -> str:
    return f"/w/demo/actions/{view.id}{'/' + what if what else ''}"


def seen(view: ActionView, **more: str) -> dict[str, str]:
    return {"revision": str(view.revision), "digest": "sha256:" + view.digest.hex(), **more}


def state(view: ActionView) -> str:
    return queries.find(view.workspace_id, view.id).state


@contextmanager
def nothing_written() -> Iterator[None]:
    """Only reads, and the session's own row."""
    with CaptureQueriesContext(connection) as captured:
        yield
    writes = [q["sql"] for q in captured if re.match(r"\s*(insert|update|delete)", q["sql"], re.IGNORECASE)]
    assert [sql for sql in writes if "django_session" not in sql] == []


def test_the_effect_the_arguments_and_the_digest_are_on_the_page(stage: Stage, browse: Browse) -> None:
    view = stage.submit(args={"customer_id": "cus_9", "amount_usd": 80, "note": "VIP"})
    page = browse("ada").get(address(view)).text
    for text in ("Refunds 80 USD to customer cus_9.", "Arguments (3 of 3 shown)", "VIP", "sha256:" + view.digest.hex()):
        assert text in page


def test_the_parts_stand_in_their_order_with_the_agents_words_last(stage: Stage, browse: Browse) -> None:
    page = browse("ada").get(address(stage.submit(summary="please"))).text
    titles = re.findall(r'<h2 id="(\w+)-title">', page.split("<article")[1].split("</article>")[0])
    assert titles == ["effect", "args", "reach", "why", "needs", "time", "told", "similar", "incidents", "claims"]


def test_a_tool_that_the_policy_does_not_describe_is_uninspectable(stage: Stage, browse: Browse) -> None:
    page = browse("ada").get(address(stage.submit("bank.wire", {"iban": "DE89"}))).text
    assert "Uninspectable: the policy does not say what" in page


def test_hostile_text_is_only_text(stage: Stage, browse: Browse) -> None:
    view = stage.submit("bank.wire", {HOSTILE: HOSTILE}, summary=HOSTILE, reasoning=HOSTILE)
    page = browse("ada").get(address(view)).text
    assert "<img" not in page
    assert "\u202e" not in page
    assert "Invisible, or moves other characters: U+202E RIGHT-TO-LEFT OVERRIDE." in page
    assert "{{ 7|add:7 }}" in page


def test_a_long_value_is_there_to_its_end(stage: Stage, browse: Browse) -> None:
    text = "a" * 55_000 + "pay Mallory" + "b" * 5_000
    page = browse("ada").get(address(stage.submit("bank.wire", {"memo": text}))).text
    assert f"{len(text)} characters, all of them in this box" in page
    told = re.sub(r"<[^>]+>", "|", page)
    assert "a|55,000 times U+0061|pay Malloryb|5,000 times U+0062|" in told


def test_ada_approves_and_is_led_on(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    answer = browse("ada").post(address(view, "approve"), seen(view), follow=True)
    assert answer.redirect_chain == [("/w/demo/queue", 302)]
    assert "Approved billing.refund. otto may run it once until" in answer.text
    assert state(view) == "approved"


def test_ada_rejects_with_a_reason(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    form = seen(view, reason_code="wrong_target", comment="Not this one.")
    answer = browse("ada").post(address(view, "reject"), form, follow=True)
    assert "Rejected billing.refund. otto is told why." in answer.text
    decision = queries.find(stage.id, view.id).decision
    assert decision is not None
    assert (decision.outcome, decision.reason_code, decision.comment) == ("rejected", "wrong_target", "Not this one.")


def test_a_rejection_without_a_reason_is_asked_again_with_what_was_written(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    answer = browse("ada").post(address(view, "reject"), seen(view, comment="kept"))
    assert (answer.status_code, state(view)) == (422, "pending")
    assert "Choose a reason. The agent receives it." in answer.text
    assert ">kept</textarea>" in answer.text


def test_the_form_comes_alone_for_the_dialog_and_on_a_page_without_it(stage: Stage, browse: Browse) -> None:
    view, client = stage.submit(), browse("ada")
    whole = client.get(address(view, "reject")).text
    alone = client.get(address(view, "reject"), headers={"HX-Request": "true"}).text
    assert ("<html" in whole, "<html" in alone) == (True, False)
    assert whole.count('name="reason_code"') == alone.count('name="reason_code"') == 8


def test_an_approval_of_what_is_no_longer_newest_changes_nothing(stage: Stage, browse: Browse) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800})
    stage.review("ada", view, args=b'{"amount_usd":700,"customer_id":"cus_1"}')
    answer = browse("ben").post(address(view, "approve"), seen(view))
    assert (answer.status_code, state(view)) == (409, "pending")
    assert "Revision 2 is the newest. Nothing was changed; look at it and decide on that." in answer.text
    assert "Revision 2 by Ada" in answer.text


def test_a_digest_of_other_arguments_changes_nothing(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    answer = browse("ada").post(address(view, "approve"), {**seen(view), "digest": "sha256:" + "0" * 64})
    assert (answer.status_code, state(view)) == (409, "pending")


@pytest.mark.parametrize("form", [{}, {"revision": "1"}, {"revision": "x", "digest": "sha256:zz"}])
def test_an_incomplete_form_changes_nothing(stage: Stage, browse: Browse, form: dict[str, str]) -> None:
    view = stage.submit()
    answer = browse("ada").post(address(view, "approve"), form)
    assert (answer.status_code, state(view)) == (422, "pending")


def test_ben_presses_second_and_reads_who_was_first(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    stage.review("ada", view)
    answer = browse("ben").post(address(view, "approve"), seen(view))
    assert answer.status_code == 409
    assert re.search(r"Ada approved this at \d\d:\d\d UTC on .+ over the console\. Nothing was changed\.", answer.text)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("vera", "Your role may look but not decide. An admin can change it."),
        ("dana", "Your role may look but not decide. An admin can change it."),
        ("eve", "You own otto, so somebody else has to decide what it asks for."),
    ],
)
def test_who_may_not_decide_sees_why_and_is_refused(stage: Stage, browse: Browse, name: str, why: str) -> None:
    view, client = stage.submit(), browse(name)
    page = client.get(address(view)).text
    assert f'<p class="why block" id="why">{why}</p>' in page
    assert page.count('aria-disabled="true" aria-describedby="why"') == 4
    for what in ("approve", "reject", "ask"):
        answer = client.post(address(view, what), seen(view, reason_code="other", text="Why?"))
        assert (what, answer.status_code) == (what, 403)
    assert state(view) == "pending"


def test_a_vote_that_is_not_enough_is_counted_and_said(stage: Stage, browse: Browse) -> None:
    view, client = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800}), browse("ada")
    answer = client.post(address(view, "approve"), seen(view), follow=True)
    assert "Your vote to approve billing.refund is counted. Approvals so far: finance 1 of 2." in answer.text
    page = client.get(address(view)).text
    assert "Your vote on this revision is counted; another person has to add theirs." in page
    assert "Ada voted to approve over the console" in page


def test_ada_asks_and_otto_answers_in_untrusted_words(stage: Stage, browse: Browse) -> None:
    view, client = stage.submit(), browse("ada")
    answer = client.post(address(view, "ask"), {"text": "Which charge?"}, follow=True)
    assert answer.redirect_chain == [(address(view), 302)]
    assert "The agent has not answered yet." in answer.text
    services.answer(
        actor=stage.otto.actor, at=stage.at, caller=stage.otto, action_id=view.id, text="<b>ch_1</b>, approved"
    )
    page = client.get(address(view)).text
    assert "&lt;b&gt;ch_1&lt;/b&gt;, approved" in page
    assert "(untrusted text)" in page


def test_an_empty_question_is_not_sent(stage: Stage, browse: Browse) -> None:
    answer = browse("ada").post(address(stage.submit(), "ask"), {"text": "  "})
    assert (answer.status_code, "Write the question." in answer.text) == (422, True)


def test_nothing_happened_is_no_news(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    answer = browse("ada").get(address(view, "standing"), {"version": view.version, "revision": 1})
    assert (answer.status_code, answer.content) == (204, b"")


def test_the_bar_says_what_happened_meanwhile(stage: Stage, browse: Browse) -> None:
    view, client = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800}), browse("ben")

    def bar() -> str:
        told = client.get(address(view, "standing"), {"version": view.version, "revision": 1}).text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", told)).strip()

    stage.review("ada", view)
    assert bar() == "Something was added: a vote, a question or an answer. Show it"
    member = stage.member("ben")
    services.ask(actor=member.actor(Door.WEB), at=stage.at, member=member, action_id=view.id, text="Why?")
    assert bar().startswith("Something was added")
    stage.review("ben", queries.find(stage.id, view.id), "reject", reason_code="other")
    assert bar().startswith("This action was rejected by Ben while you were reading. Next action")


def test_a_decided_action_shows_its_outcome_and_no_buttons(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    stage.review("ada", view)
    page = browse("ben").get(address(view)).text
    assert "Approved" in page
    assert "by Ada" in page
    assert 'aria-label="Decision"' not in page


def test_reading_changes_nothing(stage: Stage, browse: Browse) -> None:
    view, client = stage.submit(), browse("ada")
    client.get("/w/demo/queue")
    with nothing_written():
        for what in ("", "detail", "standing", "reject", "ask", "edit", "history"):
            client.get(address(view, what))


def test_every_page_of_a_foreign_action_is_404(stage: Stage, other: Stage) -> None:
    view, client = stage.submit(), Client()
    client.force_login(User.objects.get(pk=other.people["cleo"]))
    for slug in ("demo", "other"):
        for what in ("", "/detail", "/standing", "/reject", "/ask", "/edit", "/history"):
            assert client.get(f"/w/{slug}/actions/{view.id}{what}").status_code == 404
        for what in ("approve", "reject", "ask", "edit", "edit/approve"):
            assert client.post(f"/w/{slug}/actions/{view.id}/{what}", seen(view)).status_code == 404
    assert state(view) == "pending"


def test_get_never_decides(stage: Stage, browse: Browse) -> None:
    assert browse("ada").get(address(stage.submit(), "approve")).status_code == 405


def test_a_press_without_the_csrf_token_is_refused(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    client = Client(enforce_csrf_checks=True)
    client.cookies = browse("ada").cookies
    answer = client.post(address(view, "approve"), seen(view))
    assert (answer.status_code, state(view)) == (403, "pending")


def test_a_vote_that_counts_no_more_says_so(stage: Stage, browse: Browse) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800})
    stage.review("ben", view)
    ada = browse("ada")
    before = ada.get(address(view)).text
    assert ("1 of 2" in before, "it no longer counts" in before, "1 vote" in before) == (True, False, True)
    leave(stage, "ben")
    after = ada.get(address(view)).text
    assert ("0 of 2" in after, "it no longer counts" in after, "1 vote" in after) == (True, True, False)


def test_claims_stand_under_words_and_laid_out_json_shows_no_line_feeds(stage: Stage, browse: Browse) -> None:
    view = stage.submit(agent_version={"label": "v1"}, summary="one\ntwo")
    page = browse("ada").get(address(view)).text.split('id="claims-title"')[1]
    assert re.findall(r"<h3>(.+)</h3>", page) == ["Summary", "Agent version"]
    assert page.count("\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}") == 1


def test_ben_rejects_and_names_the_call_that_would_have_been_right(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    ben = browse("ben")
    drawn = ben.get(address(view, "reject")).text
    assert "What would have been right?" in drawn
    assert "&quot;amount_usd&quot;: 80" in drawn
    form = seen(view, reason_code="amount_too_high", better_tool="billing.refund")
    wrong = ben.post(address(view, "reject"), {**form, "better_args": '{"amount_usd": 1, "amount_usd": 2}'})
    assert (wrong.status_code, "This is not the JSON of arguments" in wrong.text) == (422, True)
    assert ('<details class="better" open>' in wrong.text, state(view)) == (True, "pending")
    ben.post(address(view, "reject"), {**form, "better_args": '{"amount_usd": 45, "customer_id": "cus_1"}'})
    page = ben.get(address(view)).text
    assert "Would have been right" in page
    assert "&quot;amount_usd&quot;: 45" in page


def test_what_stayed_as_it_was_names_no_other_call(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    form = seen(view, reason_code="other", better_tool="billing.refund")
    drawn = '{\r\n  "amount_usd": 80,\r\n  "customer_id": "cus_1"\r\n}'
    assert browse("ben").post(address(view, "reject"), {**form, "better_args": drawn}).status_code == 302
    assert "Would have been right" not in browse("ben").get(address(view)).text
