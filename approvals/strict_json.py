"""Strict JSON: one text, one meaning. A fast door proves a text clean; whatever it cannot prove goes to the exact door.

The fast door never decides that something is wrong, only that it is certainly right. The exact door accepts the rest of
what is right, and `json_fault` names the first fault of what is wrong. Callers hold the two size limits.
"""

import re
from json import JSONDecoder
from typing import Any, NoReturn

import orjson

from approvals.json_fault import MAX_DEPTH, MAX_INTEGER, MAX_ITEMS, Refused, exact_float, exact_integer, first_fault
from audit.canonical import canonical

__all__ = ["ARGUMENTS_MAX", "BODY_MAX", "MAX_DEPTH", "MAX_INTEGER", "MAX_ITEMS", "Refused", "canonical", "parse"]

BODY_MAX = 256 * 1024
ARGUMENTS_MAX = 64 * 1024

# orjson writes whole doubles from 2^53 on as sixteen digits and ".0", or with "e+". The literal comes first in the
# pattern because the engine then skips to it.
_LARGE = re.compile(rb"\.0(?<=[0-9]{16}\.0)")
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_BAD = re.compile("[\ud800-\udfff\0]")


def parse(raw: bytes) -> Any:
    """The value of a JSON text: dict, list, str, int, float, bool or None, with every name and number as it was sent.

    Refused: with code, RFC 6901 pointer and advice; see `json_fault.ADVICE` for the codes.
    """
    try:
        tree = orjson.loads(raw)
        # The same text again: no key was dropped and no number changed.
        same = orjson.dumps(tree, option=orjson.OPT_STRICT_INTEGER) == raw
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        same = False
    # Few brackets and commas bound depth and width without a look at the tree.
    small = raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH and raw.count(b",") < MAX_ITEMS
    if same and not _is_odd(raw) and (small or _fits(tree, 1)):
        return tree
    return _exact(raw, small=small)


def _is_odd(raw: bytes) -> bool:
    return b"\\u0000" in raw or b"e+" in raw or _LARGE.search(raw) is not None


def _exact(raw: bytes, *, small: bool) -> Any:
    try:
        tree = _decoder.decode(raw.decode())
        if small or _fits(tree, 1):
            # Only an escape can spell a lone surrogate or U+0000.
            if _ESCAPED.search(raw):
                _check_text(tree)
            return tree
    except (ValueError, RecursionError):
        pass
    raise first_fault(raw)


def _fits(value: Any, depth: int) -> bool:
    if type(value) is not dict and type(value) is not list:
        return True
    if depth > MAX_DEPTH or len(value) > MAX_ITEMS:
        return False
    for item in value.values() if type(value) is dict else value:
        if (type(item) is dict or type(item) is list) and not _fits(item, depth + 1):
            return False
    return True


def _check_text(value: Any) -> None:
    if type(value) is str:
        if _BAD.search(value):
            raise ValueError
    elif type(value) is dict:
        for name, item in value.items():
            _check_text(name)
            _check_text(item)
    elif type(value) is list:
        for item in value:
            _check_text(item)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _not_a_number(_: str) -> NoReturn:
    raise ValueError


_decoder = JSONDecoder(
    object_pairs_hook=_members, parse_int=exact_integer, parse_float=exact_float, parse_constant=_not_a_number
)
