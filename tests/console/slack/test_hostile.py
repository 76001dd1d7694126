"""Calls that try to fool whoever reads their card: each fits Slack's limits, and nothing of an agent's is alive."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from approvals.answers import ActionView
from approvals.errors import BadRequest
from console.slack import buttons, cards, modals, showing
from tests.approvals.presses import answer, ask
from tests.browser import hostile
from tests.cast import POLICY, Stage, use_policy
from tests.console.slack.floor import Floor
from tests.slack_server.kit import blocks as kit
from tests.slack_server.kit import views
from tests.slack_server.kit.problems import Problems
from tests.slack_server.world import Json

# What Slack's mark-up would make of a text: a mention, a channel, a link. Dates are our own.
ALIVE = re.compile(r"<(?!!date\^\d+\^)[^>]*>")
OURS = re.compile(r"<http://127\.0\.0\.1:8000/[^|>]*\|[^<>|]*>")
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u3164\u2800\U000e0000-\U000e007f]")
LOUD = (
    "<!channel> <!here|here> <@U0MALLORY> <#C0X|general> <https://evil.example|Approve> <mailto:a@evil.example|a> "
    "*bold* _it_ ~no~ `code` ```block``` :white_check_mark: > quote &lt;!everyone&gt; https://evil.example"
)
CORPUS: dict[str, dict[str, Any]] = {
    "long": hostile.LONG,
    "many": hostile.MANY,
    "usual": hostile.USUAL,
    "loud": {"tool": "crm.note", "args": {"text": LOUD}, "summary": LOUD, "reasoning": LOUD, "intent": LOUD[:100]},
    "loud target": {"args": {"customer_id": LOUD, "amount_usd": 80}, "summary": LOUD},
    "names": {"tool": "crm.note", "args": {"text": "x", LOUD: LOUD, "\u202e" * 50: "y", "n" * 5000: "z"}},
    "astral": {
        "tool": "crm.note",
        "args": {"text": "\U0001f469\u200d\U0001f692" * 1000},
        "summary": "\U0001f600" * 500,
    },
    "ampersands": {"tool": "crm.note", "args": {"text": "&" * 3000}, "summary": "&<>" * 600},
    "hidden": {"tool": "crm.note", "args": {"text": "\u200b\u202e\u2066" * 900}, "summary": "\u200b" * 1000},
    "deep": {"tool": "crm.note", "args": {"text": "x", "tree": {"a": [{"b": [[["c"] * 50] * 20]}]}}},
    "empty": {"tool": "crm.note", "args": {"text": ""}, "summary": " "},
    "many short": {"tool": "crm.note", "args": {"text": "x", **{f"k{n}": n for n in range(60)}}},
}


def texts(tree: Any) -> list[str]:
    """Every text in mark-up, links of our own buttons left out."""
    if isinstance(tree, dict):
        own = [tree["text"]] if tree.get("type") == "mrkdwn" else []
        return own + [text for value in tree.values() for text in texts(value)]
    if isinstance(tree, list):
        return [text for each in tree for text in texts(each)]
    return []


def alive(text: str, blocks: list[Json]) -> list[str]:
    """What Slack would make a mention or a link of, in the notification or in the blocks, and is not of ours."""
    return [found for each in [text, *texts(blocks)] for found in ALIVE.findall(OURS.sub("", each))]


def drawn(view: ActionView) -> tuple[str, list[Json]]:
    message = cards.card(showing.shown(view), buttons.value("slt_1", view))
    return message.text, message.blocks


def looked_at(stage: Stage, call: dict[str, Any]) -> ActionView:
    asked = {name: value for name, value in call.items() if name not in {"tool", "args"}}
    view = stage.submit(call.get("tool", "billing.refund"), call["args"], **asked)
    return showing.find(stage.id, view.id)


@pytest.mark.parametrize("name", CORPUS)
def test_a_card_fits_and_nothing_in_it_is_alive(stage: Stage, name: str) -> None:
    text, blocks = drawn(looked_at(stage, CORPUS[name]))
    problems = Problems()
    kit.check(problems, blocks, "message")
    assert problems.found == []
    assert kit.characters(blocks) <= kit.MOST_CHARACTERS
    assert alive(text, blocks) == []
    assert [found for each in texts(blocks) for found in HIDDEN.findall(each)] == []


@pytest.mark.parametrize("name", CORPUS)
def test_a_form_fits(stage: Stage, name: str) -> None:
    view = looked_at(stage, CORPUS[name])
    shown, opened = showing.shown(view), modals.Origin(buttons.value("slt_1", view), "C0000000001", "1.000000")
    made = {"approve": modals.approve, "reject": modals.reject, "ask": modals.ask}
    found = {what: views.check(make(shown, opened)) for what, make in made.items()}
    assert found == {"approve": [], "reject": [], "ask": []}


def test_the_whole_corpus_stands_in_a_channel(floor: Floor) -> None:
    """Slack takes each card, and what is too long to be read there is not approved there."""
    for call in CORPUS.values():
        asked = {name: value for name, value in call.items() if name not in {"tool", "args"}}
        floor.stage.submit(call.get("tool", "billing.refund"), call["args"], at=floor.now(), **asked)
    floor.pass_on()
    for _ in range(30):
        if not floor.owed():
            break
        floor.later(10)
        floor.pass_on()
    errors = {heard.error for heard in floor.slack.heard if heard.error}
    assert errors == set()
    assert len(floor.hands.cards(floor.town.channels["approvals"])) == len(CORPUS)


def test_what_is_too_long_to_read_is_not_approved_there(stage: Stage) -> None:
    _, blocks = drawn(looked_at(stage, CORPUS["long"]))
    row = next(block for block in blocks if block["type"] == "actions")
    assert "cs_approve" not in [element["action_id"] for element in row["elements"]]


@given(text=st.text(max_size=4000), name=st.text(min_size=1, max_size=80))
@limits(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_an_argument(stage: Stage, name: str, text: str) -> None:
    try:
        view = looked_at(stage, {"tool": "crm.note", "args": {"text": text, name: text}})
    except BadRequest:
        return
    said, blocks = drawn(view)
    problems = Problems()
    kit.check(problems, blocks, "message")
    assert problems.found == []
    assert alive(said, blocks) == []


def test_the_look_for_what_is_alive_finds_it() -> None:
    assert ALIVE.findall(LOUD) == [
        "<!channel>",
        "<!here|here>",
        "<@U0MALLORY>",
        "<#C0X|general>",
        "<https://evil.example|Approve>",
        "<mailto:a@evil.example|a>",
    ]
    assert ALIVE.findall("<!date^1^{time}|soon> &lt;!channel&gt;") == []
    assert HIDDEN.search("a‮b") is not None


def test_what_people_and_the_agent_say_in_the_thread(floor: Floor) -> None:
    asked = floor.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    ask(floor.stage, "ada", asked, LOUD, at=floor.now())
    answer(floor.stage, asked, LOUD, at=floor.now())
    floor.stage.review("ben", asked, comment=LOUD, at=floor.now())
    floor.pass_on()
    for _ in range(10):
        floor.later(10)
        floor.pass_on()
    said = floor.hands.replies(floor.card())
    assert len(said) >= 3
    assert [found for each in said for found in alive(each.text, list(each.blocks))] == []
    assert {heard.error for heard in floor.slack.heard if heard.error} == set()


def test_a_home_with_hostile_actions_fits(floor: Floor) -> None:
    use_policy(floor.stage, POLICY)
    for call in CORPUS.values():
        asked = {name: value for name, value in call.items() if name not in {"tool", "args"}}
        floor.stage.submit(call.get("tool", "billing.refund"), call["args"], at=floor.now(), **asked)
    assert floor.hands.open_home(floor.town["ben"]).status == 200
    floor.pass_on()
    view = floor.hands.home(floor.town["ben"])
    assert view is not None
    assert floor.hands.command(floor.town["ben"], floor.town.channels["approvals"], "/approvals").status == 200
    assert "<!channel>" not in floor.told("ben")
