"""Misconfiguration is found before the first request. Each check has an id, and its hint says what to set."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning
from django.core.checks import register as register_check

from audit import guards


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


def check_log_key(**_: Any) -> list[CheckMessage]:
    """Only the pulse signs; where it has no key, events wait unsigned."""
    if settings.LOG_KEY:
        return []
    hint = "Set COUNTERSIGN_LOG_KEY or COUNTERSIGN_LOG_KEY_FILE for pulse; `manage.py up` makes one by itself."
    return [Warning("LOG_KEY is not set, so this process signs no checkpoint.", hint=hint, id="config.W004")]


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


def check_disclosures(**_: Any) -> list[CheckMessage]:
    if settings.DISCLOSURE_KEY or settings.DEBUG:
        return []
    return [
        Warning(
            "What the audit log discloses is not sealed, so an old backup gives away what was erased since.",
            hint="Set COUNTERSIGN_DISCLOSURE_KEY, or the same with _FILE; `manage.py up` makes one by itself.",
            id="config.W010",
        )
    ]


def check_disclosure_change(**_: Any) -> list[CheckMessage]:
    """The key before opens what it sealed, and so does whoever has an old copy of it."""
    if not settings.DISCLOSURE_KEY_PREVIOUS:
        return []
    if not settings.DISCLOSURE_KEY:
        hint = "Set COUNTERSIGN_DISCLOSURE_KEY, or unset COUNTERSIGN_DISCLOSURE_KEY_PREVIOUS."
        return [Error("There is a disclosure key before, and none now.", hint=hint, id="config.E006")]
    hint = "Run `manage.py audit rewrap-keys`, then `retire-disclosure-key`, or unset it where it is kept elsewhere."
    told = "COUNTERSIGN_DISCLOSURE_KEY_PREVIOUS is set, so the disclosure key is being changed."
    return [Warning(told, hint=hint, id="config.W011")]


def check_slack(**_: Any) -> list[CheckMessage]:
    """A half-configured app would fail at the first click, or at the first install."""
    found: list[CheckMessage] = []
    if not settings.SLACK_API_URL.endswith("/"):
        hint = "End it with a slash, as in https://slack.com/api/."
        found.append(Error("COUNTERSIGN_SLACK_API_URL is no base address.", hint=hint, id="config.E003"))
    if bool(settings.SLACK_CLIENT_ID) != bool(settings.SLACK_CLIENT_SECRET):
        hint = "Set COUNTERSIGN_SLACK_CLIENT_ID and COUNTERSIGN_SLACK_CLIENT_SECRET, or neither."
        found.append(Error("Slack's client id and client secret belong together.", hint=hint, id="config.E004"))
    if settings.SLACK_CLIENT_ID and not (settings.SLACK_SIGNING_SECRET or settings.SLACK_APP_TOKEN):
        hint = "Set COUNTERSIGN_SLACK_SIGNING_SECRET (HTTP) or COUNTERSIGN_SLACK_APP_TOKEN (Socket Mode)."
        found.append(Warning("Slack is half configured, so it is off.", hint=hint, id="config.W003"))
    return found


def check_guards(*, databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Asks the database, so it runs with `check --database default` and before each migration."""
    if not databases:
        return []
    hint = "Somebody took it away. Look who can, verify the log, and run the SQL of the audit app's migrations again."
    found: list[CheckMessage] = [Error(each, hint=hint, id="audit.E001") for each in guards.missing_triggers()]
    hint = "Run `manage.py audit roles` and let web and worker log in as the app role, pulse as the sequencer."
    return [*found, *(Warning(each, hint=hint, id="audit.W001") for each in guards.missing_roles())]


def check_heartbeat(**_: Any) -> list[CheckMessage]:
    if not settings.HEARTBEAT_URL or settings.HEARTBEAT_URL.startswith(("https://", "http://")):
        return []
    hint = "Give the whole address, as in https://watch.example.com/ping/1, or leave it out."
    return [Error("COUNTERSIGN_HEARTBEAT_URL is no web address.", hint=hint, id="config.E005")]


def register() -> None:
    register_check(check_heartbeat)
    register_check(check_secrets)
    register_check(check_log_key)
    register_check(check_shared_layer)
    register_check(check_slack)
    register_check(check_https, Tags.security, deploy=True)
    register_check(check_guards, Tags.database)
    register_check(check_disclosures, Tags.security, deploy=True)
    register_check(check_disclosure_change, Tags.security)
