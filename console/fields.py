"""The edit form: one field for each argument, drawn from the tool's JSON Schema, and read back without guessing.

What a plain input cannot hold exactly (lists, objects, mixed types, text with invisible characters) is edited as JSON,
where invisible characters stand as escapes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson

from approvals import strict_json
from approvals.marks import Segment, escape_json, segments

Kind = Literal["text", "lines", "integer", "number", "choice", "json"]
BOOLEANS = (True, False)
LONG = 80


@dataclass(frozen=True, slots=True)
class Field:
    """`key` is the input's name: a place in the form, for an argument's own name may hold anything.

    `text` is what the input shows; "" stands for an argument that is not there, unless `present`. `options` pairs the
    JSON of each choice with what the list shows.
    """

    key: str
    name: str
    kind: Kind
    text: str
    present: bool
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    error: str = ""

    @property
    def is_wide(self) -> bool:
        return self.kind in {"lines", "json"}

    @property
    def rows(self) -> int:
        """How many lines the input shows at first."""
        return min(12, max(2, self.text.count("\n") + 1, len(self.text) // 60))

    @property
    def odd(self) -> tuple[Segment, ...]:
        """The text with its disguised characters marked; empty where nothing is to be marked."""
        parts = segments(self.text)
        return parts if any(part.kind != "plain" and part.text not in "\n\t" for part in parts) else ()

    @property
    def label(self) -> tuple[Segment, ...]:
        return segments(self.name)


class BadField(ValueError):
    """What stands in a field is no value of its kind. The message says what would be."""


def drawn(args: Mapping[str, Any], schema: Mapping[str, Any] | None) -> list[Field]:
    """The fields of these arguments: the schema's properties in its order, then arguments that it does not know."""
    known: Mapping[str, Any] = (schema or {}).get("properties", {})
    required = set((schema or {}).get("required", ()))
    names = [*known, *(name for name in args if name not in known)]
    return [
        _field(f"field-{n}", name, args, known.get(name, {}), required=name in required) for n, name in enumerate(names)
    ]


def _field(key: str, name: str, args: Mapping[str, Any], schema: Any, *, required: bool) -> Field:
    schema = schema if isinstance(schema, dict) else {}
    present = name in args
    value = args.get(name)
    kind, options = _kind(schema, value, present=present)
    text = _input(kind, value) if present else ""
    return Field(key, name, kind, text, present, required, options, _hint(schema))


def _kind(schema: Mapping[str, Any], value: Any, *, present: bool) -> tuple[Kind, tuple[tuple[str, str], ...]]:
    allowed = schema.get("enum") or (list(BOOLEANS) if schema.get("type") == "boolean" else None)
    if allowed is None and not schema.get("type") and isinstance(value, bool):
        allowed = list(BOOLEANS)
    if isinstance(allowed, list) and (not present or _among(value, allowed)):
        return "choice", tuple(_option(option) for option in allowed)
    declared = schema.get("type") or _type_of(value)
    if declared == "integer" and (not present or _type_of(value) == "integer"):
        return "integer", ()
    if declared == "number" and (not present or _type_of(value) in {"integer", "number"}):
        return "number", ()
    if declared == "string" and (not present or isinstance(value, str)):
        return _kind_of_text(value if present else ""), ()
    return "json", ()


def _option(value: Any) -> tuple[str, str]:
    text = escape_json(_json(value))
    return text, {"true": "yes", "false": "no"}.get(text, text[1:-1] if isinstance(value, str) else text)


def _kind_of_text(value: str) -> Kind:
    if any(part.kind == "hidden" and part.text not in "\n\t" for part in segments(value)):
        return "json"
    return "lines" if len(value) > LONG or "\n" in value or "\t" in value else "text"


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _among(value: Any, allowed: list[Any]) -> bool:
    """Whether the value is one of these; 1 is not True."""
    return any(type(value) is type(option) and value == option for option in allowed)


def _input(kind: Kind, value: Any) -> str:
    if kind in {"text", "lines"}:
        return str(value)
    if kind == "json" and isinstance(value, dict | list):
        return pretty(value)
    return escape_json(_json(value))


def _hint(schema: Mapping[str, Any]) -> str:
    bounds = [f"{word} {schema[name]}" for name, word in _BOUNDS.items() if isinstance(schema.get(name), int | float)]
    return ", ".join(bounds).capitalize()


def read(fields: list[Field], sent: Mapping[str, str]) -> tuple[dict[str, Any], list[Field]]:
    """The arguments that the form now says, and its fields with what was typed and what is wrong with it."""
    args: dict[str, Any] = {}
    answered = []
    for field in fields:
        # Browsers send every line break of a text as CR LF.
        typed = sent.get(field.key, "").replace("\r\n", "\n")
        error = ""
        try:
            if typed or (field.present and field.kind in {"text", "lines"}):
                args[field.name] = _value(field, typed)
            elif field.required:
                error = "Needed here. Fill it in."
        except BadField as bad:
            error = str(bad)
        answered.append(replace(field, text=typed, error=error))
    return args, answered


def _value(field: Field, typed: str) -> Any:
    if field.kind in {"text", "lines"}:
        return typed
    try:
        value = strict_json.parse(typed.strip().encode())
    except strict_json.Refused as refused:
        raise BadField(_ADVICE.get(field.kind, f"This is not JSON that we take: {refused.detail}")) from refused
    if field.kind == "integer" and not (isinstance(value, int) and not isinstance(value, bool)):
        raise BadField(_ADVICE["integer"])
    if field.kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise BadField(_ADVICE["number"])
    if field.kind == "choice" and typed not in dict(field.options):
        raise BadField("Choose one of the list.")
    return value


_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}
_ADVICE = {"integer": "Write a whole number, such as 42.", "number": "Write a number with a point, such as 42.5."}


def pretty(value: Any) -> str:
    """Indented JSON with each invisible character as its escape."""
    return escape_json(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _json(value: Any) -> str:
    return strict_json.canonical(value).decode()
