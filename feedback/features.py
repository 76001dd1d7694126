"""What is counted of a call for drift: the shape of its arguments, how large its numbers are, where it came from. Pure.

| feature | values |
| --- | --- |
| all | "": every call |
| argument:PATH | text, true, false, null, list, object, or the range of a number |
| confidence | a tenth, or "not said" |
| minutes | how long people took, as a range of minutes |
| door | through which door it was decided |
| version, policy | ids of the agent version and of the policy version |
| model, prompt, tools, retrieval, memory, routing | what the agent said of its version |
| source:HOST | the version of what it read there, or "read" |

No text of an argument is a value, and a name that is no plain word (a map with keys of people, say) stands as `*`.
Ranges are fixed, three to each power of ten, so that days can be added up before anybody knows what to compare.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from math import floor, log10
from typing import Any
from urllib.parse import urlsplit

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,59}")
DEPTH_MAX = 6
# A call with more places than this is described by its first ones.
PLACES_MAX = 100
ALL = "all"
ARGUMENT, SOURCE = "argument:", "source:"
# What an agent version says it consists of, by the claim that says it.
PARTS = {"model": "model", "prompt": "prompt_sha256", "tools": "tools_sha256", "retrieval": "retrieval",
         "memory": "memory", "routing": "routing"}  # fmt: skip
STEPS = (1, 2, 5)
FEATURE_MAX, VALUE_MAX = 300, 200

Feature = tuple[str, str]


def of_call(args: Mapping[str, Any], claims: Mapping[str, Any]) -> set[Feature]:
    """Features of one call and of what the agent said beside it, each once."""
    found = {(ALL, ""), ("confidence", _confidence(claims.get("confidence")))}
    found |= {(f"{ARGUMENT}{path}"[:FEATURE_MAX], value) for path, value in _places(args)}
    version = claims.get("agent_version") or {}
    found |= {(part, str(version[claim])[:VALUE_MAX]) for part, claim in PARTS.items() if version.get(claim)}
    return found | set(_sources(claims))


def minutes(taken: timedelta) -> Feature:
    return "minutes", ranged(max(0.0, taken.total_seconds() / 60))


def ranged(number: float) -> str:
    """ "20 to 50" for 33, "-2 to -1" for -1.5, "0" for 0: bounds are 1, 2 and 5 times a power of ten."""
    if number == 0:
        return "0"
    power = floor(log10(abs(number)))
    bounds = [step * 10.0**exponent for exponent in (power - 1, power, power + 1) for step in STEPS]
    below = max(bound for bound in bounds if bound <= abs(number))
    above = min(bound for bound in bounds if bound > abs(number))
    return f"{below:g} to {above:g}" if number > 0 else f"-{above:g} to -{below:g}"


def is_shape(feature: str) -> bool:
    return feature.startswith(ARGUMENT)


def is_source(feature: str) -> bool:
    return feature in PARTS or feature.startswith(SOURCE)


def kind_of(value: str) -> str:
    """The kind of an argument without its range: two amounts are both numbers."""
    if value in {"text", "null", "list", "object"}:
        return value
    return "boolean" if value in {"true", "false"} else "number"


def _places(args: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    found = set()
    for place in _walk("", args, 0):
        found.add(place)
        if len(found) >= PLACES_MAX:
            break
    yield from found


def _walk(path: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if path:
        yield path, _kind(value)
    if depth < DEPTH_MAX and isinstance(value, Mapping):
        for name in sorted(value):
            plain = name if NAME.fullmatch(name) else "*"
            yield from _walk(f"{path}.{plain}" if path else plain, value[name], depth + 1)
    elif depth < DEPTH_MAX and isinstance(value, list):
        for one in value:
            yield from _walk(f"{path}[]", one, depth + 1)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return ranged(value)
    if value is None:
        return "null"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object"


def _confidence(said: Any) -> str:
    if not isinstance(said, int | float):
        return "not said"
    tenth = min(9, max(0, int(said * 10)))
    return f"{tenth / 10:g} to {(tenth + 1) / 10:g}"


def _sources(claims: Mapping[str, Any]) -> Iterator[Feature]:
    for source in (claims.get("trace") or {}).get("sources") or []:
        parts = urlsplit(str(source.get("uri", "")))
        host = parts.hostname or parts.scheme or "unnamed"
        yield f"{SOURCE}{host}"[:FEATURE_MAX], str(source.get("version") or "read")[:VALUE_MAX]
