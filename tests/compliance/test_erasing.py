"""What is erased stands nowhere any more, and everything that proves it stands."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from accounts import services as accounts
from accounts.models import User
from approvals import queries, services, strict_json
from approvals.errors import Conflict
from approvals.models import Action, Decision, Revision
from audit.actor import OPERATOR, Door
from audit.canonical import canonical
from audit.models import Disclosure, Event
from audit.queries import opened
from compliance.services import place_hold
from feedback import capture
from feedback import queries as feedback_queries
from feedback import services as evaluation
from feedback.models import ExampleRevision, Label, Look
from feedback.services import export_labels
from tenancy import ids
from tests.agents_api.calling import Api
from tests.cast import Stage, add_person
from tests.compliance.conftest import Erase, agree, ask, deliver, work
from tests.compliance.planted import places
from tests.feedback.learning import dataset, frozen, items

NAME = "Quentin Zyx"
CUSTOMER = "cus_zyx_8812"
SECRET = "plutonium-kettle"
LATER = timedelta(hours=1)


def told(stage: Stage) -> str:
    """An action about the customer, with words in every place where somebody can leave some."""
    args = {"customer_id": CUSTOMER, "amount_usd": 80, "note": SECRET}
    claims: dict[str, Any] = {"summary": SECRET, "intent": f"Help {CUSTOMER}", "trace_id": SECRET, "group_key": SECRET}
    view = stage.submit(args=args, on_behalf_of=SECRET, **claims)
    ben = stage.member("ben")
    services.ask(actor=ben.actor(Door.WEB), at=stage.at, member=ben, action_id=view.id, text=f"Why {SECRET}?")
    services.answer(actor=stage.otto.actor, at=stage.at, caller=stage.otto, action_id=view.id, text=f"Because {SECRET}")
    edited = strict_json.canonical({**args, "amount_usd": 70})
    view = stage.review(
        "ada", queries.find(stage.id, view.id), args=edited, reason_code="amount_too_high", comment=f"Only {SECRET}"
    )
    deliver(capture.capture, "feedback")
    assert Label.everywhere.filter(action_id=view.id).exists()
    return view.id


def test_the_story_really_leaves_words_everywhere(stage: Stage) -> None:
    told(stage)
    assert {place.split(".")[0] for place in places(SECRET)} >= {
        "approvals_action",
        "approvals_decision",
        "approvals_message",
        "approvals_review",
        "approvals_revision",
        "approvals_snapshot",
        "audit_disclosure",
        "feedback_label",
    }


@pytest.mark.parametrize("kind", ["action", "counterpart"])
def test_nothing_of_the_value_is_left(stage: Stage, erase: Erase, kind: str) -> None:
    action_id = told(stage)
    before = {event.id: bytes(event.body) for event in Event.objects.all()}
    done = erase(kind, action_id if kind == "action" else CUSTOMER, stage.at + LATER)
    assert places(SECRET, CUSTOMER) == []
    assert (done.outcome, done.actions, done.passed_by, done.subject) == ("executed", 1, 0, "")
    after = {event.id: bytes(event.body) for event in Event.objects.all()}
    assert {event_id: after[event_id] for event_id in before} == before


def test_what_happened_is_still_told(stage: Stage, erase: Erase) -> None:
    action_id = told(stage)
    erase("action", action_id, stage.at + LATER)
    view = queries.find(stage.id, action_id, envelope=True)
    assert (view.state, view.tool, view.args, view.decision and view.decision.decided_by) == (
        "approved",
        "billing.refund",
        b"{}",
        [{"id": stage.people["ada"], "name": "Ada"}],
    )
    kinds = [event.kind for event in queries.history(view)]
    assert (kinds[0], kinds[-1]) == ("action:submitted", "erasure:executed")
    assert {"question:asked", "question:answered", "action:revised", "action:decided"} < set(kinds)
    shown = queries.shown(view)
    assert shown is not None
    assert (shown.is_erased, shown.tree) == (True, None)


def test_the_fact_names_every_disclosure_that_went(stage: Stage, erase: Erase) -> None:
    action_id = told(stage)
    there = {
        (row.event_id, row.name)
        for row in Disclosure.objects.filter(event_id__in=Event.objects.filter(action_id=action_id).values("id"))
    }
    done = erase("action", action_id, stage.at + LATER)
    kept = {(row.event_id, row.name) for row in Disclosure.objects.all()}
    facts = [orjson.loads(bytes(e.body)) for e in Event.objects.filter(kind="erasure:executed").order_by("id")]
    named = {
        (event, name)
        for fact in facts
        for event, names in fact["data"].get("disclosures", {}).items()
        for name in names
    }
    assert there - kept <= named
    assert {name for _, name in there & kept} == {"reviewer"}
    assert done.erased == len(named)
    assert {fact["data"]["basis"] for fact in facts} == {"objection"}


def test_an_event_with_erased_values_still_fits_its_bytes(stage: Stage, erase: Erase) -> None:
    action_id = told(stage)
    erase("action", action_id, stage.at + LATER)
    event = Event.objects.get(action_id=action_id, kind="action:submitted")
    kept = opened(stage.id, event.id)
    assert kept is not None
    assert (kept.is_whole, kept.disclosed, len(kept.body["disclosures"]) > 1) == (True, {}, True)


def test_no_export_of_labels_holds_it(stage: Stage, erase: Erase) -> None:
    action_id = told(stage)
    erase("action", action_id, stage.at + LATER)
    lines = list(export_labels(actor=OPERATOR, at=stage.at, workspace_id=stage.id))
    assert lines == []
    assert Label.everywhere.get(action_id=action_id).kind == "approved_with_changes"


def test_no_dataset_holds_it_and_versions_that_did_are_revoked(stage: Stage, erase: Erase) -> None:
    action_id = told(stage)
    version = frozen(stage, dataset(stage))
    assert [item.external_id for item in items(stage, version)] == [action_id]
    erase("action", action_id, stage.at + LATER)
    texts = ExampleRevision.everywhere.filter(example__external_id=action_id).values_list("content", "provenance")
    assert {text for row in texts for text in row} == {""}
    assert feedback_queries.find_version(stage.id, version.id).status == "revoked"


def looked_at_later(stage: Stage, name: str, action_id: str) -> None:
    """Somebody looks a second time, names another call, and says what came of it."""
    label = Label.everywhere.get(action_id=action_id)
    drawn = Look(
        id=ids.new("rvw", stage.at), workspace_id=stage.id, label=label, purpose="blind", probability=1,
        drawn_at=stage.at,
    )  # fmt: skip
    drawn.save(force_insert=True)
    member = stage.member(name)
    given: dict[str, Any] = {"actor": member.actor(Door.WEB), "at": stage.at, "workspace_id": stage.id}
    answer = strict_json.canonical({"tool": "crm.note", "args": {"text": SECRET}})
    evaluation.give(member=member, look_id=drawn.pk, verdict="reject", comment=SECRET, answer=answer, **given)
    evaluation.judge_outcome(action_id=action_id, right=False, comment=SECRET, **given)


@pytest.mark.parametrize("kind", ["action", "counterpart"])
def test_what_was_said_of_it_later_goes_too(stage: Stage, erase: Erase, kind: str) -> None:
    action_id = told(stage)
    looked_at_later(stage, "eve", action_id)
    erase(kind, action_id if kind == "action" else CUSTOMER, stage.at + LATER)
    assert places(SECRET, CUSTOMER) == []


def test_a_hold_on_an_action_keeps_who_looked_at_it_later(stage: Stage) -> None:
    action_id = told(stage)
    add_person(stage, "quentin", "reviewer", ())
    looked_at_later(stage, "quentin", action_id)
    accounts.end_membership(actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people["quentin"])
    place_hold(
        actor=stage.member("dana").actor(Door.WEB, "password"), at=stage.at, workspace_id=stage.id, kind="action",
        subject=action_id, reason="Case 12",
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        ask(stage, "person", stage.people["quentin"])
    assert refused.value.code == "on_hold"


def test_others_keep_what_is_theirs(stage: Stage, erase: Erase) -> None:
    told(stage)
    other = stage.submit(args={"customer_id": "cus_other", "amount_usd": 60})
    erase("counterpart", CUSTOMER, stage.at + LATER)
    view = queries.find(stage.id, other.id)
    assert view.args == canonical({"customer_id": "cus_other", "amount_usd": 60})


def test_what_still_waits_is_left_and_counted(stage: Stage, erase: Erase) -> None:
    waiting = stage.submit(args={"customer_id": CUSTOMER, "amount_usd": 60})
    done = erase("counterpart", CUSTOMER, stage.at + LATER)
    assert (done.actions, done.passed_by) == (0, 1)
    assert queries.find(stage.id, waiting.id).args == canonical({"customer_id": CUSTOMER, "amount_usd": 60})


def test_an_action_that_may_still_run_is_not_erased(stage: Stage) -> None:
    view = stage.review("ada", stage.submit())
    with pytest.raises(Conflict) as refused:
        ask(stage, "action", view.id)
    assert refused.value.code == "not_over"


def test_a_job_that_broke_off_begins_anew(stage: Stage) -> None:
    action_id = told(stage)
    asked = agree(stage, ask(stage, "action", action_id, at=stage.at + LATER), at=stage.at + LATER)
    once = work(stage, asked, stage.at + LATER)
    again = work(stage, asked, stage.at + LATER)
    assert once == again
    assert Event.objects.filter(kind="erasure:executed", action_id=action_id).count() == 1


def test_an_answer_that_a_door_remembers_goes_too(stage: Stage, erase: Erase) -> None:
    api = Api(stage.keys["otto"])
    said = {"tool_call": {"name": "billing.refund", "args": {"customer_id": CUSTOMER, "amount_usd": 80}}}
    asked = api.post("/actions", said, key="k1").action
    kept = api.post("/actions", {"tool_call": {"name": "crm.note", "args": {"text": "x"}}}, key="k2").action
    stage.review("ben", queries.find(stage.id, asked.id), "reject", reason_code="not_needed")
    assert "approvals_idempotencykey.answer" in places(CUSTOMER)
    erase("action", asked.id, stage.at + LATER)
    assert places(CUSTOMER) == []
    assert "approvals_idempotencykey.answer" in places(kept.id)


def left(stage: Stage, name: str) -> str:
    user_id = stage.people[name]
    accounts.end_membership(actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=user_id)
    return user_id


def person(stage: Stage) -> str:
    """Quentin is invited, reviews, says things, and leaves."""
    mail = "quentin.zyx@example.com"
    accounts.invite(actor=OPERATOR, at=stage.at, workspace_id=stage.id, email=mail, role="reviewer")
    accounts.add_member(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, email="quentin.zyx@example.com", name=NAME,
        role="reviewer", password="a long password for the cast",
    )  # fmt: skip
    from_id = User.objects.get(email="quentin.zyx@example.com").id
    stage.people["quentin"] = from_id
    accounts.add_to_group(actor=OPERATOR, at=stage.at, workspace_id=stage.id, handle="reviewers", user_id=from_id)
    view = stage.submit()
    member = stage.member("quentin")
    services.ask(actor=member.actor(Door.WEB), at=stage.at, member=member, action_id=view.id, text=SECRET)
    stage.review("quentin", view, comment=SECRET)
    edited = strict_json.canonical({"customer_id": "cus_1", "amount_usd": 70})
    stage.review("quentin", stage.submit(), args=edited, reason_code="amount_too_high", comment=SECRET)
    deliver(capture.capture, "feedback")
    return left(stage, "quentin")


def test_a_person_is_forgotten_and_the_id_stays(stage: Stage, erase: Erase) -> None:
    user_id = person(stage)
    done = erase("person", user_id, stage.at + LATER)
    assert places(NAME, "quentin.zyx", SECRET) == []
    assert done.outcome == "executed"
    made = Decision.everywhere.order_by("id").first()
    assert made is not None
    assert made.decided_by == [{"id": user_id, "name": "Erased person"}]
    assert Revision.everywhere.filter(n=1).exclude(args=b"{}").count() == Action.everywhere.count()


def test_a_member_is_not_erased(stage: Stage) -> None:
    with pytest.raises(Conflict) as refused:
        ask(stage, "person", stage.people["ben"])
    assert refused.value.code == "still_member"


def test_an_account_that_others_need_is_kept(stage: Stage, other: Stage, erase: Erase) -> None:
    user_id = person(stage)
    accounts.add_member(
        actor=OPERATOR, at=stage.at, workspace_id=other.id, email="quentin.zyx@example.com", name=NAME, role="reviewer"
    )
    erase("person", user_id, stage.at + LATER)
    assert {place.split(".")[0] for place in places(NAME)} == {"accounts_user", "audit_disclosure"}
    here = Event.objects.filter(workspace_id=stage.id).values("id")
    assert not Disclosure.objects.filter(subject=user_id, event_id__in=here).exists()
