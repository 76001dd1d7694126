"""Agents and who answers for them."""

from datetime import datetime
from typing import Any

import pytest

from accounts import errors, keys, queries, services
from audit.actor import OPERATOR
from tests.accounts.records import last
from tests.cast import Stage


def test_an_agent_has_a_name_and_an_owner(stage: Stage, at: datetime) -> None:
    made = services.create_agent(
        actor=OPERATOR, at=at, workspace_id=stage.id, name="support_agent.v4", owner_id=stage.people["ada"]
    )
    found = queries.agent(stage.id, made.id, at)
    assert found is not None
    assert (found.name, found.owner_name, found.live_keys, found.disabled_at) == ("support_agent.v4", "Ada", 0, None)
    assert last("agent:created", stage.id)["data"] == {"name": "support_agent.v4", "owner": stage.people["ada"]}


@pytest.mark.parametrize("name", ["", "an agent", "_otto", "otto.", "ötto", "o" * 101, "otto\n"])
def test_an_agents_name_is_a_plain_word(stage: Stage, at: datetime, name: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        services.create_agent(actor=OPERATOR, at=at, workspace_id=stage.id, name=name, owner_id=stage.people["ada"])
    assert refused.value.field == "name"


def test_a_name_is_used_once_and_owners_are_members(stage: Stage, other: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id}
    with pytest.raises(errors.Taken):
        services.create_agent(name="otto", owner_id=stage.people["ada"], **who)
    with pytest.raises(errors.NotFound):
        services.create_agent(name="lotte", owner_id=other.people["cleo"], **who)
    assert [row.name for row in queries.agents(stage.id, at)] == ["otto"]


def test_no_key_of_a_disabled_agent_is_taken(stage: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id, "agent_id": stage.otto.agent_id}
    digest = keys.digest(stage.keys["otto"])
    services.disable_agent(**who)
    assert queries.caller_for(digest, at) is None
    with pytest.raises(errors.AlreadyOver):
        services.disable_agent(**who)
    with pytest.raises(errors.Conflict):
        services.issue_key(name="another", **who)
    services.enable_agent(**who)
    assert queries.caller_for(digest, at) == stage.otto
    with pytest.raises(errors.AlreadyOver):
        services.enable_agent(**who)


def test_an_agent_whose_owner_left_needs_another_one_first(stage: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id}
    otto = stage.otto.agent_id
    services.change_role(user_id=stage.people["ada"], role="admin", **who)
    services.disable_agent(agent_id=otto, **who)
    services.end_membership(user_id=stage.people["eve"], **who)
    with pytest.raises(errors.Conflict, match="owner has left"):
        services.enable_agent(agent_id=otto, **who)
    services.change_owner(agent_id=otto, owner_id=stage.people["ada"], **who)
    services.enable_agent(agent_id=otto, **who)
    assert queries.caller_for(keys.digest(stage.keys["otto"]), at) is not None


def test_a_new_owner_answers_for_the_agent_at_once(stage: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id, "agent_id": stage.otto.agent_id}
    services.change_owner(owner_id=stage.people["ada"], **who)
    found = queries.caller_for(keys.digest(stage.keys["otto"]), at)
    assert found is not None
    assert found.owner_id == stage.people["ada"]
    assert last("agent:handed_over", stage.id) == {
        "subject": {"type": "agent", "id": stage.otto.agent_id},
        "actor": "operator",
        "data": {"from": stage.people["eve"], "to": stage.people["ada"]},
    }
    with pytest.raises(errors.AlreadyOver):
        services.change_owner(owner_id=stage.people["ada"], **who)


def test_an_agent_of_another_workspace_is_not_there(stage: Stage, other: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": other.id, "agent_id": stage.otto.agent_id}
    for verb in (services.disable_agent, services.enable_agent):
        with pytest.raises(errors.NotFound):
            verb(**who)
    with pytest.raises(errors.NotFound):
        services.change_owner(owner_id=other.people["cleo"], **who)
    with pytest.raises(errors.NotFound):
        services.issue_key(name="theirs", **who)
    with pytest.raises(errors.NotFound):
        services.register_version(manifest={"model": "m"}, **who)
    assert queries.agent(other.id, stage.otto.agent_id, at) is None
