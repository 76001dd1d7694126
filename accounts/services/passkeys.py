"""Passkeys: a person adds one, renames or removes it; a lead or an admin resets those of somebody who lost them.

A passkey belongs to the account, so every workspace of the person reads of it.
"""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import errors, passkeys, rows, values
from accounts.models import Passkey, PasskeyChallenge, User
from accounts.services.confirming import confirm
from accounts.services.facts import logs_of, personal
from accounts.services.noticing import notice
from audit.actor import Actor, Door, Kind
from audit.kinds import EventKind
from audit.record import record
from tenancy import ids, scope

GOOD_FOR = timedelta(minutes=2)
# So long a spent or late challenge is remembered, to say that it was spent or late.
REMEMBERED = timedelta(hours=1)
MOST = 10
_ADDING = {"for": "a new passkey"}


def begin_passkey(*, at: datetime, user_id: str, session_id: str, password: str = "") -> dict[str, Any]:
    """What the browser needs to make a passkey, as JSON of WebAuthn's PublicKeyCredentialCreationOptions.

    Raises Invalid and LockedOut (see `confirm`), Conflict (MOST are there), PasskeyRefused (the console has no name).
    """
    person = confirm(at=at, user_id=user_id, session_id=session_id, password=password)
    known = [bytes(one) for one in rows.passkeys_alive(user_id).values_list("credential_id", flat=True)]
    if len(known) >= MOST:
        raise errors.Conflict(f"You have {MOST} passkeys. Remove one that you do not use first.")
    challenge = draw(at=at, user_id=user_id, about=_ADDING)
    return passkeys.registration_options(
        user_id=user_id, email=person.email, name=person.name, challenge=challenge, known=known
    )


def add_passkey(*, at: datetime, user_id: str, name: str, answer: str) -> str:
    """The id of the new passkey. Raises Invalid (name), Taken (known already), PasskeyRefused."""
    kept_name = values.title(name, longest=60)
    read = passkeys.read(answer)
    take(at=at, user_id=user_id, answer=read, about=_ADDING)
    passkeys.refuse_elsewhere(read)
    made = passkeys.verify_registration(read)
    transports = read.tree["response"].get("transports")
    words = [one for one in transports if isinstance(one, str)][:8] if isinstance(transports, list) else []
    with transaction.atomic():
        if Passkey.objects.filter(credential_id=made.credential_id).exists():
            raise errors.Taken("This passkey is known here already.")
        row = Passkey.objects.create(
            id=ids.new("pky", at),
            user_id=user_id,
            name=kept_name,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            transports=[word[:20] for word in words],
            is_synced=made.credential_backed_up,
            created_at=at,
        )
        person = User.objects.get(id=user_id)
        actor = Actor(Kind.PERSON, person.id, person.name, Door.WEB, "password")
        tell(EventKind.PASSKEY_ADDED, actor, at, row, {"synced": row.is_synced}, named=True)
        notice(EventKind.PASSKEY_ADDED, user_id, at)
    return row.id


def rename_passkey(*, actor: Actor, at: datetime, user_id: str, passkey_id: str, name: str) -> None:
    """Raises NotFound and Invalid."""
    with transaction.atomic():
        row = _find(user_id, passkey_id)
        row.name = values.title(name, longest=60)
        row.save(update_fields=["name"])
        tell(EventKind.PASSKEY_RENAMED, actor, at, row, named=True)


def remove_passkey(
    *, actor: Actor, at: datetime, user_id: str, passkey_id: str, session_id: str, password: str = ""
) -> None:
    """It signs nothing from now on. Raises NotFound, and Invalid and LockedOut (see `confirm`)."""
    confirm(at=at, user_id=user_id, session_id=session_id, password=password)
    with transaction.atomic():
        row = _find(user_id, passkey_id)
        end(row, at, "removed")
        tell(EventKind.PASSKEY_REMOVED, actor, at, row)
        notice(EventKind.PASSKEY_REMOVED, user_id, at)


def reset_passkeys(*, actor: Actor, at: datetime, workspace_id: str, user_id: str) -> None:
    """Removes all passkeys of a member who lost them. Raises NotFound, Conflict (one's own), AlreadyOver (none)."""
    with scope.acting(workspace_id):
        member = rows.membership(user_id)
        if member.user_id == actor.id:
            raise errors.Conflict("Remove your own passkeys one by one, on your account's page.")
        found = list(rows.passkeys_alive(user_id).select_for_update())
        if not found:
            raise errors.AlreadyOver("They have no passkey. Nothing was changed.")
        for row in found:
            end(row, at, "reset")
            tell(EventKind.PASSKEY_RESET, actor, at, row)
        notice(EventKind.PASSKEY_RESET, user_id, at)


def draw(*, at: datetime, user_id: str, about: Mapping[str, Any]) -> bytes:
    """A challenge that this person's passkey may sign once, within GOOD_FOR."""
    nonce = os.urandom(32)
    challenge = passkeys.challenge_for(user_id, about, nonce)
    PasskeyChallenge.objects.filter(user_id=user_id, created_at__lt=at - REMEMBERED).delete()
    PasskeyChallenge.objects.create(
        id=ids.new("pkc", at),
        user_id=user_id,
        challenge=challenge,
        nonce=nonce,
        about=dict(about),
        created_at=at,
        expires_at=at + GOOD_FOR,
    )
    return challenge


def take(*, at: datetime, user_id: str, answer: passkeys.Answer, about: Mapping[str, Any]) -> PasskeyChallenge:
    """Spends the challenge that was answered; of two at once, one is told that it was spent. Raises PasskeyRefused."""
    row = PasskeyChallenge.objects.filter(challenge=answer.challenge).first()
    if row is None:
        told = "This console did not ask for that signature, or so long ago that it forgot. Try again."
        raise errors.PasskeyRefused(told, code="passkey_unknown_challenge")
    if row.user_id != user_id:
        told = "That signature was asked of another person. Nothing was changed."
        raise errors.PasskeyRefused(told, code="passkey_of_another")
    if not PasskeyChallenge.objects.filter(id=row.id, used_at=None).update(used_at=at):
        told = "That signature was used already; each counts once. Nothing was changed; sign again."
        raise errors.PasskeyRefused(told, code="passkey_replayed")
    if row.expires_at <= at:
        told = "It took longer than two minutes, so the signature does not count any more. Sign again."
        raise errors.PasskeyRefused(told, code="passkey_expired")
    derived = passkeys.challenge_for(user_id, row.about, bytes(row.nonce))
    if row.about != dict(about) or derived != answer.challenge:
        raise errors.PasskeyRefused(_other(row.about, about), code="passkey_for_another")
    return row


def end(row: Passkey, at: datetime, because: str) -> None:
    row.ended_at, row.ended_because = at, because
    row.save(update_fields=["ended_at", "ended_because"])


def tell(
    kind: EventKind,
    actor: Actor,
    at: datetime,
    row: Passkey,
    data: Mapping[str, Any] | None = None,
    *,
    named: bool = False,
) -> None:
    """A fact in the log of each workspace of the person; with `named` the passkey's name beside it."""
    secrets = [personal("name", row.name, row.user_id)] if named else []
    for workspace_id in logs_of(row.user_id):
        with scope.acting(workspace_id):
            record(
                kind=kind,
                workspace_id=workspace_id,
                actor=actor,
                at=at,
                subject=("person", row.user_id),
                data={"passkey": row.id, **(data or {})},
                secrets=secrets,
            )


def _find(user_id: str, passkey_id: str) -> Passkey:
    row = rows.passkeys_alive(user_id).select_for_update().filter(id=passkey_id).first()
    if row is None:
        raise errors.NotFound("You have no such passkey. It may be removed already.")
    return row


def _other(signed: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """What was signed instead, in a sentence."""
    if signed.get("action") != wanted.get("action"):
        return "Your passkey signed something else than this action. Nothing was changed; sign again."
    if signed.get("verdict") != wanted.get("verdict"):
        return f"Your passkey signed to {signed.get('verdict')}, which is not what was sent. Nothing was changed."
    if signed.get("revision") != wanted.get("revision"):
        return (
            f"Your passkey signed revision {signed.get('revision')}, and this is revision {wanted.get('revision')}."
            " Nothing was changed; look at it and sign again."
        )
    return "Your passkey signed other arguments than these. Nothing was changed; look at them and sign again."
