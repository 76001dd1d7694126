"""What is sent: the envelope's fields, and JSON that means the same on both ends."""

import json
import math
from collections.abc import Mapping
from typing import Any, TypedDict

from countersign.errors import UnsafeArguments

INTEGER_MAX = 2**53 - 1
DEPTH_MAX = 64


class Envelope(TypedDict, total=False):
    """What an agent may say around the call; all of it is its claim. Meanings: the API reference, "The envelope"."""

    trace_id: str | None
    actor: str | None
    intent: str | None
    constraints: dict[str, Any] | None
    summary: str | None
    reasoning: str | None
    confidence: float | None
    uncertain: bool | None
    agent_version: dict[str, Any] | None
    trace: dict[str, Any] | None
    usage: dict[str, Any] | None
    tools_offered: list[dict[str, Any]] | None
    dry_run: dict[str, Any] | None
    on_behalf_of: str | None
    conversation: list[dict[str, Any]] | None
    evidence: list[dict[str, Any]] | None
    impact: dict[str, Any] | None
    args_schema: dict[str, Any] | None
    editable: list[str] | None
    expires_in: int | None
    execute_within: int | None
    route_hint: list[str] | None
    group_key: str | None
    supersedes: str | None
    metadata: dict[str, Any] | None


class Submission(Envelope):
    """One item of a batch: an envelope with its tool and arguments."""

    tool: str
    args: Mapping[str, Any]


def envelope(tool: str, args: Mapping[str, Any], fields: Envelope) -> dict[str, Any]:
    """The request body; fields that are None are left out."""
    said = {name: value for name, value in fields.items() if value is not None}
    return {"tool_call": {"name": tool, "args": dict(args)}, **said}


def dumps(body: Any) -> bytes:
    """Compact UTF-8 JSON, which the server parses on its fast path. Raises UnsafeArguments."""
    check(body)
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def check(value: Any, pointer: str = "", depth: int = 0) -> None:
    """Refuses what would change on the way: other types, NaN, integers beyond 2**53 - 1, lone surrogates, U+0000.

    Exact types only: a tuple, an enum or a Decimal would come back as something else than went in.
    """
    kind = type(value)
    if depth > DEPTH_MAX:
        raise UnsafeArguments(pointer, f"nested deeper than {DEPTH_MAX}, or a circle; flatten it")
    if kind is dict:
        for name, item in value.items():
            if type(name) is not str:
                raise UnsafeArguments(pointer, f"the key {name!r} is not a string")
            _check_text(name, pointer)
            check(item, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", depth + 1)
    elif kind is list:
        for index, item in enumerate(value):
            check(item, f"{pointer}/{index}", depth + 1)
    elif kind is str:
        _check_text(value, pointer)
    elif kind is int:
        if abs(value) > INTEGER_MAX:
            raise UnsafeArguments(pointer, "an integer beyond 2**53 - 1 loses digits in JSON; send it as a string")
    elif kind is float:
        if not math.isfinite(value):
            raise UnsafeArguments(pointer, f"{value!r} is not JSON")
    elif value is not None and kind is not bool:
        raise UnsafeArguments(pointer, f"{kind.__name__} is not JSON; convert it to str, int, float, list or dict")


def _check_text(text: str, pointer: str) -> None:
    if "\0" in text:
        raise UnsafeArguments(pointer, "U+0000 is refused; remove it")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UnsafeArguments(pointer, "a lone surrogate is not text; repair the string") from None


def same(left: Any, right: Any) -> bool:
    """Equal as JSON: 1 and 1.0 are one number, True and 1 are not one value."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)
