"""Verbs about the keys of the log, the one that signs and the one that seals: a new one beside the old one, and the old
one's end.
"""

import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from audit import rewrapping, services
from audit.actor import OPERATOR
from config import environment
from config.auditing.verb import Tell, Verb

KEY, PREVIOUS = "countersign_log_key", "countersign_log_key_previous"
SEAL, SEAL_PREVIOUS = "countersign_disclosure_key", "countersign_disclosure_key_previous"


def _nothing(parser: ArgumentParser) -> None:
    return None


def _rotate(said: dict[str, Any], tell: Tell) -> None:
    folder = _folder()
    if (folder / PREVIOUS).exists():
        raise CommandError("The key before still signs. End it first: manage.py audit retire-key.")
    if not (folder / KEY).exists():
        raise CommandError(f"{folder / KEY} is not there; change the key where you keep it, as the guide tells.")
    (folder / KEY).rename(folder / PREVIOUS)
    environment.write_secret(folder / KEY, environment.signing_key())
    tell("A new key is made. Restart pulse: both keys sign from then on, and every log announces the new one.")


def _retire(said: dict[str, Any], tell: Tell) -> None:
    try:
        (_folder() / PREVIOUS).unlink()
    except FileNotFoundError:
        raise CommandError("There is no key before; nothing was changed.") from None
    tell("The key before is deleted. Restart pulse: every log then tells that it ended.")


def _rotate_seal(said: dict[str, Any], tell: Tell) -> None:
    folder = _folder()
    if (folder / SEAL_PREVIOUS).exists():
        raise CommandError("The key before is still accepted. End it first: manage.py audit retire-disclosure-key.")
    if not (folder / SEAL).exists():
        raise CommandError(f"{folder / SEAL} is not there; change the key where you keep it, as the guide tells.")
    (folder / SEAL).rename(folder / SEAL_PREVIOUS)
    environment.write_secret(folder / SEAL, secrets.token_urlsafe(48))
    tell("A new key is made. Restart every process, then run `manage.py audit rewrap-keys`.")


def _rewrap(said: dict[str, Any], tell: Tell) -> None:
    try:
        found = services.rewrap_keys(actor=OPERATOR, at=timezone.now(), batch=said["batch"])
    except rewrapping.NoKeyBefore as error:
        raise CommandError(str(error)) from error
    tell(f"{found.done} keys wrapped anew, {found.already} were so already.")
    if found.lost:
        raise CommandError(f"{found.lost} keys open with neither key; what they sealed cannot be read.")


def _rewrap_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--batch", type=int, default=rewrapping.BATCH, help="how many keys are committed at a time")


def _retire_seal(said: dict[str, Any], tell: Tell) -> None:
    path = _folder() / SEAL_PREVIOUS
    if not path.exists():
        raise CommandError("There is no key before; nothing was changed.")
    if left := rewrapping.unfinished():
        raise CommandError(f"{left} keys are not wrapped under the new key: run `manage.py audit rewrap-keys` first.")
    path.unlink()
    tell("The key before is deleted. Restart every process when it suits you.")


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "secrets"


VERBS = (
    Verb("rotate-key", "makes a new signing key; the one before goes on signing beside it", _nothing, _rotate),
    Verb("retire-key", "deletes the signing key before", _nothing, _retire),
    Verb("rotate-disclosure-key", "makes a new disclosure key beside the one before", _nothing, _rotate_seal),
    Verb("rewrap-keys", "wraps every subject's key under the new disclosure key", _rewrap_arguments, _rewrap),
    Verb("retire-disclosure-key", "deletes the disclosure key before", _nothing, _retire_seal),
)
