"""A standing grant turns a question into an allow inside its scope, never a deny, and never longer than it lives."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from approvals import beside, envelope, services
from approvals.answers import ActionView
from approvals.errors import AlreadyClosed, BadRequest, GrantRefused, SecondPersonNeeded
from approvals.models import Action
from approvals.services import standing
from approvals.tokens import grant_for
from audit.actor import Door
from audit.models import Event
from tests.cast import POLICY, Stage, use_policy

SCOPE: dict[str, Any] = {"agent_name": "otto", "tool": "billing.refund", "when": ["args.amount_usd <= 100"]}


def propose(stage: Stage, name: str = "ada", *, days: int = 1, **changed: Any) -> str:
    member = stage.member(name)
    return services.propose_grant(
        actor=member.actor(Door.WEB),
        at=stage.at,
        workspace_id=stage.id,
        expires_at=stage.at + timedelta(days=days),
        why="Asked for each day",
        **{**SCOPE, **changed},
    )


def agree(stage: Stage, grant_id: str, name: str = "eve") -> None:
    services.agree_to_grant(
        actor=stage.member(name).actor(Door.WEB), at=stage.at, workspace_id=stage.id, grant_id=grant_id
    )


def given(stage: Stage, **changed: Any) -> str:
    grant_id = propose(stage, **changed)
    agree(stage, grant_id)
    return grant_id


def spend(stage: Stage, view: ActionView) -> None:
    token = grant_for(view)
    assert token is not None
    services.spend(actor=stage.otto.actor, at=stage.at, caller=stage.otto, action_id=view.id, grant=token)


def test_inside_its_scope_nobody_is_asked(stage: Stage) -> None:
    grant_id = given(stage)
    view = stage.submit()
    assert (view.state, view.policy["effect"], view.policy["standing_grant"]) == ("approved", "allow", grant_id)
    assert view.policy["notes"][0].startswith("A person must approve because refunds-over-50 matched")
    assert Action.everywhere.get(pk=view.id).policy["standing_grant"] == grant_id
    event = Event.objects.get(action_id=view.id, kind="action:submitted")
    assert orjson.loads(bytes(event.body))["data"]["standing_grant"] == grant_id
    spend(stage, view)


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("billing.refund", {"customer_id": "c", "amount_usd": 101}),
        ("crm.note", {"text": "x"}),
        ("other.tool", {"amount_usd": 1}),
    ],
)
def test_outside_its_scope_people_are_asked(stage: Stage, tool: str, args: dict[str, object]) -> None:
    given(stage)
    assert stage.submit(tool, args).state == "pending"


def test_a_deny_stays_a_deny(stage: Stage) -> None:
    given(stage, tool="crm.*", when=[])
    assert stage.submit("crm.delete", {"id": "1"}).state == "rejected"


@pytest.mark.parametrize(
    "claims",
    [{"uncertain": True}, {"constraints": {"requires_human_approval_over_usd": 10}}, {"constraints": {"odd": 1}}],
)
def test_the_callers_own_doubt_still_asks(stage: Stage, claims: dict[str, Any]) -> None:
    given(stage)
    assert stage.submit(**claims).state == "pending"


@pytest.mark.parametrize(
    "more",
    [
        "limits: [{id: cap, tools: [billing.refund], count: true, per: agent, window: 1h, max: 0}]\n",
        "freezes: [{id: f, from: 2020-01-01T00:00:00Z, to: 2120-01-01T00:00:00Z}]\n",
    ],
)
def test_a_limit_and_a_freeze_still_ask(stage: Stage, more: str) -> None:
    use_policy(stage, POLICY + more)
    given(stage)
    assert stage.submit().state == "pending"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tier: autonomous", "tier: draft"),
        ("effect: require_approval}\n", "effect: require_approval, step_up: passkey}\n"),
    ],
)
def test_a_draft_and_a_passkey_still_want_people(stage: Stage, before: str, after: str) -> None:
    use_policy(stage, POLICY.replace(before, after, 1))
    given(stage)
    assert stage.submit().state == "pending"


def test_it_counts_for_nothing_before_a_second_person_agreed(stage: Stage) -> None:
    grant_id = propose(stage)
    assert stage.submit().state == "pending"
    with pytest.raises(SecondPersonNeeded):
        agree(stage, grant_id, "ada")
    agree(stage, grant_id, "eve")
    assert stage.submit().state == "approved"
    with pytest.raises(AlreadyClosed):
        agree(stage, grant_id, "eve")


def test_a_revoked_one_answers_nothing_though_it_is_still_believed(stage: Stage) -> None:
    grant_id = given(stage)
    spared = stage.submit()
    believed = beside.of(stage.id)
    services.revoke_grant(
        actor=stage.member("ben").actor(Door.WEB), at=stage.at, workspace_id=stage.id, grant_id=grant_id
    )
    beside._believed[stage.id] = (float("inf"), believed)
    assert stage.submit().state == "pending"
    with pytest.raises(GrantRefused) as refused:
        spend(stage, spared)
    assert refused.value.code == "grant_revoked"


def test_it_ends_by_itself(stage: Stage) -> None:
    given(stage)
    later = stage.at + timedelta(days=1)
    assert stage.submit(at=later - timedelta(seconds=1)).state == "approved"
    assert stage.submit(at=later).state == "pending"


def test_validating_says_what_submitting_would(stage: Stage) -> None:
    given(stage)
    asked = envelope.read({"tool_call": {"name": "billing.refund", "args": {"customer_id": "c", "amount_usd": 80}}})
    assert services.validate(at=stage.at, caller=stage.otto, envelope=asked).verdict.effect == "allow"
    assert [row.state for row in standing.standing_grants(stage.id, stage.at)] == ["live"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"agent_name": "nobody"}, "unknown_agent"),
        ({"tool": "*"}, "bad_pattern"),
        ({"tool": "a b"}, "bad_pattern"),
        ({"when": ["args.amount_usd"]}, "bad_clause"),
        ({"when": ["history['cap'] > 1"]}, "bad_clause"),
        ({"days": 91}, "bad_end"),
        ({"days": 0}, "bad_end"),
    ],
)
def test_what_cannot_be_granted_is_said(stage: Stage, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(BadRequest) as refused:
        propose(stage, **changed)
    assert refused.value.code == code


def test_each_step_stands_in_the_audit_log(stage: Stage) -> None:
    grant_id = given(stage)
    services.revoke_grant(
        actor=stage.member("ben").actor(Door.WEB), at=stage.at, workspace_id=stage.id, grant_id=grant_id
    )
    told = Event.objects.filter(subject_id=grant_id).values_list("kind", "actor_id")
    assert set(told) == {
        ("standing:proposed", stage.people["ada"]),
        ("standing:agreed", stage.people["eve"]),
        ("standing:revoked", stage.people["ben"]),
    }
