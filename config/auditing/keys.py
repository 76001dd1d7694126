"""Verbs about the key that signs: a new one beside the old one, and the old one's end."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from config import environment
from config.auditing.verb import Tell, Verb

KEY, PREVIOUS = "countersign_log_key", "countersign_log_key_previous"


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


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "secrets"


VERBS = (
    Verb("rotate-key", "makes a new signing key; the one before goes on signing beside it", _nothing, _rotate),
    Verb("retire-key", "deletes the signing key before", _nothing, _retire),
)
