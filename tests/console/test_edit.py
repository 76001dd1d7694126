"""Editing: what the form says is what the server draws, and what the server drew is what gets approved."""

import re
from html import unescape

import orjson
import pytest

from approvals import queries, strict_json
from approvals.answers import ActionView
from tests.cast import Stage, use_policy
from tests.console.conftest import Browse

# The order of the schema's properties in the cast's policy.
CUSTOMER, AMOUNT, NOTE = "field-0", "field-1", "field-2"


def address(view: ActionView, what: str = "edit") -> str:
    return f"/w/demo/actions/{view.id}/{what}"


def form(view: ActionView, **fields: str) -> dict[str, str]:
    return {"revision": str(view.revision), "digest": "sha256:" + view.digest.hex(), **fields}


def by_fields(view: ActionView, customer: str = "cus_1", amount: str = "60", note: str = "") -> dict[str, str]:
    return form(view, **{"from": "form", CUSTOMER: customer, AMOUNT: amount, NOTE: note})


def by_json(view: ActionView, text: str) -> dict[str, str]:
    return form(view, **{"from": "raw", "raw": text})


def drawn(html: str) -> list[tuple[str, ...]]:
    """(place, before, after) of each change on the page, as text."""

    def text(part: str) -> str:
        return unescape(re.sub(r"<[^>]+>", "", re.sub(r'<span class="vh">.*?</span>', "", part))).strip()

    side = re.compile(r"<(?:del|ins)>(.*?)</(?:del|ins)>|<span class=\"muted\">(.*?)</span>", re.DOTALL)
    places = re.findall(r'<span class="where">(.*?)</span>\s*<div class="sides">(.*?)</div>', html, re.DOTALL)
    return [(text(where), *(text("".join(found)) for found in side.findall(both))) for where, both in places]


def kept(html: str) -> str:
    """The arguments that the page would approve."""
    found = re.search(r'<textarea name="args" hidden>\n(.*?)</textarea>', html, re.DOTALL)
    assert found
    return unescape(found[1])


def newest(view: ActionView) -> tuple[str, int, object]:
    now = queries.find(view.workspace_id, view.id)
    return now.state, now.revision, orjson.loads(now.args)


def test_the_form_is_drawn_from_the_tools_schema(stage: Stage, browse: Browse) -> None:
    page = browse("ada").get(address(stage.submit())).text
    labels = re.findall(r'<label for="(field-\d)"><bdi dir="ltr">(\w+)</bdi>', page)
    assert labels == [(CUSTOMER, "customer_id"), (AMOUNT, "amount_usd"), (NOTE, "note")]
    assert 'name="field-1" value="80" autocomplete="off" inputmode="decimal"' in page
    assert "A number. More than 0" in page


def test_the_difference_is_shown_before_anything_is_saved(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    answer = browse("ada").post(address(view), by_fields(view, note="new"))
    assert answer.status_code == 200
    assert drawn(answer.text) == [("/amount_usd", "80", "60"), ("/note", "was not there", '"new"')]
    assert "Refunds 60 USD to customer cus_1." in answer.text
    assert newest(view) == ("pending", 1, {"customer_id": "cus_1", "amount_usd": 80})


def test_ada_approves_exactly_what_was_drawn(stage: Stage, browse: Browse) -> None:
    view, client = stage.submit(), browse("ada")
    page = client.post(address(view), by_fields(view)).text
    sent = form(view, args=kept(page), reason_code="amount_too_high", comment="Cap is 60.")
    answer = client.post(address(view, "edit/approve"), sent, follow=True)
    assert "Approved billing.refund with your changes. otto may run it once until" in answer.text
    assert newest(view) == ("approved", 2, {"amount_usd": 60, "customer_id": "cus_1"})
    decision = queries.find(stage.id, view.id).decision
    assert decision is not None
    assert (decision.edited, decision.reason_code, decision.comment) == (True, "amount_too_high", "Cap is 60.")
    assert decision.changes == [{"op": "replace", "path": "/amount_usd", "value": 60}]


def test_an_edit_needs_its_reason(stage: Stage, browse: Browse) -> None:
    view, client = stage.submit(), browse("ada")
    page = client.post(address(view), by_fields(view)).text
    answer = client.post(address(view, "edit/approve"), form(view, args=kept(page)))
    assert (answer.status_code, newest(view)[:2]) == (422, ("pending", 1))
    assert "Choose a reason. The agent receives it." in answer.text
    assert kept(answer.text) == kept(page)


def test_raw_json_is_read_strictly_and_numbers_keep_their_digits(stage: Stage, browse: Browse) -> None:
    view = stage.submit("bank.wire", {"reference": 1})
    page = browse("ada").post(address(view), by_json(view, '{"reference": 9007199254740991}')).text
    assert drawn(page) == [("/reference", "1", "9007199254740991")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"amount_usd": 1, "amount_usd": 2}', "duplicate"),
        ('{"amount_usd": 9007199254740993}', "number_out_of_range"),
        ('{"amount_usd": NaN}', "JSON"),
        ("[1]", "Arguments are an object: begin with { and end with }."),
        ("", "JSON"),
        ('{"amount_usd": 80, "customer_id": "cus_1"}', "Nothing differs yet. Change a value."),
    ],
)
def test_what_cannot_be_sent_stays_in_the_editor(stage: Stage, browse: Browse, text: str, told: str) -> None:
    view = stage.submit()
    answer = browse("ada").post(address(view), by_json(view, text))
    assert answer.status_code == 422
    assert told in unescape(answer.text)
    assert newest(view)[:2] == ("pending", 1)


def test_a_wrong_field_says_what_would_be_right(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    answer = browse("ada").post(address(view), by_fields(view, amount="sixty", note="kept"))
    assert answer.status_code == 422
    assert "Write a number with a point, such as 42.5." in answer.text
    assert 'value="sixty"' in answer.text
    assert 'value="kept"' in answer.text


def test_what_the_schema_refuses_is_named_with_its_place(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    answer = browse("ada").post(address(view), by_fields(view, amount="-1"))
    assert (answer.status_code, "/amount_usd" in answer.text) == (422, True)


def test_hidden_characters_stand_as_escapes_and_survive_an_edit_elsewhere(stage: Stage, browse: Browse) -> None:
    view, client = stage.submit("bank.wire", {"memo": "a\u202eb", "payee": "X"}), browse("ada")
    page = client.get(address(view)).text
    assert "\u202e" not in page
    assert page.count("a\\u202eb") == 2
    raw = '{"memo": "a\\u202eb", "payee": "Y"}'
    page = client.post(address(view), by_json(view, raw)).text
    assert drawn(page) == [("/payee", '"X"', '"Y"')]
    client.post(address(view, "edit/approve"), form(view, args=kept(page), reason_code="wrong_target"))
    assert newest(view) == ("approved", 2, {"memo": "a\u202eb", "payee": "Y"})


def test_a_hidden_character_that_an_edit_brings_is_spelled_in_the_difference(stage: Stage, browse: Browse) -> None:
    view = stage.submit("bank.wire", {"payee": "X"})
    page = browse("ada").post(address(view), by_json(view, '{"payee": "X\\u200b"}')).text
    assert drawn(page) == [("/payee", '"X"', '"XU+200B"')]


def test_an_edit_of_an_older_revision_is_not_taken_over(stage: Stage, browse: Browse) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800})
    stage.review("ada", view, args=strict_json.canonical({"customer_id": "cus_1", "amount_usd": 700}))
    answer = browse("ben").post(address(view), by_fields(view, amount="650"))
    assert answer.status_code == 409
    assert "Revision 2 arrived while you were editing. Nothing was saved; look at it and edit that." in answer.text


def test_the_approval_of_an_edit_of_an_older_revision_changes_nothing(stage: Stage, browse: Browse) -> None:
    view, client = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800}), browse("ben")
    page = client.post(address(view), by_fields(view, amount="650")).text
    stage.review("ada", view, args=strict_json.canonical({"customer_id": "cus_1", "amount_usd": 700}))
    sent = form(view, args=kept(page), reason_code="amount_too_high")
    answer = client.post(address(view, "edit/approve"), sent)
    assert (answer.status_code, newest(view)) == (409, ("pending", 2, {"amount_usd": 700, "customer_id": "cus_1"}))


def test_where_policy_wants_a_second_person_the_edit_waits_for_one(stage: Stage, browse: Browse) -> None:
    view, client = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800}), browse("ada")
    page = client.post(address(view), by_fields(view, amount="700")).text
    assert "The policy asks for a second person" in page
    sent = form(view, args=kept(page), reason_code="amount_too_high")
    client.post(address(view, "edit/approve"), sent)
    assert newest(view)[:2] == ("pending", 2)


@pytest.mark.parametrize("name", ["vera", "eve"])
def test_who_may_not_decide_may_not_edit(stage: Stage, browse: Browse, name: str) -> None:
    view, client = stage.submit(), browse(name)
    assert client.post(address(view), by_fields(view)).status_code == 403
    sent = form(view, args='{"amount_usd":60,"customer_id":"cus_1"}', reason_code="other")
    assert client.post(address(view, "edit/approve"), sent).status_code == 403
    assert newest(view)[:2] == ("pending", 1)


def test_a_tampered_page_is_refused_before_anything_is_stored(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    sent = form(view, args='{"amount_usd":60,"amount_usd":6000}', reason_code="other")
    answer = browse("ada").post(address(view, "edit/approve"), sent)
    assert (answer.status_code, newest(view)[:2]) == (422, ("pending", 1))


def test_a_list_of_words_and_a_yes_or_no_are_chosen(stage: Stage, browse: Browse) -> None:
    use_policy(stage, CHOICES)
    view = stage.submit("shop.order", {"size": "m", "express": False})
    page = browse("ada").get(address(view)).text
    assert re.findall(r'<option value="([^"]*)"( selected)?>([^<]*)</option>', page) == [
        ("&quot;s&quot;", "", "s"),
        ("&quot;m&quot;", " selected", "m"),
        ("", "", "leave out"),
        ("true", "", "yes"),
        ("false", " selected", "no"),
    ]


CHOICES = """\
name: choices
tools:
  shop.order:
    schema: {type: object, required: [size], properties: {size: {enum: [s, m]}, express: {type: boolean}}}
    effect_text: "Orders size {size}."
"""
