"""A passkey signs one thing that its person decides on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import passkeys
from accounts.errors import PasskeyRefused
from accounts.rows import passkeys_alive
from accounts.services.noticing import notice
from accounts.services.passkeys import draw, end, take, tell
from audit.actor import Actor, Door, Kind
from audit.kinds import EventKind

COPIED = (
    "This passkey's counter went back, as that of a copy does. It is switched off and signs nothing any more. Nothing"
    " was changed; tell security, and add another passkey."
)


@dataclass(frozen=True, slots=True)
class Proof:
    """A signature that was verified. `evidence` is what anybody needs to verify it again, as text: the challenge is
    SHA-256 over what `about` and `nonce` say, the signature is over authenticator data and client data.
    """

    passkey_id: str
    evidence: dict[str, Any]


def ask_passkey(*, at: datetime, user_id: str, about: Mapping[str, Any]) -> dict[str, Any]:
    """What the browser needs to have `about` signed, as JSON of WebAuthn's PublicKeyCredentialRequestOptions.

    `about` is JSON of our own making: texts and whole numbers. Raises PasskeyRefused for a person without a passkey.
    """
    known = [bytes(one) for one in passkeys_alive(user_id).values_list("credential_id", flat=True)]
    if not known:
        raise PasskeyRefused("You have no passkey. Add one under Settings, Passkeys.", code="passkey_missing")
    passkeys.present()
    return passkeys.assertion_options(draw(at=at, user_id=user_id, about=about), known)


def use_passkey(*, at: datetime, user_id: str, about: Mapping[str, Any], answer: str) -> Proof:
    """That one of this person's passkeys signed exactly `about`, just now and once.

    The challenge is spent whatever comes out. Raises PasskeyRefused: its code and sentence say what did not fit.
    """
    read = passkeys.read(answer)
    challenge = take(at=at, user_id=user_id, answer=read, about=about)
    passkeys.refuse_elsewhere(read)
    with transaction.atomic():
        row = passkeys_alive(user_id).select_for_update().filter(credential_id=read.credential_id).first()
        if row is None:
            told = "This passkey is not yours, or it was removed. Nothing was changed; use another."
            raise PasskeyRefused(told, code="passkey_unknown")
        found = passkeys.verify_assertion(read, bytes(row.public_key))
        is_copy = bool(found.new_sign_count or row.sign_count) and found.new_sign_count <= row.sign_count
        if is_copy:
            person = Actor(Kind.PERSON, user_id, row.user.name, Door.WEB, "passkey")
            end(row, at, "copied")
            counts = {"kept": row.sign_count, "given": found.new_sign_count}
            tell(EventKind.PASSKEY_BARRED, person, at, row, counts)
            notice(EventKind.PASSKEY_BARRED, user_id, at)
        else:
            row.sign_count, row.last_used_at, row.is_synced = found.new_sign_count, at, found.credential_backed_up
            row.save(update_fields=["sign_count", "last_used_at", "is_synced"])
    if is_copy:
        # Outside the transaction: that it is switched off has to stay.
        raise PasskeyRefused(COPIED, code="passkey_copied")
    said = read.tree["response"]
    evidence = {
        "about": challenge.about,
        "nonce": bytes(challenge.nonce).hex(),
        "party": passkeys.present().id,
        "public_key": bytes(row.public_key).hex(),
        "client_data": said["clientDataJSON"],
        "authenticator_data": said["authenticatorData"],
        "signature": said["signature"],
    }
    return Proof(row.id, evidence)
