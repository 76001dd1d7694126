"""What is odd about the characters of one argument, in words."""

from dataclasses import dataclass

from approvals.facts import Argument
from approvals.marks import Segment

LAYOUT = frozenset("\n\t")
ODDITIES_MAX = 6
ODD = {
    "hidden": "Invisible, or moves other characters",
    "confusable": "Can be taken for another letter or digit",
}
LONG = 400


@dataclass(frozen=True, slots=True)
class Shown:
    """One argument. `notes` explain each odd character once; `is_json` says that we laid its text out."""

    argument: Argument
    notes: tuple[str, ...]
    is_json: bool
    is_long: bool


def shown(argument: Argument) -> Shown:
    is_json = argument.kind in {"list", "object"}
    return Shown(argument, notes(argument, is_json=is_json), is_json=is_json, is_long=argument.length > LONG)


def notes(argument: Argument, *, is_json: bool) -> tuple[str, ...]:
    """What is odd about an argument, one sentence a kind. Line breaks and tabs of a text are no oddity."""
    ours = {"\n"} if is_json else LAYOUT
    parts = [*argument.name, *(part for part in argument.text if part.text not in ours)]
    found = {kind: dict.fromkeys(_named(part) for part in parts if part.kind == kind) for kind in ODD}
    return tuple(f"{told}: {_listed(list(found[kind]))}." for kind, told in ODD.items() if found[kind])


def _named(part: Segment) -> str:
    return f"{part.codepoint} {part.name}" if part.name else str(part.codepoint)


def _listed(names: list[str]) -> str:
    more = len(names) - ODDITIES_MAX
    return ", ".join(names[:ODDITIES_MAX]) + (f" and {more} more" if more > 0 else "")
