"""Test actions on the pages: switched on by a lead, ordinary until they are decided, and then a lesson."""

import random
import re
from datetime import timedelta

import pytest
from django.test import Client

from approvals import queries, services
from approvals.answers import ActionView
from approvals.exercises import Kind
from approvals.models import Action, Seeding
from tests.approvals.test_seeding import CALL, seeded, switched_on
from tests.cast import Stage, add_person
from tests.console.conftest import Browse
from tests.questions import questions

SETTINGS = "/w/demo/settings/test-actions"


def press(client: Client, view: ActionView, what: str, **more: str) -> str:
    said = {"revision": str(view.revision), "digest": "sha256:" + view.digest.hex(), **more}
    return client.post(f"/w/demo/actions/{view.id}/{what}", said, follow=True).text


def lesson(html: str) -> str | None:
    found = re.search(r'<h2 id="lesson-title">(.*?)</h2>', html)
    return found[1] if found else None


def test_ada_switches_them_on_and_sends_one(stage: Stage, browse: Browse) -> None:
    client = browse("ada")
    assert client.post(SETTINGS, {"every": "7"}).status_code == 422
    assert "There is none yet; approve an ordinary action first." in client.post(SETTINGS + "/send", follow=True).text
    assert Seeding.everywhere.get(pk=stage.id).every == 0
    client.post(SETTINGS, {"every": "25"})
    assert Seeding.everywhere.get(pk=stage.id).every == 25
    stage.review("ada", stage.submit(args=CALL))
    assert "One is in the queue, among the others." in client.post(SETTINGS + "/send", follow=True).text
    (waiting,) = queries.inbox(stage.id, filters=queries.InboxFilter(), after=None)
    assert ("seeded" in waiting.terms, waiting.agent_name) == (True, "otto")
    page = client.get("/w/demo/queue").text
    assert [word for word in ("seeded", "est action", "no_grant") if word in page] == []


@pytest.mark.parametrize(
    ("kind", "what", "told"),
    [
        (Kind.GOOD, "approve", "You were right."),
        (Kind.GOOD, "reject", "You stopped one that was fine."),
        (Kind.SUMMARY, "approve", "This one got past you."),
        (Kind.HIDDEN, "reject", "You were right."),
    ],
)
def test_ada_learns_at_once_how_she_did(stage: Stage, browse: Browse, kind: Kind, what: str, told: str) -> None:
    view = seeded(switched_on(stage), kind)
    client = browse("ada")
    before = client.get(f"/w/demo/actions/{view.id}").text
    assert lesson(before) is None
    more = {"reason_code": "other"} if what == "reject" else {}
    after = press(client, view, what, **more)
    assert lesson(after) == told
    assert "This was a test action, made by Countersign in the name of otto. Nothing could have run." in after


def test_who_did_not_vote_is_told_the_answer_alone(stage: Stage, browse: Browse) -> None:
    view = seeded(switched_on(stage), Kind.HIDDEN)
    stage.review("ben", view)
    page = browse("vera").get(f"/w/demo/actions/{view.id}").text
    assert lesson(page) == "The right answer was to reject."
    assert '<span class="chip">Test</span>' in browse("vera").get("/w/demo/history").text


def test_the_first_of_two_votes_learns_nothing_yet(stage: Stage, browse: Browse) -> None:
    view = seeded(switched_on(stage), Kind.AMOUNT)
    page = press(browse("ada"), view, "approve")
    assert lesson(page) is None
    assert "Your vote to approve billing.refund is counted. Approvals so far: finance 1 of 2." in page
    assert lesson(press(browse("ben"), view, "approve")) == "This one got past you."
    assert lesson(browse("ada").get(f"/w/demo/actions/{view.id}").text) == "This one got past you."


def test_whoever_owns_the_agent_is_barred_as_from_its_real_actions(stage: Stage, browse: Browse) -> None:
    view = seeded(switched_on(stage), Kind.GOOD)
    assert "You own otto, so somebody else has to decide" in browse("eve").get(f"/w/demo/actions/{view.id}").text
    assert view.id in browse("ada").get("/w/demo/queue?agent=otto").text


def test_nothing_gives_it_away_before_it_is_decided(stage: Stage, browse: Browse) -> None:
    view = seeded(switched_on(stage), Kind.HIDDEN)
    client = browse("dana")
    shown = "".join(client.get(f"/w/demo/{path}").text for path in (f"actions/{view.id}", f"actions/{view.id}/history"))
    words = ("seeded", "hidden_character", "est action", ">Test<", "no_grant", "without a key")
    assert [word for word in words if word in shown] == []


def test_the_rate_is_of_the_workspace(stage: Stage, browse: Browse) -> None:
    switched_on(stage)
    for kind, verdict in (
        (Kind.HIDDEN, "reject"),
        (Kind.SUMMARY, "approve"),
        (Kind.GOOD, "reject"),
        (Kind.GOOD, "approve"),
    ):
        stage.review("ben", seeded(stage, kind), verdict, reason_code="other" if verdict == "reject" else "")
    seeded(stage, Kind.GOOD)
    found = queries.seeding(stage.id)
    assert found == queries.SeedingView(every=0, bad=2, caught=1, good=2, stopped=1, waiting=1, people=1)
    lead = browse("ada")
    assert "so that it is nobody's own" in lead.get(SETTINGS).text
    add_person(stage, "finn", "reviewer", ("reviewers",))
    for name in ("ada", "finn"):
        stage.review(name, seeded(stage, Kind.GOOD))
    page = lead.get(SETTINGS).text
    assert "1 of 2 with something wrong: 50 %" in page
    assert [other for other in ("Ben", "Finn") if other in page] == []


def test_three_test_actions_cost_as_many_queries_as_one(stage: Stage, browse: Browse) -> None:
    switched_on(stage)
    client = browse("ada")
    client.get(SETTINGS)
    for _ in range(2):
        with questions() as asked:
            client.get(SETTINGS)
        assert len(asked) == 9, asked
        for number in range(2):
            services.seed(at=stage.at + timedelta(seconds=1), workspace_id=stage.id, chance=random.Random(number))
    assert Action.everywhere.filter(terms__has_key="seeded").count() == 4
