"""Test actions with a known answer: how an ordinary call is turned into one, and what is said of it afterwards. Pure.

Each begins with a call that people approved. Some get one thing wrong with them; the reviewer's task is to see it.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from approvals.marks import segments
from approvals.policy.model import ToolSpec

# Letters of the Cyrillic alphabet that look like Latin ones.
TWINS = str.maketrans(dict(zip("aceopxyis", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0455", strict=True)))
ZERO_WIDTH = "\u200b"
SAID = ("intent", "summary", "reasoning", "confidence", "evidence", "impact", "conversation")
ORDINARY = (8, 9, 11, 12)


class Kind(StrEnum):
    """What is wrong with it. The words stand in audit events and are never renamed."""

    GOOD = "good"
    AMOUNT = "amount_too_high"
    COUNTERPART = "wrong_counterpart"
    SUMMARY = "contradicting_summary"
    HIDDEN = "hidden_character"


@dataclass(frozen=True, slots=True)
class Exercise:
    """`pointer` (RFC 6901) is the argument that is wrong; "" where none is."""

    kind: Kind
    args: dict[str, Any]
    claims: dict[str, Any]
    pointer: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a reviewer is told once it is decided. `right` is None for whoever did not vote on it."""

    answer: str
    right: bool | None
    heading: str
    look_for: str


Tell = Callable[[Mapping[str, Any]], str | None]


def made(
    kind: Kind,
    args: Mapping[str, Any],
    claims: Mapping[str, Any],
    *,
    spec: ToolSpec,
    tell: Tell,
    chance: random.Random,
) -> Exercise | None:
    """An exercise of this kind from a call that was approved; None where the call does not lend itself to it.

    `tell` gives the workspace's own sentence on what arguments do.
    """
    said = {name: claims[name] for name in SAID if name in claims}
    if any(part.kind != "plain" for part in segments(str(args))):
        return None
    amount = _amount(spec, args)
    args, said = _ordinary(args, said, amount, chance)
    make = {
        Kind.GOOD: _good,
        Kind.AMOUNT: _amount_too_high,
        Kind.COUNTERPART: _wrong_counterpart,
        Kind.SUMMARY: _contradicting,
        Kind.HIDDEN: _hidden,
    }[kind]
    return make(args, said, spec, tell)


def caught(seeded: Mapping[str, Any], verdict: str, changes: list[dict[str, Any]]) -> bool:
    """Whether a vote was the right answer. A wrong argument may also be mended instead of rejected."""
    if seeded["kind"] == Kind.GOOD:
        return verdict == "approve"
    mended = any(change["path"] == seeded["pointer"] for change in changes) if seeded["pointer"] else False
    return verdict == "reject" or mended


def lesson(seeded: Mapping[str, Any], right: bool | None) -> Lesson:
    kind = Kind(seeded["kind"])
    answer = "approve" if kind is Kind.GOOD else "reject"
    heading = "The right answer was to " + answer + "."
    if right is not None:
        wrong = "You stopped one that was fine." if kind is Kind.GOOD else "This one got past you."
        heading = "You were right." if right else wrong
    return Lesson(answer, right, heading, LOOK_FOR[kind])


LOOK_FOR = {
    Kind.GOOD: "Nothing was wrong with it: it is like calls that were approved before.",
    Kind.AMOUNT: "The amount was ten times what the agent's words and earlier calls say. Hold the figure in the"
    " arguments against both.",
    Kind.COUNTERPART: "A letter in the name or number of the other side came from another alphabet, so it meant"
    " somebody else. Such a letter carries its code point on the page.",
    Kind.SUMMARY: "The agent's summary said something else than the arguments. Only the arguments run.",
    Kind.HIDDEN: "A value held a character that cannot be seen. It carries its code point on the page.",
}


def _good(args: dict[str, Any], said: dict[str, Any], spec: ToolSpec, tell: Tell) -> Exercise:
    return Exercise(Kind.GOOD, args, said, "")


def _amount_too_high(args: dict[str, Any], said: dict[str, Any], spec: ToolSpec, tell: Tell) -> Exercise | None:
    amount, before = _amount(spec, args), tell(args)
    if amount is None or before is None:
        return None
    return Exercise(
        Kind.AMOUNT, _with_amount(args, spec, amount * 10), {**said, "summary": before}, _pointer(_name(spec))
    )


def _wrong_counterpart(args: dict[str, Any], said: dict[str, Any], spec: ToolSpec, tell: Tell) -> Exercise | None:
    name = spec.counterpart.steps[0] if spec.counterpart and len(spec.counterpart.steps) == 1 else ""
    value = args.get(name)
    if not isinstance(value, str):
        return None
    place = next((n for n, letter in enumerate(value) if letter.translate(TWINS) != letter), None)
    if place is None:
        return None
    twin = value[:place] + value[place].translate(TWINS) + value[place + 1 :]
    return Exercise(Kind.COUNTERPART, {**args, name: twin}, said, _pointer(name))


def _contradicting(args: dict[str, Any], said: dict[str, Any], spec: ToolSpec, tell: Tell) -> Exercise | None:
    amount = _amount(spec, args)
    other = tell(_with_amount(args, spec, amount / 4)) if amount is not None else None
    if other is None or other == tell(args):
        return None
    return Exercise(Kind.SUMMARY, args, {**said, "summary": other}, "")


def _hidden(args: dict[str, Any], said: dict[str, Any], spec: ToolSpec, tell: Tell) -> Exercise | None:
    name = next((name for name, value in args.items() if isinstance(value, str) and len(value) > 3), None)
    if name is None:
        return None
    half = len(args[name]) // 2
    return Exercise(
        Kind.HIDDEN, {**args, name: args[name][:half] + ZERO_WIDTH + args[name][half:]}, said, _pointer(name)
    )


def _ordinary(
    args: Mapping[str, Any], said: dict[str, Any], amount: Decimal | None, chance: random.Random
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A call like the one that was approved, its first number a little changed, and the words changed with it."""
    if amount is None:
        return dict(args), said
    name = next(name for name, value in args.items() if _number(value) == amount)
    near = amount * chance.choice(ORDINARY) / 10
    value = _like(args[name], near)
    return {**args, name: value}, _replaced(said, str(args[name]), str(value))


def _amount(spec: ToolSpec, args: Mapping[str, Any]) -> Decimal | None:
    """What stands at the tool's declared amount, as far as it is one number at the top."""
    name = _name(spec)
    return _number(args.get(name)) if name else None


def _name(spec: ToolSpec) -> str:
    return spec.amount.path.steps[0] if spec.amount and len(spec.amount.path.steps) == 1 else ""


def _number(value: Any) -> Decimal | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return Decimal(repr(value)) if usable else None


def _with_amount(args: Mapping[str, Any], spec: ToolSpec, amount: Decimal) -> dict[str, Any]:
    name = _name(spec)
    return {**args, name: _like(args[name], amount)}


def _like(before: Any, amount: Decimal) -> Any:
    """A number written as the one before: whole, or with at most two places."""
    return max(1, int(amount)) if isinstance(before, int) else round(float(amount), 2)


def _replaced(tree: Any, before: str, after: str) -> Any:
    if isinstance(tree, str):
        return tree.replace(before, after)
    if isinstance(tree, dict):
        return {name: _replaced(value, before, after) for name, value in tree.items()}
    return [_replaced(value, before, after) for value in tree] if isinstance(tree, list) else tree


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")
