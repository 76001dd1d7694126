"""A call as it comes over the wire, and the shape of an answer."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.slack_server.world import Json

# In a form these are texts that hold JSON.
TREES = ("blocks", "attachments", "metadata", "view", "user_auth_blocks")


class Refused(Exception):
    """`{"ok": false, "error": …}`, as Slack says it: with HTTP 200."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more

    @property
    def body(self) -> Json:
        return {"ok": False, "error": self.error, **self.more}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method. `args` holds texts as they came and trees already read."""

    method: str
    token: str
    args: Json
    headers: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    client: tuple[str, str] = field(default=("", ""))

    def text(self, name: str, default: str = "") -> str:
        value = self.args.get(name)
        return default if value is None else str(value)

    def needed(self, name: str, error: str = "invalid_arguments") -> str:
        value = self.text(name)
        if not value:
            message = f"[ERROR] missing required field: {name}"
            raise Refused(error, **({"response_metadata": {"messages": [message]}} if error[-1] == "s" else {}))
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.args.get(name)
        return default if value is None else str(value).lower() in {"1", "true"}

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.args.get(name) or default)
        except ValueError:
            raise Refused("invalid_arguments") from None


def read(method: str, headers: Mapping[str, str], query: str, body: bytes) -> Call:
    """Raises Refused where the body cannot be read as what its content type says."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    warnings: tuple[str, ...] = ()
    if kind.strip() == "application/json":
        args = _json(body)
        warnings = () if "charset" in parameters else ("missing_charset",)
        field_token = ""
    elif kind.strip() in {"", "application/x-www-form-urlencoded"}:
        args = _form(query) | _form(body.decode("utf-8"))
        field_token = str(args.pop("token", ""))
    else:
        raise Refused("invalid_form_data")
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    token = credentials.strip() if scheme.lower() == "bearer" else field_token
    return Call(method, token, args, headers, warnings, _client(scheme, credentials, args))


def _json(body: bytes) -> Json:
    try:
        tree = json.loads(body or b"{}")
    except ValueError:
        raise Refused("invalid_json") from None
    if not isinstance(tree, dict):
        raise Refused("json_not_object")
    return {name: _tree(name, value) if isinstance(value, str) else value for name, value in tree.items()}


def _form(text: str) -> Json:
    return {name: _tree(name, value) for name, value in parse_qsl(text, keep_blank_values=True)}


def _tree(name: str, value: str) -> Any:
    if name not in TREES:
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refused("invalid_blocks_format" if name == "blocks" else "invalid_arguments") from None


def _client(scheme: str, credentials: str, args: Json) -> tuple[str, str]:
    """Client id and secret, from HTTP Basic or from the form."""
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return name, secret
    return str(args.get("client_id", "")), str(args.get("client_secret", ""))
