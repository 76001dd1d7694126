"""Dotted paths into what an agent sent: `args.customer.id`, `usage.cost`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

_PATH = re.compile(r"[a-z]+(?:\.[A-Za-z_][A-Za-z0-9_-]*)+", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?", re.ASCII)


class Absent:
    """Nothing stands at the path."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class Path:
    """`root` is the top-level name, `steps` the keys under it."""

    root: str
    steps: tuple[str, ...]

    @property
    def text(self) -> str:
        return ".".join((self.root, *self.steps))

    @property
    def pointer(self) -> str:
        """RFC 6901 pointer under the root."""
        return "".join(f"/{escaped(step)}" for step in self.steps)


def escaped(step: str | int) -> str:
    """One reference token of RFC 6901."""
    return str(step).replace("~", "~0").replace("/", "~1")


def parse_path(text: str, roots: tuple[str, ...]) -> Path:
    """Raises ValueError unless the text is a dotted path under one of the roots."""
    root, *steps = text.split(".")
    if _PATH.fullmatch(text) is None or root not in roots:
        raise ValueError(f"write a dotted path such as {roots[0]}.amount")
    return Path(root=root, steps=tuple(steps))


def look_up(value: object, steps: tuple[str | int, ...]) -> object:
    """What stands at the steps, or ABSENT."""
    for step in steps:
        if isinstance(value, list) and isinstance(step, int):
            value = value[step] if 0 <= step < len(value) else ABSENT
        else:
            value = value.get(step, ABSENT) if isinstance(value, Mapping) else ABSENT
    return value


def number_at(value: object) -> Decimal | None:
    """A JSON number or decimal string as an exact decimal; None for anything that is no finite number.

    A float counts as its shortest decimal writing, so that 0.1 is one tenth.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value) is None:
        return None
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None
