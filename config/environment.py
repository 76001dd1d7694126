"""Reads the environment. Secrets come from `NAME`, from the file that `NAME_FILE` names, or from the data directory."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SIGNING_KEYS = ("COUNTERSIGN_GRANT_KEY", "COUNTERSIGN_LOG_KEY")
SECRETS = ("COUNTERSIGN_SECRET_KEY", "COUNTERSIGN_KEY_PEPPER", *SIGNING_KEYS, "COUNTERSIGN_DISCLOSURE_KEY")


class Misconfigured(RuntimeError):
    """A setting cannot be used. The message names it and says what to set."""


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in {"", "0", "false", "no", "off"}:
        return default if value == "" else False
    if value in {"1", "true", "yes", "on"}:
        return True
    raise Misconfigured(f"{name} is {value!r}; set it to 1 or 0.")


def number(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    try:
        return int(value) if value else default
    except ValueError as error:
        raise Misconfigured(f"{name} is {value!r}; set it to a whole number.") from error


def words(name: str, default: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def secret(name: str, data_dir: Path) -> str:
    """The secret, or "" where there is none; a file that was named but is missing is an error, not an empty secret."""
    if os.environ.get(name):
        return os.environ[name]
    named = os.environ.get(f"{name}_FILE")
    path = Path(named) if named else data_dir / "secrets" / name.lower()
    if named and not path.is_file():
        raise Misconfigured(f"{name}_FILE names {path}, which is not a file.")
    return path.read_text().strip() if path.is_file() else ""


def make_secrets(data_dir: Path) -> None:
    """Makes the secrets that an embedded instance needs, once, readable by the owner only."""
    folder = data_dir / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in SECRETS:
        path = folder / name.lower()
        if not (path.exists() or os.environ.get(name) or os.environ.get(f"{name}_FILE")):
            write_secret(path, signing_key() if name in SIGNING_KEYS else secrets.token_urlsafe(48))


def write_secret(path: Path, value: str) -> None:
    """A new file that its owner alone can read. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)


def signing_key() -> str:
    """A new Ed25519 private key in PEM."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def database(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's settings for a database URL: `postgresql://user:password@host:port/name?option=…` or `sqlite:///path`."""
    parts = urlsplit(url or "sqlite:///")
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]) or str(data_dir / "countersign.sqlite3"),
            # A test database in memory locks whole tables between connections, which no file does.
            "TEST": {"NAME": str(data_dir / "test.sqlite3")},
            "OPTIONS": {
                # IMMEDIATE: a transaction that will write takes its turn at once, so two never wait for each other.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
            },
        }
    if parts.scheme not in {"postgresql", "postgres"}:
        raise Misconfigured("DATABASE_URL must begin with postgresql:// or sqlite://.")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or options.pop("host", ""),
        "PORT": str(parts.port or ""),
        # psycopg prepares nothing by itself, as Django has it; tenancy.prepared does.
        "OPTIONS": {"options": "-c lock_timeout=5000", **options},
    }
