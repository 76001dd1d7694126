"""Block Kit's limits, each at its edge: what just fits goes, what is one too long is refused with its pointer."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.slack_server.bolted import Bolted, buttons, modal, question, section
from tests.slack_server.kit import blocks, views
from tests.slack_server.kit.problems import Problems
from tests.slack_server.town import Town
from tests.slack_server.world import Json

DIVIDER: Json = {"type": "divider"}


def text(length: int, kind: str = "plain_text") -> Json:
    return {"type": kind, "text": "x" * length}


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "a", "text": text(1), **more}


def confirm(**more: Any) -> Json:
    return {"title": text(1), "text": text(1), "confirm": text(1), "deny": text(1), **more}


def options(count: int, **more: Any) -> list[Json]:
    return [{"text": text(1), "value": str(n), **more} for n in range(count)]


def row(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def menu(kind: str, **more: Any) -> Json:
    return {"type": kind, "action_id": "a", **more}


def asking(element: Json) -> Json:
    return {"type": "input", "label": text(1), "element": {"action_id": "a", **element}}


def found(surface: blocks.Surface, *given: Json) -> list[str]:
    problems = Problems()
    blocks.check(problems, list(given), surface)
    return problems.found


# What fits, what does not, and the complaint.
EDGES: dict[str, tuple[Json, Json, str]] = {
    "section text": (section("x" * 3000), section("x" * 3001), "must be less than 3001 characters /text/text"),
    "no text": (section("x"), section(""), "must be more than 0 characters /text/text"),
    "fields": (
        {"type": "section", "fields": [text(2000)] * 10},
        {"type": "section", "fields": [text(1)] * 11},
        "no more than 10 items allowed /fields",
    ),
    "field text": (
        {"type": "section", "fields": [text(2000)]},
        {"type": "section", "fields": [text(2001)]},
        "must be less than 2001 characters /fields/0/text",
    ),
    "header": (
        {"type": "header", "text": text(150)},
        {"type": "header", "text": text(151)},
        "must be less than 151 characters /text/text",
    ),
    "plain header": (
        {"type": "header", "text": text(1)},
        {"type": "header", "text": text(1, "mrkdwn")},
        "must be one of plain_text /text/type",
    ),
    "context": (
        {"type": "context", "elements": [text(1)] * 10},
        {"type": "context", "elements": [text(1)] * 11},
        "no more than 10 items allowed /elements",
    ),
    "buttons in a row": (
        row(*(button(action_id=str(n)) for n in range(25))),
        row(*(button(action_id=str(n)) for n in range(26))),
        "no more than 25 items allowed /elements",
    ),
    "button text": (
        row(button(text=text(75))),
        row(button(text=text(76))),
        "must be less than 76 characters /elements/0/text/text",
    ),
    "button value": (
        row(button(value="x" * 2000)),
        row(button(value="x" * 2001)),
        "must be less than 2001 characters /elements/0/value",
    ),
    "button url": (
        row(button(url="x" * 3000)),
        row(button(url="x" * 3001)),
        "must be less than 3001 characters /elements/0/url",
    ),
    "button style": (
        row(button(style="danger")),
        row(button(style="loud")),
        "must be one of danger, primary /elements/0/style",
    ),
    "confirm title": (
        row(button(confirm=confirm(title=text(100)))),
        row(button(confirm=confirm(title=text(101)))),
        "must be less than 101 characters /elements/0/confirm/title/text",
    ),
    "confirm text": (
        row(button(confirm=confirm(text=text(300)))),
        row(button(confirm=confirm(text=text(301)))),
        "must be less than 301 characters /elements/0/confirm/text/text",
    ),
    "confirm button": (
        row(button(confirm=confirm(confirm=text(30)))),
        row(button(confirm=confirm(confirm=text(31)))),
        "must be less than 31 characters /elements/0/confirm/confirm/text",
    ),
    "action id": (
        row(button(action_id="x" * 255)),
        row(button(action_id="x" * 256)),
        "must be less than 256 characters /elements/0/action_id",
    ),
    "action ids differ": (
        row(button(), button(action_id="b")),
        row(button(), button()),
        "action_id already exists: a ",
    ),
    "block id": (
        {**DIVIDER, "block_id": "x" * 255},
        {**DIVIDER, "block_id": "x" * 256},
        "must be less than 256 characters /block_id",
    ),
    "menu options": (
        row(menu("static_select", options=options(100))),
        row(menu("static_select", options=options(101))),
        "no more than 100 items allowed /elements/0/options",
    ),
    "no options": (
        row(menu("static_select", options=options(1))),
        row(menu("static_select", options=[])),
        "no less than 1 items allowed /elements/0/options",
    ),
    "option value": (
        row(menu("static_select", options=options(1, value="x" * 150))),
        row(menu("static_select", options=options(1, value="x" * 151))),
        "must be less than 151 characters /elements/0/options/0/value",
    ),
    "option text": (
        row(menu("static_select", options=options(1, text=text(75)))),
        row(menu("static_select", options=options(1, text=text(76)))),
        "must be less than 76 characters /elements/0/options/0/text/text",
    ),
    "overflow": (
        row(menu("overflow", options=options(5))),
        row(menu("overflow", options=options(6))),
        "no more than 5 items allowed /elements/0/options",
    ),
    "checkboxes": (
        row(menu("checkboxes", options=options(10))),
        row(menu("checkboxes", options=options(11))),
        "no more than 10 items allowed /elements/0/options",
    ),
    "what is chosen": (
        row(menu("radio_buttons", options=options(2), initial_option=options(2)[1])),
        row(menu("radio_buttons", options=options(2), initial_option=options(3)[2])),
        "initial_option must match one of the options /elements/0",
    ),
    "label": (
        {**asking({"type": "plain_text_input"}), "label": text(2000)},
        {**asking({"type": "plain_text_input"}), "label": text(2001)},
        "must be less than 2001 characters /label/text",
    ),
    "what is filled in": (
        asking({"type": "plain_text_input", "initial_value": "x" * 3000}),
        asking({"type": "plain_text_input", "initial_value": "x" * 3001}),
        "must be less than 3001 characters /element/initial_value",
    ),
    "what may be filled in": (
        asking({"type": "plain_text_input", "max_length": 3000}),
        asking({"type": "plain_text_input", "max_length": 3001}),
        "must be between 1 and 3000 /element/max_length",
    ),
    "placeholder": (
        asking({"type": "plain_text_input", "placeholder": text(150)}),
        asking({"type": "plain_text_input", "placeholder": text(151)}),
        "must be less than 151 characters /element/placeholder/text",
    ),
    "an input in a row": (
        row(menu("datepicker")),
        row(menu("plain_text_input")),
        "unsupported type: plain_text_input /elements/0/type",
    ),
    "a number in a message": (
        asking({"type": "plain_text_input"}),
        asking({"type": "number_input", "is_decimal_allowed": True}),
        "unsupported type: number_input /element/type",
    ),
    "an unknown property": (section("x"), section("x", colour="red"), "invalid additional property: colour "),
    "an unknown block": (DIVIDER, {"type": "carousel"}, "unsupported type: carousel /type"),
    "no type": (DIVIDER, {}, "missing required field: type "),
}


@pytest.mark.parametrize("name", EDGES)
def test_an_edge(name: str) -> None:
    fits, breaks, complaint = EDGES[name]
    what, _, where = complaint.rpartition(" ")
    assert found("message", fits) == []
    assert f"{what} [json-pointer:/blocks/0{where}]" in found("message", breaks)


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_so_many_blocks_fit(surface: blocks.Surface, most: int) -> None:
    assert found(surface, *[DIVIDER] * most) == []
    assert found(surface, *[DIVIDER] * (most + 1)) == [f"no more than {most} items allowed [json-pointer:/blocks]"]


def test_block_ids_differ() -> None:
    twice = {**DIVIDER, "block_id": "a"}
    assert found("message", twice, twice) == ["block_id already exists: a [json-pointer:/blocks/1/block_id]"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"title": text(25)}, "must be less than 25 characters [json-pointer:/view/title/text]"),
        ({"submit": text(25)}, "must be less than 25 characters [json-pointer:/view/submit/text]"),
        ({"private_metadata": "x" * 3001}, "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
        ({"callback_id": "x" * 256}, "must be less than 256 characters [json-pointer:/view/callback_id]"),
        ({"colour": "red"}, "invalid additional property: colour [json-pointer:/view]"),
        ({"type": "home"}, "must be one of modal [json-pointer:/view/type]"),
    ],
)
def test_a_modal_has_limits_of_its_own(change: Json, complaint: str) -> None:
    assert views.check(modal(question("why"))) == []
    assert views.check({**modal(question("why")), **change}) == [complaint]


def test_a_modal_with_a_question_can_be_submitted() -> None:
    asks = modal(question("why"))
    del asks["submit"]
    assert views.check(asks) == ["missing required field: submit [json-pointer:/view]"]


def test_the_client_is_told_where(client: WebClient, acme: Town) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(
            channel=acme.channels["approvals"].id, text="x", blocks=[section("x"), section("x" * 3001)]
        )
    told = caught.value.response
    where = "must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
    assert (told["error"], told["errors"], told["response_metadata"]["messages"]) == (
        "invalid_blocks",
        [where],
        [f"[ERROR] {where}"],
    )


def test_a_message_has_a_limit_as_a_whole(client: WebClient, acme: Town) -> None:
    channel = acme.channels["approvals"].id
    assert Bolted.refusal(client.chat_postMessage, channel=channel, text="x", blocks=[section("x" * 2750)] * 4) == ""
    refused = Bolted.refusal(client.chat_postMessage, channel=channel, text="x", blocks=[section("x" * 2751)] * 4)
    assert refused == "msg_blocks_too_long"
    assert Bolted.refusal(client.chat_postMessage, channel=channel, text="x" * 40_001) == "msg_too_long"
    assert Bolted.refusal(client.api_call, api_method="chat.postMessage", json={"channel": channel}) == "no_text"
    assert found("message", buttons("one", "two")) == []
