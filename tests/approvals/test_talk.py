"""Questions, answers and withdrawal: none of them stops the clock, and only the action's own agent takes part."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from accounts import services as accounts
from approvals import errors, queries, services
from approvals.answers import ActionView
from audit.actor import OPERATOR
from tests.approvals.presses import answer, ask, find, report, spend, withdraw
from tests.cast import Stage


def test_a_question_stays_until_it_is_answered_and_moves_no_deadline(stage: Stage) -> None:
    view = stage.submit()
    asked = ask(stage, "ada", view, "  Why twice?  ")
    assert (asked.question, asked.expires_at, asked.state) == ("Why twice?", view.expires_at, "pending")
    assert asked == find(stage, view)
    answered = answer(stage, view, "She paid twice.", stage.at + timedelta(seconds=1))
    assert (answered.question, answered == find(stage, view)) == ("", True)
    said = [(m.author_kind, m.author_name, m.text) for m in queries.messages(answered)]
    assert said == [("person", "Ada", "Why twice?"), ("agent", "otto", "She paid twice.")]
    kinds = [(e.kind, e.secrets.get("text")) for e in queries.history(answered)[1:]]
    assert kinds == [("question:asked", "Why twice?"), ("question:answered", "She paid twice.")]


def test_a_decision_ends_an_open_question(stage: Stage) -> None:
    view = stage.submit()
    ask(stage, "ada", view)
    assert stage.review("ben", view).question == find(stage, view).question == ""


def test_a_question_voids_no_vote(stage: Stage) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800})
    stage.review("ben", view)
    assert [vote.name for vote in ask(stage, "ada", view).votes] == ["Ben"]
    assert stage.review("ada", view).state == "approved"


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4001])
def test_a_message_has_1_to_4000_characters(stage: Stage, text: str) -> None:
    view = stage.submit()
    presses: list[Callable[[], object]] = [
        lambda: ask(stage, "ada", view, text),
        lambda: answer(stage, view, text),
    ]
    for press in presses:
        with pytest.raises(errors.BadRequest) as refusal:
            press()
        assert (refusal.value.code, refusal.value.faults[0].pointer) == ("bad_length", "/text")
    assert find(stage, view) == view


@pytest.mark.parametrize("press", [answer, withdraw, lambda stage, view: ask(stage, "ada", view)])
def test_nobody_talks_about_what_is_over(stage: Stage, press: object) -> None:
    view = stage.review("ben", stage.submit())
    with pytest.raises(errors.AlreadyDecided) as refusal:
        press(stage, view)  # type: ignore[operator]
    assert refusal.value.detail.startswith("Ben approved this at ")
    assert find(stage, view) == view


@pytest.mark.parametrize("verb", ["answer", "withdraw", "spend", "report"])
def test_another_agent_finds_nothing(stage: Stage, verb: str) -> None:
    view = stage.submit()
    mia = replace(stage.otto, agent_id="agt_01m7w97t3qe0t9ewz3n3rzg80k", agent_name="mia")
    extra: dict[str, object] = {
        "answer": {"text": "me"},
        "withdraw": {"reason": ""},
        "spend": {"grant": "x"},
        "report": {"told": services.Report("succeeded", None, {})},
    }[verb]  # type: ignore[assignment]
    with pytest.raises(errors.NotFound):
        getattr(services, verb)(actor=mia.actor, at=stage.at, caller=mia, action_id=view.id, **extra)
    assert find(stage, view) == view


@pytest.mark.parametrize("press", [answer, withdraw, report])
@pytest.mark.parametrize("off", ["key", "agent"])
def test_whoever_was_switched_off_a_moment_ago_writes_nothing(
    stage: Stage, press: Callable[[Stage, ActionView], object], off: str
) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 5 if press is report else 80})
    if press is report:
        spend(stage, view)
    before = find(stage, view)
    if off == "key":
        accounts.revoke_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, key_id=stage.otto.key_id)
    else:
        accounts.disable_agent(actor=OPERATOR, at=stage.at, workspace_id=stage.id, agent_id=stage.otto.agent_id)
    with pytest.raises(errors.CallerGone):
        press(stage, view)
    assert find(stage, view) == before


def test_whoever_has_voted_may_still_ask(stage: Stage) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800})
    stage.review("ben", view)
    assert ask(stage, "ben", view).question == "Why?"


def test_the_agent_withdraws_with_a_reason_and_people_come_too_late(stage: Stage) -> None:
    view = stage.submit()
    done = withdraw(stage, view, "Paid back already.")
    assert done.decision is not None
    assert (done.state, done.decision.source, done.decision.comment) == ("withdrawn", "agent", "Paid back already.")
    assert (done.grant, done == find(stage, view)) == (None, True)
    with pytest.raises(errors.AlreadyDecided, match="The agent withdrew this at"):
        stage.review("ada", view)
