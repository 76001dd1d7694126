"""YAML text to plain values that know their lines. YAML 1.2 core words only: `no` is a word and `12:30` a string."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from approvals.policy.errors import PolicyError, Problem
from approvals.policy.paths import escaped

MAX_BYTES = 256 * 1024
MAX_DEPTH = 40
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?", re.ASCII)
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_BIGGEST = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Source:
    """`lines` and `texts` hold, by pointer, the line of each value and the exact characters of each scalar."""

    value: object
    lines: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def load(text: str) -> Source:
    """Raises PolicyError for bad YAML, over 256 KiB, duplicate keys, anchors, aliases, tags, and depth over 40."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise _refusal("", "bad_yaml", "the text holds a lone surrogate; save it as UTF-8", None) from error
    if size > MAX_BYTES:
        raise _refusal("", "too_large", "a policy may be 256 KiB; split it or drop what is not used", None)
    try:
        events = list(_calm(yaml.parse(text, Loader=yaml.CSafeLoader)))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _refusal("", "bad_yaml", str(error.problem or error.context or "this is not YAML"), line) from error
    except yaml.YAMLError as error:
        raise _refusal("", "bad_yaml", " ".join(str(error).split()), None) from error
    if not events:
        raise _refusal("", "empty", "the document is empty; begin with `name: …`", 1)
    builder = _Builder(iter(events))
    return Source(builder.node(""), builder.lines, builder.texts)


def _line(event: Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark else None


def _refusal(pointer: str, code: str, detail: str, line: int | None) -> PolicyError:
    return PolicyError((Problem(pointer, code, detail, line),))


def _calm(events: Iterator[Event]) -> Iterator[NodeEvent | SequenceEndEvent | MappingEndEvent]:
    """The events of one document; refuses before anything is built."""
    depth = documents = 0
    for event in events:
        line = _line(event)
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _refusal("", "many_documents", "keep one document in the text; remove the second `---`", line)
        elif isinstance(event, AliasEvent):
            raise _refusal("", "alias", "aliases are not allowed; write the value out", line)
        elif isinstance(event, NodeEvent):
            if event.anchor is not None:
                raise _refusal("", "anchor", "anchors are not allowed; write the value out where it is used", line)
            if isinstance(event, MappingStartEvent | SequenceStartEvent | ScalarEvent) and event.tag is not None:
                raise _refusal("", "tag", f"the tag {event.tag} is not allowed; remove it", line)
            depth += not isinstance(event, ScalarEvent)
            if depth > MAX_DEPTH:
                raise _refusal("", "too_deep", f"values nest over {MAX_DEPTH} deep; flatten them", line)
            yield event
        elif isinstance(event, SequenceEndEvent | MappingEndEvent):
            depth -= 1
            yield event


class _Builder:
    def __init__(self, events: Iterator[NodeEvent | SequenceEndEvent | MappingEndEvent]) -> None:
        self._events = events
        self.lines: dict[str, int] = {}
        self.texts: dict[str, str] = {}

    def node(self, pointer: str) -> object:
        return self._value(next(self._events), pointer)

    def _value(self, event: Event, pointer: str) -> object:
        self.lines[pointer] = _line(event) or 1
        if isinstance(event, MappingStartEvent):
            return self._mapping(pointer)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(pointer)
        if not isinstance(event, ScalarEvent):
            raise _refusal(pointer, "bad_yaml", "a value is missing here", _line(event))
        self.texts[pointer] = event.value
        return self._scalar(event, pointer) if event.implicit[0] else event.value

    def _mapping(self, pointer: str) -> dict[str, object]:
        found: dict[str, object] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            line = _line(event)
            if not isinstance(event, ScalarEvent):
                raise _refusal(pointer, "bad_key", "a key must be a word; write `key: value`", line)
            under = f"{pointer}/{escaped(event.value)}"
            if event.value in found:
                raise _refusal(under, "duplicate_key", f"the key {event.value} stands twice; keep one", line)
            found[event.value] = self._value(next(self._events), under)
        return found

    def _sequence(self, pointer: str) -> list[object]:
        found: list[object] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            found.append(self._value(event, f"{pointer}/{len(found)}"))
        return found

    def _scalar(self, event: ScalarEvent, pointer: str) -> object:
        text = event.value
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            if len(text) > 17 or abs(int(text)) > _BIGGEST:
                raise _refusal(pointer, "number_too_big", "quote numbers beyond 2^53-1", _line(event))
            return int(text)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if number in (float("inf"), float("-inf")):
                raise _refusal(pointer, "number_too_big", "this number is too big", _line(event))
            return number
        return text
