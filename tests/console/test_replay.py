"""Replay: what stood before whoever decided, held against the event that committed to it."""

import re
from typing import Any

import pytest
from django.test import Client

from approvals import facts
from approvals.answers import ActionView
from audit.models import Disclosure
from tests.cast import Stage
from tests.console.conftest import Browse

# As a decision kept it in the first form, letter by letter. It must be drawn for as long as such decisions are kept.
FACTS_1: dict[str, Any] = {
    "template": "facts/1",
    "action": "act_01m7waf705ewrb8xtcdnheqcvh",
    "revision": 2,
    "digest": "sha256:" + "ab" * 32,
    "tool": "bank.wire",
    "args": {"payee": "N\u043erthwind", "amount": 12.5, "lines": [{"n": 1}], "urgent": True, "memo": None},
    "effect": None,
    "risk": "high",
    "agent": {"id": "agt_1", "name": "otto", "version": None},
    "policy": {"rule": "wires", "explanation": "Rule wires asks.", "effect": "require_approval", "reason": None},
    "needs": [{"group": "finance", "approvals": 1, "quorum": 1}],
    "trace_id": None,
    "claims": {"summary": "Pay it.", "impact": {"reversible": False}},
}


def replay(client: Client, view: ActionView) -> str:
    return client.get(f"/w/demo/actions/{view.id}/replay").text


def part(html: str, title: str) -> str:
    found = re.search(rf'<section class="panel[^>]*aria-labelledby="{title}-title">.*?</section>', html, re.DOTALL)
    assert found, title
    return found[0]


def test_what_ada_saw_is_drawn_as_the_page_drew_it(stage: Stage, browse: Browse) -> None:
    view = stage.submit("bank.wire", {"payee": "N\u043erthwind", "memo": "x" * 500}, summary="Pay \u202e it")
    client = browse("ada")
    stage.review("ada", view)
    page, again = client.get(f"/w/demo/actions/{view.id}").text, replay(client, view)
    assert [part(again, name) for name in ("effect", "args", "claims")] == [
        part(page, name) for name in ("effect", "args", "claims")
    ]
    assert "What Ada saw of" in again
    assert "This is what was shown: checked against the event" in again
    assert 'title="CYRILLIC SMALL LETTER O">U+043E' in again
    assert "sha256:" + view.digest.hex() in again
    assert "data-approve" not in again


@pytest.mark.parametrize(
    "change",
    [{"value": b'{"template":"facts/1"}'}, {"value": b"no json"}, {"salt": b"another salt of 16"}, {"name": "shown2"}],
)
def test_a_changed_copy_is_not_drawn_and_said_loudly(stage: Stage, browse: Browse, change: dict[str, Any]) -> None:
    view = stage.submit()
    decided = stage.review("ada", view)
    assert decided.decision is not None
    kept = Disclosure.objects.get(event_id=decided.decision.event_id, name="shown")
    row = {"event_id": kept.event_id, "n": kept.n, "subject": kept.subject, "salt": kept.salt, "value": kept.value}
    kept.delete()
    Disclosure.objects.create(**{"name": "shown", **row, **change})
    page = replay(browse("dana"), view)
    erased = "name" in change
    assert ("Erased on request." in page, "This cannot be trusted, so it is not drawn" in page) == (erased, not erased)
    assert "Refunds 80 USD" not in page


def test_what_was_erased_stays_erased(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    stage.review("ada", view)
    Disclosure.objects.filter(name="shown").delete()
    page = replay(browse("dana"), view)
    assert "Erased on request." in page
    assert "Refunds 80 USD" not in page


def test_the_first_form_is_still_drawn() -> None:
    drawn = facts.drawn(FACTS_1)
    texts = {"".join(s.text for s in one.name): "".join(s.text for s in one.text) for one in drawn.arguments}
    assert texts == {
        "payee": "N\u043erthwind",
        "amount": "12.5",
        "lines": '[\n  {\n    "n": 1\n  }\n]',
        "urgent": "true",
        "memo": "null",
    }
    assert (drawn.agent, drawn.rule, drawn.revision, drawn.effect) == ("otto", "wires", 2, None)
    assert [claim.name for claim in drawn.claims] == ["summary"]


def test_a_form_of_the_future_is_not_guessed_at(stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "TEMPLATE", "facts/99")
    view = stage.submit()
    stage.review("ada", view)
    assert "in a form that this version cannot draw" in replay(browse("dana"), view)


def test_what_is_not_decided_has_nothing_to_replay(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    assert browse("ada").get(f"/w/demo/actions/{view.id}/replay").status_code == 404


def test_everybody_who_may_see_the_story_may_see_the_replay(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    stage.review("ada", view)
    statuses = [browse(name).get(f"/w/demo/actions/{view.id}/replay").status_code for name in ("vera", "dana", "eve")]
    assert statuses == [200, 200, 200]


def test_a_decision_by_the_policy_says_so(stage: Stage, browse: Browse) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 20})
    assert "What was decided on: <code>" in replay(browse("vera"), view)
