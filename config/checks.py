"""Misconfiguration is found before the first request. Each check has an id, and its hint says what to set."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning
from django.core.checks import register as register_check


def check_secrets(**_: Any) -> list[CheckMessage]:
    missing = [name for name in ("KEY_PEPPER", "GRANT_KEY") if not getattr(settings, name)]
    return [
        Error(
            f"{name} is not set.",
            hint=f"Set COUNTERSIGN_{name} or COUNTERSIGN_{name}_FILE; `manage.py up` makes one by itself.",
            id=f"config.E00{number}",
        )
        for number, name in enumerate(missing, start=1)
    ]


def check_shared_layer(**_: Any) -> list[CheckMessage]:
    """Several processes need Redis between them; one embedded process does not."""
    if settings.REDIS_URL or settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return []
    return [
        Warning(
            "PostgreSQL without Redis: live pages of other processes fall back to polling.",
            hint="Set REDIS_URL.",
            id="config.W001",
        )
    ]


def check_https(**_: Any) -> list[CheckMessage]:
    if settings.HTTPS or settings.DEBUG:
        return []
    return [
        Warning(
            "The base URL is not https, so cookies travel unprotected.",
            hint="Put TLS in front and set COUNTERSIGN_BASE_URL=https://….",
            id="config.W002",
        )
    ]


def register() -> None:
    register_check(check_secrets)
    register_check(check_shared_layer)
    register_check(check_https, Tags.security, deploy=True)
