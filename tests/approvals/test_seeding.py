"""Test actions with a known answer: ordinary to look at, impossible to run, and marked in the log from the start."""

import random
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import DatabaseError, transaction
from msgspec.structs import replace

from accounts import errors as accounts_errors
from accounts import queries as accounts_queries
from accounts import services as accounts
from approvals import errors, exercises, queries, rows, services, strict_json
from approvals.answers import ActionView, GrantView
from approvals.exercises import Kind
from approvals.models import Action, Grant, LimitUse, Seeding
from audit.actor import OPERATOR, Door
from audit.models import Event
from feedback import capture
from feedback.models import Label
from outbox.models import Message
from outbox.types import Delivery
from tests.cast import POLICY, Stage, use_policy

CALL = {"customer_id": "cus_1", "amount_usd": 80}


def switched_on(stage: Stage, every: int = 0) -> Stage:
    """Eve's workspace after the switch, with one ordinary call that Ada approved."""
    services.set_seeding(
        actor=stage.member("eve").actor(Door.WEB),
        at=stage.at,
        workspace_id=stage.id,
        every=every,
        chance=random.Random(1),
    )
    stage.review("ada", stage.submit(args=CALL, summary="Refund 80 USD to cus_1.", at=stage.at - timedelta(hours=1)))
    return stage


def seeded(stage: Stage, kind: Kind) -> ActionView:
    """One of this kind, whatever it takes of chance."""
    for number in range(100):
        with transaction.atomic():
            view = services.seed(at=stage.at, workspace_id=stage.id, chance=random.Random(number))
            if view.terms["seeded"]["kind"] == kind:
                return queries.find(stage.id, view.id, envelope=True)
            transaction.set_rollback(True)
    raise LookupError(kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_an_exercise_looks_like_any_other_action(stage: Stage, kind: Kind) -> None:
    view = seeded(switched_on(stage), kind)
    other = stage.submit(args=orjson.loads(view.args))
    assert view.agent_name == "otto"
    assert (view.state, view.tool, view.needs, view.risk) == ("pending", "billing.refund", other.needs, other.risk)
    assert view.expires_at - view.created_at == other.expires_at - other.created_at
    assert view.id in {row.id for row in queries.inbox(stage.id, filters=queries.InboxFilter(), after=None)}


def test_each_kind_has_its_own_fault(stage: Stage) -> None:
    switched_on(stage)
    views = {kind: seeded(stage, kind) for kind in Kind}
    args = {kind: orjson.loads(view.args) for kind, view in views.items()}
    assert all(64 <= args[kind]["amount_usd"] <= 96 for kind in Kind if kind is not Kind.AMOUNT)
    assert args[Kind.AMOUNT]["amount_usd"] >= 640
    assert args[Kind.COUNTERPART]["customer_id"] == "\u0441us_1"
    assert "\u200b" in args[Kind.HIDDEN]["customer_id"]
    summaries = {kind: (view.envelope or {})["summary"] for kind, view in views.items()}
    assert summaries[Kind.GOOD] == f"Refund {args[Kind.GOOD]['amount_usd']} USD to cus_1."
    assert summaries[Kind.SUMMARY] != f"Refunds {args[Kind.SUMMARY]['amount_usd']} USD to customer cus_1."


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_that_is_approved_can_run(stage: Stage, kind: Kind) -> None:
    view = seeded(switched_on(stage), kind)
    decided = stage.review("ada", view)
    if decided.is_open:
        decided = stage.review("ben", view)
    assert (decided.state, decided.grant) == ("approved", None)
    assert not Grant.everywhere.filter(action_id=view.id).exists()
    with pytest.raises(errors.NotFound):
        services.spend(actor=stage.otto.actor, at=stage.at, caller=stage.otto, action_id=view.id, grant="x")


def test_the_database_refuses_a_grant_whoever_asks(stage: Stage) -> None:
    view = seeded(switched_on(stage), Kind.GOOD)
    forged = GrantView("gra_01m7waf705ewrb8xtcdnheqcvh", stage.at, stage.at + timedelta(hours=1), "0" * 64)
    with pytest.raises(DatabaseError, match="never gets a grant"), transaction.atomic():
        Grant(**rows.grant(view, forged).values).save(force_insert=True)


def test_the_database_lets_none_become_a_real_one(stage: Stage) -> None:
    view = seeded(switched_on(stage), Kind.GOOD)
    other = stage.submit(args=CALL)
    for action, terms in ((view, other.terms), (other, view.terms)):
        with pytest.raises(DatabaseError, match="stays one"), transaction.atomic():
            Action.everywhere.filter(pk=action.id).update(terms=terms)


def test_an_edit_leaves_it_an_exercise(stage: Stage) -> None:
    view = seeded(switched_on(stage), Kind.AMOUNT)
    args = strict_json.canonical({"customer_id": "cus_1", "amount_usd": 81})
    decided = stage.review("ada", replace(view), args=args, reason_code="amount_too_high")
    kept = Action.everywhere.get(pk=view.id)
    assert (decided.grant, kept.terms["no_grant"], kept.terms["seeded"]) == (None, True, view.terms["seeded"])


def test_the_log_knows_it_from_the_start(stage: Stage) -> None:
    view = seeded(switched_on(stage), Kind.HIDDEN)
    stage.review("ben", view, "reject", reason_code="looks_manipulated")
    real = stage.submit(args=CALL)
    marks = {
        event.kind: orjson.loads(bytes(event.body))["data"].get("seeded")
        for event in Event.objects.filter(action_id=view.id)
    }
    assert marks == {"action:submitted": "hidden_character", "action:decided": "hidden_character"}
    (submitted,) = Event.objects.filter(action_id=real.id)
    assert "seeded" not in orjson.loads(bytes(submitted.body))["data"]


def test_it_takes_nothing_from_limits_and_teaches_no_data(stage: Stage) -> None:
    cap = "limits:\n  - {id: cap, tools: [billing.refund], sum: args.amount_usd, per: workspace, window: 24h,"
    use_policy(stage, POLICY + cap + " max: 5000, over: deny}\n")
    view = seeded(switched_on(stage), Kind.GOOD)
    used = LimitUse.everywhere.count()
    stage.review("ada", view)
    assert LimitUse.everywhere.count() == used
    message = Message.objects.get(sink="feedback", subject=view.id)
    capture.capture(Delivery(message.pk, stage.id, message.kind, view.id, message.payload, 0, message.created_at))
    assert not Label.everywhere.filter(action_id=view.id).exists()


def test_its_agent_gets_no_key_and_stands_on_no_list(stage: Stage) -> None:
    switched_on(stage)
    agent = Seeding.everywhere.get(pk=stage.id).agent
    with pytest.raises(accounts_errors.NotFound):
        accounts.issue_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="x", agent_id=agent.id)
    assert [row.name for row in accounts_queries.agents(stage.id, stage.at)] == ["otto"]
    assert accounts_queries.agent(stage.id, agent.id, stage.at) is None


def test_without_an_approved_call_there_is_nothing_to_build_from(stage: Stage) -> None:
    with pytest.raises(errors.NotFound):
        services.seed(at=stage.at, workspace_id=stage.id, chance=random.Random(1))
    services.set_seeding(actor=OPERATOR, at=stage.at, workspace_id=stage.id, every=0, chance=random.Random(1))
    stage.review("ada", stage.submit("bank.wire", {"payee": "x"}))
    with pytest.raises(errors.Conflict):
        services.seed(at=stage.at, workspace_id=stage.id, chance=random.Random(1))


def count(stage: Stage) -> int:
    return Action.everywhere.filter(workspace_id=stage.id, terms__has_key="seeded").count()


def test_about_one_comes_for_so_many_that_people_were_asked_about(stage: Stage) -> None:
    switched_on(stage, every=4)
    at, sent = stage.at, []
    for _ in range(40):
        at += timedelta(seconds=1)
        stage.submit(args=CALL, at=at)
        stage.submit(args={"customer_id": "cus_1", "amount_usd": 20}, at=at)
        sent.append(services.seed_due(at=at, chance=random.Random(3)))
    assert (sum(sent), count(stage)) == (count(stage), sum(sent))
    assert 40 // 6 <= sum(sent) <= 40 // 2
    services.set_seeding(actor=OPERATOR, at=at, workspace_id=stage.id, every=0, chance=random.Random(1))
    for _ in range(10):
        stage.submit(args=CALL, at=at + timedelta(seconds=5))
    assert services.seed_due(at=at + timedelta(seconds=9), chance=random.Random(3)) == 0


@pytest.mark.parametrize(
    ("kind", "verdict", "changes", "right"),
    [
        (Kind.GOOD, "approve", [], True),
        (Kind.GOOD, "reject", [], False),
        (Kind.AMOUNT, "reject", [], True),
        (Kind.AMOUNT, "approve", [], False),
        (Kind.AMOUNT, "approve", [{"path": "/amount_usd"}], True),
        (Kind.AMOUNT, "approve", [{"path": "/note"}], False),
        (Kind.SUMMARY, "approve", [{"path": "/amount_usd"}], False),
    ],
)
def test_what_counts_as_right(kind: Kind, verdict: str, changes: list[dict[str, Any]], right: bool) -> None:
    pointer = "/amount_usd" if kind is Kind.AMOUNT else ""
    assert exercises.caught({"kind": kind.value, "pointer": pointer}, verdict, changes) is right
