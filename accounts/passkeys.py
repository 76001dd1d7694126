"""WebAuthn (https://www.w3.org/TR/webauthn-3/) as this console uses it: the party, the challenge, the answer. Pure but
for the address of the console in the settings.

User verification is always required: a passkey that only proves that somebody touched it is refused.
"""

import hashlib
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from accounts.errors import PasskeyRefused
from audit.canonical import plain

NAME = "Countersign"
# How long a browser waits for its person, in milliseconds.
TIMEOUT = 120_000
ANSWER_MAX = 32 * 1024

UNREADABLE = "Your browser's answer cannot be read. Nothing was changed; try again."
# What these raise for bytes that somebody made up, beside the library's own.
_BROKEN = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError)


@dataclass(frozen=True, slots=True)
class Party:
    """The relying party: `id` is the domain that passkeys are bound to, `origin` the one address that may use them."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser sent back, read and not verified. `tree` is its JSON."""

    tree: dict[str, Any]
    credential_id: bytes
    challenge: bytes
    origin: str
    is_cross_origin: bool


def party() -> Party | None:
    """Of COUNTERSIGN_BASE_URL; None where that is an address in figures, to which no passkey can be bound.

    A console on this very machine (127.0.0.1) has the name localhost.
    """
    address = urlsplit(settings.BASE_URL)
    host = address.hostname or ""
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        return Party(host, f"{address.scheme}://{address.netloc}")
    port = f":{address.port}" if address.port else ""
    return Party("localhost", f"{address.scheme}://localhost{port}") if is_here else None


def present() -> Party:
    """The same. Raises PasskeyRefused where there is none."""
    found = party()
    if found is None:
        told = "Passkeys need a console with a name. The operator has to set COUNTERSIGN_BASE_URL to one."
        raise PasskeyRefused(told, code="passkey_no_name")
    return found


def challenge_for(user_id: str, about: Mapping[str, Any], nonce: bytes) -> bytes:
    """32 bytes: SHA-256 over a label and the canonical JSON of the person, what is signed, and the nonce in hex.

    Whoever keeps `about` and `nonce` can show later what a signature over this challenge was given for.
    """
    bound = plain({"about": dict(about), "nonce": nonce.hex(), "user": user_id})
    return hashlib.sha256(b"countersign passkey v1\n" + bound).digest()


def registration_options(
    *, user_id: str, email: str, name: str, challenge: bytes, known: list[bytes]
) -> dict[str, Any]:
    """PublicKeyCredentialCreationOptions as JSON. Devices that hold one of `known` say so instead of making another."""
    options = generate_registration_options(
        rp_id=present().id,
        rp_name=NAME,
        user_id=user_id.encode(),
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        timeout=TIMEOUT,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    tree: dict[str, Any] = json.loads(options_to_json(options))
    return tree


def assertion_options(challenge: bytes, known: list[bytes]) -> dict[str, Any]:
    """PublicKeyCredentialRequestOptions as JSON, for one of the passkeys `known`."""
    options = generate_authentication_options(
        rp_id=present().id,
        challenge=challenge,
        timeout=TIMEOUT,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    tree: dict[str, Any] = json.loads(options_to_json(options))
    return tree


def read(text: str) -> Answer:
    """Raises PasskeyRefused for what no browser sends."""
    if len(text) > ANSWER_MAX:
        raise PasskeyRefused(UNREADABLE, code="passkey_unreadable")
    try:
        tree = json.loads(text)
        said = parse_client_data_json(base64url_to_bytes(tree["response"]["clientDataJSON"]))
        credential_id = base64url_to_bytes(tree["rawId"])
    except (*_BROKEN, RecursionError) as error:
        raise PasskeyRefused(UNREADABLE, code="passkey_unreadable") from error
    return Answer(tree, credential_id, said.challenge, said.origin, bool(said.cross_origin))


def refuse_elsewhere(answer: Answer) -> None:
    """Raises PasskeyRefused unless the person saw this console's own address."""
    own = present()
    if answer.origin != own.origin or answer.is_cross_origin:
        told = f"The passkey was used on another site than {own.origin}, so it does not count. Nothing was changed."
        raise PasskeyRefused(told, code="passkey_wrong_origin")


def verify_registration(answer: Answer) -> VerifiedRegistration:
    """The new public key. Raises PasskeyRefused. The origin is checked before."""
    own = present()
    try:
        return verify_registration_response(
            credential=answer.tree,
            expected_challenge=answer.challenge,
            expected_rp_id=own.id,
            expected_origin=own.origin,
            require_user_verification=True,
        )
    except _BROKEN as error:
        told = "This passkey cannot be added: its answer does not prove that your device checked you. Try another."
        raise PasskeyRefused(told, code="passkey_unproven") from error


def verify_assertion(answer: Answer, public_key: bytes) -> VerifiedAuthentication:
    """That this key signed the challenge after checking its person. Raises PasskeyRefused.

    The counter is the caller's to compare, who has to do something about one that went back.
    """
    own = present()
    try:
        found = verify_authentication_response(
            credential=answer.tree,
            expected_challenge=answer.challenge,
            expected_rp_id=own.id,
            expected_origin=own.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
        )
    except _BROKEN as error:
        told = "The passkey's signature does not fit. Nothing was changed; try again."
        raise PasskeyRefused(told, code="passkey_bad_signature") from error
    if not found.user_verified:
        told = "Your device did not check that it is you (by PIN, finger or face). Nothing was changed."
        raise PasskeyRefused(told, code="passkey_unverified")
    return found
