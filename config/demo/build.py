"""Makes the demo's workspaces through the same verbs that people use, or gives its people new credentials."""

import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts import keys, links
from accounts import queries as accounts_queries
from accounts import services as accounts
from accounts.models import Agent, User
from approvals import services as approvals
from audit.actor import OPERATOR
from config.demo.cast import AGENT, DEMO, OTHER, OWNER, SERVICES, Person, Troupe

POLICIES = Path(__file__).parent / "policies"


def stands(handed: dict[str, Any] | None, at: datetime) -> bool:
    """Whether the demo is there and the credentials that were handed over still open it."""
    if handed is None or accounts_queries.workspace_id_for(OTHER.slug) is None:
        return False
    return accounts_queries.caller_for(keys.digest(str(handed["agents"][AGENT]["key"])), at) is not None


def build(base_url: str, at: datetime) -> dict[str, Any]:
    """Makes what is missing and draws every credential anew, in one transaction; the content of demo.json."""
    with transaction.atomic():
        people = {**_troupe(DEMO, at), **_troupe(OTHER, at)}
        workspace_id = _workspace_id(DEMO)
        agent_key = accounts.issue_key(
            actor=OPERATOR, at=at, workspace_id=workspace_id, name="demo", agent_id=_agent_id(workspace_id, at)
        )
        service_keys = {
            name: accounts.issue_key(actor=OPERATOR, at=at, workspace_id=workspace_id, name=name, scopes=scopes)
            for name, scopes in SERVICES.items()
        }
        for troupe in (DEMO, OTHER):
            _govern(troupe, at)
    return {
        "base_url": base_url,
        "workspace": DEMO.slug,
        "agents": {AGENT: {"key": agent_key.token}},
        "people": people,
        "service": {name: {"key": key.token} for name, key in service_keys.items()},
    }


def _troupe(troupe: Troupe, at: datetime) -> dict[str, dict[str, Any]]:
    if accounts_queries.workspace_id_for(troupe.slug) is None:
        made = accounts.create_workspace(actor=OPERATOR, at=at, slug=troupe.slug, name=troupe.name, is_demo=True)
        for handle in troupe.groups:
            accounts.create_group(actor=OPERATOR, at=at, workspace_id=made.id, handle=handle, name=handle.title())
    workspace_id = _workspace_id(troupe)
    return {person.handle: _person(person, workspace_id, at) for person in troupe.people}


def _person(person: Person, workspace_id: str, at: datetime) -> dict[str, Any]:
    password = secrets.token_urlsafe(12)
    known = User.objects.filter(email=person.email).first()
    if known is None:
        joined = accounts.add_member(
            actor=OPERATOR,
            at=at,
            workspace_id=workspace_id,
            email=person.email,
            name=person.name,
            role=person.role,
            password=password,
        )
        user_id = joined.user_id
        for handle in person.groups:
            accounts.add_to_group(actor=OPERATOR, at=at, workspace_id=workspace_id, handle=handle, user_id=user_id)
    else:
        user_id = known.id
        accounts.reset_password(at=at, user_id=user_id, token=links.for_reset(known), password=password)
    token = accounts.issue_token(actor=OPERATOR, at=at, workspace_id=workspace_id, user_id=user_id, name="demo")
    return {
        "email": person.email,
        "password": password,
        "token": token.token,
        "role": person.role.value,
        "groups": list(person.groups),
    }


def _agent_id(workspace_id: str, at: datetime) -> str:
    known = accounts_queries.agent_named(workspace_id, AGENT)
    if known is not None:
        return known.id
    owner = User.objects.get(email=next(person.email for person in DEMO.people if person.handle == OWNER))
    made: Agent = accounts.create_agent(actor=OPERATOR, at=at, workspace_id=workspace_id, name=AGENT, owner_id=owner.id)
    return made.id


def _govern(troupe: Troupe, at: datetime) -> None:
    workspace_id = _workspace_id(troupe)
    text = (POLICIES / troupe.policy).read_text()
    saved = approvals.save_policy(actor=OPERATOR, at=at, workspace_id=workspace_id, text=text)
    approvals.activate_policy(actor=OPERATOR, at=at, workspace_id=workspace_id, version_id=saved.id)


def _workspace_id(troupe: Troupe) -> str:
    found = accounts_queries.workspace_id_for(troupe.slug)
    if found is None:
        raise LookupError(f"There is no workspace {troupe.slug}.")
    return found
