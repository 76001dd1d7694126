"""Keys of machines and tokens of people: issued once, bound to scopes, over when they are over."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts import errors, keys, queries, services
from accounts.models import ApiKey, PersonToken, Workspace
from audit.actor import OPERATOR
from audit.canonical import stamp
from tests.accounts.records import facts, last
from tests.cast import Stage

HOUR = timedelta(hours=1)


def test_a_key_opens_the_door_of_its_agent(stage: Stage, at: datetime) -> None:
    issued = services.issue_key(
        actor=OPERATOR,
        at=at,
        workspace_id=stage.id,
        name="laptop",
        agent_id=stage.otto.agent_id,
        expires_at=at + HOUR,
    )
    found = queries.caller_for(keys.digest(issued.token), at)
    assert found is not None
    assert (found.key_id, found.agent_name, found.scopes) == (issued.id, "otto", ("actions:write",))
    assert queries.caller_for(keys.digest(issued.token), at + HOUR) is None
    assert last("key:issued", stage.id) == {
        "subject": {"type": "key", "id": issued.id},
        "actor": "operator",
        "data": {"agent": stage.otto.agent_id, "scopes": ["actions:write"], "expires_at": stamp(at + HOUR)},
    }


def test_only_a_keyed_hash_of_a_credential_is_kept(stage: Stage, at: datetime) -> None:
    token = stage.keys["otto"]
    row = ApiKey.everywhere.get(id=stage.otto.key_id)
    assert bytes(row.digest) == keys.digest(token)
    secret = token.split("_")[2]
    assert [value for value in row.__dict__.values() if secret in str(value)] == []


def test_a_service_account_has_scopes_and_no_agent(stage: Stage, at: datetime) -> None:
    issued = services.issue_key(
        actor=OPERATOR, at=at, workspace_id=stage.id, name="ci", scopes=["evals:write", "datasets:read"]
    )
    found = queries.caller_for(keys.digest(issued.token), at)
    assert found is not None
    assert (found.agent_id, found.scopes) == ("", ("datasets:read", "evals:write"))


@pytest.mark.parametrize("scopes", [[], ["actions:write"], ["datasets:read", "actions:write"], ["everything"]])
def test_a_service_account_never_acts(stage: Stage, at: datetime, scopes: list[str]) -> None:
    with pytest.raises(errors.Invalid) as refused:
        services.issue_key(actor=OPERATOR, at=at, workspace_id=stage.id, name="ci", scopes=scopes)
    assert refused.value.field == "scopes"


@pytest.mark.parametrize("scope", ["policies:read", "datasets:read", "audit:read", "everything"])
def test_an_agent_does_nothing_but_act(stage: Stage, at: datetime, scope: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        services.issue_key(
            actor=OPERATOR,
            at=at,
            workspace_id=stage.id,
            name="more",
            agent_id=stage.otto.agent_id,
            scopes=["actions:write", scope],
        )
    assert refused.value.field == "scopes"


def test_a_credential_ends_in_the_future(stage: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id, "name": "late", "expires_at": at}
    with pytest.raises(errors.Invalid, match="still to come"):
        services.issue_key(agent_id=stage.otto.agent_id, **who)
    with pytest.raises(errors.Invalid, match="still to come"):
        services.issue_token(user_id=stage.people["ada"], **who)


def test_a_revoked_key_is_refused_at_once(stage: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id, "key_id": stage.otto.key_id}
    services.revoke_key(**who)
    assert queries.caller_for(keys.digest(stage.keys["otto"]), at) is None
    assert last("key:revoked", stage.id)["subject"] == {"type": "key", "id": stage.otto.key_id}
    with pytest.raises(errors.AlreadyOver):
        services.revoke_key(**who)
    with pytest.raises(errors.AlreadyOver):
        services.rotate_key(**who)


def test_a_replaced_key_stops_when_the_new_one_starts(stage: Stage, at: datetime) -> None:
    new = services.rotate_key(actor=OPERATOR, at=at, workspace_id=stage.id, key_id=stage.otto.key_id)
    found = queries.caller_for(keys.digest(new.token), at)
    assert queries.caller_for(keys.digest(stage.keys["otto"]), at) is None
    assert found is not None
    assert (found.agent_id, found.scopes) == (stage.otto.agent_id, stage.otto.scopes)
    assert last("key:issued", stage.id)["data"] == {
        "agent": stage.otto.agent_id,
        "scopes": ["actions:write"],
        "expires_at": None,
        "replaces": stage.otto.key_id,
        "old_ends_at": stamp(at),
    }


def test_with_an_overlap_both_keys_work_for_a_while(stage: Stage, at: datetime) -> None:
    services.rotate_key(actor=OPERATOR, at=at, workspace_id=stage.id, key_id=stage.otto.key_id, overlap=HOUR)
    old = keys.digest(stage.keys["otto"])
    assert queries.caller_for(old, at + HOUR - timedelta(seconds=1)) is not None
    assert queries.caller_for(old, at + HOUR) is None
    assert facts("key:revoked", stage.id) == []


def test_a_key_of_another_workspace_is_not_there(stage: Stage, other: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": other.id, "key_id": stage.otto.key_id}
    with pytest.raises(errors.NotFound):
        services.revoke_key(**who)
    with pytest.raises(errors.NotFound):
        services.rotate_key(**who)
    assert queries.caller_for(keys.digest(stage.keys["otto"]), at) == stage.otto


def test_a_token_carries_the_rights_of_this_moment(stage: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id, "user_id": stage.people["vera"]}
    issued = services.issue_token(name="laptop", **who)
    services.change_role(role="lead", **who)
    found = queries.member_for_token(keys.digest(issued.token), at)
    assert found is not None
    assert (found.name, found.role, found.token_id) == ("Vera", "lead", issued.id)
    assert last("token:issued", stage.id)["data"] == {"person": stage.people["vera"], "expires_at": None}


def test_a_token_is_revoked_by_its_owner_alone(stage: Stage, at: datetime) -> None:
    issued = services.issue_token(
        actor=OPERATOR, at=at, workspace_id=stage.id, user_id=stage.people["ada"], name="laptop"
    )
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id, "token_id": issued.id}
    with pytest.raises(errors.NotFound):
        services.revoke_token(user_id=stage.people["ben"], **who)
    services.revoke_token(user_id=stage.people["ada"], **who)
    assert queries.member_for_token(keys.digest(issued.token), at) is None
    with pytest.raises(errors.AlreadyOver):
        services.revoke_token(**who)


def test_use_is_noted_at_most_once_a_minute(stage: Stage, at: datetime) -> None:
    token_id = PersonToken.everywhere.get(user_id=stage.people["ada"]).id
    seen = []
    for seconds in (0, 59, 60, 61, 121):
        services.note_use(stage.otto.key_id, at=at + timedelta(seconds=seconds))
        seen.append(ApiKey.everywhere.get(id=stage.otto.key_id).last_used_at)
    services.note_use(token_id, at=at)
    minute = timedelta(minutes=1)
    assert seen == [at, at, at + minute, at + minute, at + minute * 2 + timedelta(seconds=1)]
    assert PersonToken.everywhere.get(id=token_id).last_used_at == at


@given(st.sampled_from([keys.MACHINE, keys.PERSON]), st.integers(0, 79), st.sampled_from("0123456789abcdef_"))
def test_a_mistyped_key_is_known_without_asking_anybody(kind: str, place: int, character: str) -> None:
    token = keys.issue(kind, "key_01m7waf705ewrb8xtcdnheqcvh").token
    place %= len(token)
    mistyped = token[:place] + character + token[place + 1 :]
    assert keys.is_well_formed(token)
    assert keys.is_well_formed(mistyped) == (mistyped == token)


def test_demo_credentials_open_nothing_unless_debug_is_on(stage: Stage, at: datetime) -> None:
    Workspace.objects.filter(pk=stage.id).update(is_demo=True)
    ada = stage.people["ada"]
    for debug in (False, True):
        with override_settings(DEBUG=debug):
            assert (queries.caller_for(keys.digest(stage.keys["otto"]), at) is not None) is debug
            assert (queries.member_for_token(keys.digest(stage.tokens["ada"]), at) is not None) is debug
            assert (queries.member_of(ada, stage.slug) is not None) is debug
            assert bool(queries.workspaces_of(ada)) is debug
