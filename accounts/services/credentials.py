"""Keys of machines and tokens of people. A token is shown once; only its keyed hash is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts import errors, keys, rows, values
from accounts.models import ApiKey, PersonToken, Scope
from audit.actor import Actor
from audit.canonical import stamp
from audit.kinds import EventKind
from audit.record import record
from tenancy import ids, scope

_AGENT_SCOPES = (Scope.ACT.value,)


@dataclass(frozen=True, slots=True)
class Credential:
    """`id` names it from now on (`key_…` or `tok_…`); `token` is to be shown this once and then forgotten."""

    id: str
    token: str


def issue_key(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    name: str,
    agent_id: str = "",
    scopes: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> Credential:
    """A key of the agent, or without one of a service account. An agent's key acts and does nothing else.

    Raises Invalid (scopes, time, name), NotFound and Conflict (disabled agent).
    """
    with scope.acting(workspace_id):
        allowed = _scopes(agent_id, scopes)
        if agent_id and rows.agent(agent_id).disabled_at is not None:
            raise errors.Conflict("The agent is disabled. Enable it first.")
        key = ApiKey(workspace_id=workspace_id, agent_id=agent_id or None, name=values.title(name), scopes=allowed)
        key.expires_at = values.future(expires_at, at)
        return _issue(actor, at, key, {})


def rotate_key(
    *, actor: Actor, at: datetime, workspace_id: str, key_id: str, overlap: timedelta = timedelta()
) -> Credential:
    """A new key with the old one's agent, name, scopes and end. The old one works on for `overlap`, if any.

    Raises NotFound and AlreadyOver.
    """
    with scope.acting(workspace_id):
        old = _live_key(key_id, at)
        ends = at + overlap if old.expires_at is None else min(old.expires_at, at + overlap)
        if overlap:
            ApiKey.objects.filter(id=key_id).update(expires_at=ends)
        else:
            _revoke_key(actor, at, old)
        new = ApiKey(workspace_id=workspace_id, agent_id=old.agent_id, name=old.name, scopes=old.scopes)
        new.expires_at = old.expires_at
        return _issue(actor, at, new, {"replaces": old.id, "old_ends_at": stamp(ends)})


def revoke_key(*, actor: Actor, at: datetime, workspace_id: str, key_id: str) -> None:
    """Raises NotFound and AlreadyOver."""
    with scope.acting(workspace_id):
        _revoke_key(actor, at, _live_key(key_id, None))


def issue_token(
    *, actor: Actor, at: datetime, workspace_id: str, user_id: str, name: str, expires_at: datetime | None = None
) -> Credential:
    """A person's own token: it carries no rights, they are read at each use. Raises Invalid and NotFound."""
    with scope.acting(workspace_id):
        member = rows.membership(user_id)
        token_id = ids.new("tok", at)
        issued = keys.issue(keys.PERSON, token_id)
        ends = values.future(expires_at, at)
        PersonToken.objects.create(
            id=token_id,
            workspace_id=workspace_id,
            user_id=member.user_id,
            name=values.title(name),
            digest=issued.digest,
            created_at=at,
            expires_at=ends,
        )
        data = {"person": member.user_id, "expires_at": _stamp(ends)}
        _tell(EventKind.TOKEN_ISSUED, actor, at, workspace_id, ("token", token_id), data)
    return Credential(token_id, issued.token)


def revoke_token(*, actor: Actor, at: datetime, workspace_id: str, token_id: str, user_id: str = "") -> None:
    """With `user_id`, only a token of that person. Raises NotFound and AlreadyOver."""
    with scope.acting(workspace_id):
        token = PersonToken.objects.filter(id=token_id).first()
        if token is None or (user_id and token.user_id != user_id):
            raise errors.NotFound("There is no such token in this workspace.")
        if not PersonToken.objects.filter(id=token_id, revoked_at=None).update(revoked_at=at):
            raise errors.AlreadyOver("The token is revoked already. Nothing was changed.")
        subject = ("token", token_id)
        _tell(EventKind.TOKEN_REVOKED, actor, at, workspace_id, subject, {"person": token.user_id})


def _scopes(agent_id: str, asked: Sequence[str]) -> list[str]:
    if agent_id:
        if set(asked) - set(_AGENT_SCOPES):
            raise errors.Invalid(f"An agent's key has the scope {Scope.ACT} and no other.", field="scopes")
        return list(_AGENT_SCOPES)
    for_services = [scope.value for scope in Scope if scope is not Scope.ACT]
    if not asked or set(asked) - set(for_services):
        raise errors.Invalid(f"Choose one or more of {', '.join(for_services)}.", field="scopes")
    return [word for word in for_services if word in asked]


def _issue(actor: Actor, at: datetime, key: ApiKey, data: dict[str, Any]) -> Credential:
    key.id = ids.new("key", at)
    issued = keys.issue(keys.MACHINE, key.id)
    key.digest, key.created_at = issued.digest, at
    key.save(force_insert=True)
    said = {"agent": key.agent_id, "scopes": key.scopes, "expires_at": _stamp(key.expires_at), **data}
    _tell(EventKind.KEY_ISSUED, actor, at, key.workspace_id, ("key", key.id), said)
    return Credential(key.id, issued.token)


def _live_key(key_id: str, at: datetime | None) -> ApiKey:
    """Neither revoked nor, given a time, run out."""
    key = ApiKey.objects.select_for_update().filter(id=key_id).first()
    if key is None:
        raise errors.NotFound("There is no such key in this workspace.")
    if key.revoked_at is not None or (at and key.expires_at and key.expires_at <= at):
        raise errors.AlreadyOver("The key is revoked or has run out. Issue a new one.")
    return key


def _revoke_key(actor: Actor, at: datetime, key: ApiKey) -> None:
    ApiKey.objects.filter(id=key.id).update(revoked_at=at)
    _tell(EventKind.KEY_REVOKED, actor, at, key.workspace_id, ("key", key.id), {"agent": key.agent_id})


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)


def _tell(
    kind: EventKind, actor: Actor, at: datetime, workspace_id: str, subject: tuple[str, str], data: dict[str, Any]
) -> None:
    record(kind=kind, workspace_id=workspace_id, actor=actor, at=at, subject=subject, data=data)
