"""Checks a parsed JSON tree against a declared shape, and says what is wrong as a fault with an RFC 6901 pointer."""

import re
from threading import Lock
from typing import Any, TypeVar

import msgspec

from approvals.errors import BadRequest, Fault

T = TypeVar("T")

_known: set[Any] = set()
_one_at_a_time = Lock()

_PLACE = re.compile(r" - at `(?:key in )?\$(?P<path>.*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_ADVICE = (
    (
        re.compile(r"contains unknown field `(.*)`"),
        "unknown_field",
        "There is no field {0!r} here; check its spelling.",
    ),
    (re.compile(r"missing required field `(.*)`"), "missing_field", "Add {0!r}; it is required."),
    (re.compile(r"matching regex|Invalid"), "bad_format", "{message}."),
    (re.compile(r"of length (<=|>=) (\d+)"), "bad_length", "Give a value of length {0} {1}."),
    (re.compile(r"Expected `\w+` (<=|>=|<|>) ([\d.]+)"), "out_of_range", "Give a number {0} {1}."),
    (re.compile(r"Expected `(.*)`, got `(.*)`"), "wrong_type", "Send {0} instead of {1}."),
)


def known(shape: Any) -> Any:
    """The shape, once msgspec knows all of it, which converting to it needs wherever there are threads.

    msgspec describes a Struct to itself at its first use, and a second thread that comes meanwhile reads a description
    that is not there yet: the whole process dies of it (0.22, seen in a worker's first moments).
    """
    if shape not in _known:
        with _one_at_a_time:
            msgspec.json.Decoder(shape)
            _known.add(shape)
    return shape


def check(tree: Any, shape: type[T]) -> T:
    """The tree as `shape` (a msgspec Struct). Raises BadRequest whose one fault points at the first thing wrong."""
    try:
        read: T = msgspec.convert(tree, known(shape))
    except msgspec.ValidationError as error:
        fault = _fault(str(error))
        raise BadRequest(f"{fault.pointer or '/'}: {fault.detail}", code=fault.code, faults=[fault]) from error
    return read


def _fault(message: str) -> Fault:
    place = _PLACE.search(message)
    text = message[: place.start()] if place else message
    pointer = "".join("/" + (name or number) for name, number in _STEP.findall(place["path"])) if place else ""
    for pattern, code, advice in _ADVICE:
        found = pattern.search(text)
        if found:
            if code in {"unknown_field", "missing_field"}:
                pointer += "/" + found[1].replace("~", "~0").replace("/", "~1")
            return Fault(pointer, code, advice.format(*found.groups(), message=text))
    return Fault(pointer, "invalid", f"{text}.")
