"""What an approver has to open before they approve, where a rule names evidence.

A rule names `args.<name>` (one argument), `evidence` (each piece that the agent sent) or `dry_run` (its dry run). An
argument that was not sent leaves nothing to open; evidence or a dry run that was not sent cannot be opened, so whoever
should judge it can only reject.
"""

from collections.abc import Collection
from dataclasses import dataclass

import orjson

from approvals.answers import ActionView
from approvals.marks import Segment, segments

ITEM_MAX = 300


@dataclass(frozen=True, slots=True)
class Item:
    """`key` names it in the table of what was opened; `text` is all of it. `is_missing`: the agent did not send it."""

    key: str
    title: tuple[Segment, ...]
    text: tuple[Segment, ...] = ()
    is_json: bool = False
    is_missing: bool = False

    @property
    def name(self) -> str:
        return "".join(part.text for part in self.title)


def items(view: ActionView) -> tuple[Item, ...]:
    """In the order of the rule. Needs a view that was read with its envelope."""
    return tuple(item for name in view.terms.get("evidence", ()) for item in _items(view, name))


def unopened(view: ActionView, opened: Collection[str]) -> tuple[Item, ...]:
    """What is left to open; what is missing always is."""
    return tuple(item for item in items(view) if item.is_missing or item.key not in opened)


def _items(view: ActionView, name: str) -> tuple[Item, ...]:
    claims = view.envelope or {}
    if name == "dry_run":
        told = claims.get("dry_run")
        if not told:
            return (Item("dry_run", segments("Dry run"), is_missing=True),)
        return (Item("dry_run", segments("Dry run, as the agent tells it"), *_text(told)),)
    if name == "evidence":
        sent = claims.get("evidence") or []
        if not sent:
            return (Item("evidence", segments("Evidence from the agent"), is_missing=True),)
        return tuple(
            Item(f"evidence.{n}", segments(f"Evidence {n}: {one['title']}"), *_text(one))
            for n, one in enumerate(sent, 1)
        )
    return _argument(view, name.removeprefix("args."))


def _argument(view: ActionView, name: str) -> tuple[Item, ...]:
    args = orjson.loads(view.args)
    if name not in args:
        return ()
    return (Item(f"args.{name}"[:ITEM_MAX], segments(f"Argument {name}"), *_text(args[name])),)


def _text(value: object) -> tuple[tuple[Segment, ...], bool]:
    if isinstance(value, str):
        return segments(value), False
    return segments(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()), True
