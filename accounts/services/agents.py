"""Agents: who answers for them, and whether they may ask."""

from datetime import datetime
from typing import Any

from accounts import errors, rows, values
from accounts.models import Agent, User
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import record
from tenancy import ids, scope

# No name that a workspace could give: values.agent_name refuses spaces.
BUILT_IN = "test actions"


def create_agent(*, actor: Actor, at: datetime, workspace_id: str, name: str, owner_id: str) -> Agent:
    """Raises Invalid, NotFound (the owner is no member) and Taken."""
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        if Agent.objects.filter(name=values.agent_name(name)).exists():
            raise errors.Taken("An agent has this name already. Choose another.", field="name")
        owner = rows.membership(owner_id)
        agent = Agent.objects.create(
            id=ids.new("agt", at), workspace_id=workspace_id, name=name, owner_id=owner.user_id, created_at=at
        )
        _tell(EventKind.AGENT_CREATED, actor, at, agent, {"name": name, "owner": owner.user_id})
    return agent


def create_built_in_agent(*, actor: Actor, at: datetime, workspace_id: str) -> Agent:
    """An agent of our own, for test actions. Nobody of the workspace owns it, so that everybody may decide on them; no
    verb of this app finds it, so it never gets a key.
    """
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        nobody = User(id=ids.new("usr", at), email=f"{workspace_id}@countersign.invalid", name="Countersign")
        nobody.is_active, nobody.created_at = False, at
        nobody.set_unusable_password()
        nobody.save(force_insert=True)
        agent = Agent(id=ids.new("agt", at), workspace_id=workspace_id, name=BUILT_IN, owner=nobody, created_at=at)
        agent.is_built_in = True
        agent.save(force_insert=True)
        _tell(EventKind.AGENT_CREATED, actor, at, agent, {"name": BUILT_IN, "built_in": True})
    return agent


def disable_agent(*, actor: Actor, at: datetime, workspace_id: str, agent_id: str) -> None:
    """None of its keys is taken from now on. Raises NotFound and AlreadyOver."""
    with scope.acting(workspace_id):
        agent = rows.agent(agent_id)
        if not Agent.objects.filter(id=agent_id, disabled_at=None).update(disabled_at=at):
            raise errors.AlreadyOver("The agent is disabled already. Nothing was changed.")
        _tell(EventKind.AGENT_DISABLED, actor, at, agent, {})


def enable_agent(*, actor: Actor, at: datetime, workspace_id: str, agent_id: str) -> None:
    """Raises NotFound, AlreadyOver, and Conflict where the owner has left."""
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        agent = rows.agent(agent_id)
        try:
            rows.membership(agent.owner_id)
        except errors.NotFound as error:
            raise errors.Conflict("The agent's owner has left. Give it another owner first.", field="owner") from error
        if not Agent.objects.filter(id=agent_id, disabled_at__isnull=False).update(disabled_at=None):
            raise errors.AlreadyOver("The agent is enabled already. Nothing was changed.")
        _tell(EventKind.AGENT_ENABLED, actor, at, agent, {})


def change_owner(*, actor: Actor, at: datetime, workspace_id: str, agent_id: str, owner_id: str) -> None:
    """The new owner may not approve what the agent asks for, from now on. Raises NotFound and AlreadyOver."""
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        agent, owner = rows.agent(agent_id), rows.membership(owner_id)
        if agent.owner_id == owner.user_id:
            raise errors.AlreadyOver("They own the agent already. Nothing was changed.", field="owner")
        before, agent.owner_id = agent.owner_id, owner.user_id
        agent.save(update_fields=["owner"])
        _tell(EventKind.AGENT_HANDED_OVER, actor, at, agent, {"from": before, "to": owner.user_id})


def _tell(kind: EventKind, actor: Actor, at: datetime, agent: Agent, data: dict[str, Any]) -> None:
    record(kind=kind, workspace_id=agent.workspace_id, actor=actor, at=at, subject=("agent", agent.id), data=data)
