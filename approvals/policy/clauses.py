"""One clause of a rule: its guard rails, and which values it reads."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from approvals.policy import cel
from approvals.policy.paths import look_up
from approvals.policy.tokens import Token, tokens_of
from approvals.policy.values import shown

MAX_BYTES = 2048
_MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
_SIMPLE_STRING = re.compile(r"""(["'])([^\\"']*)\1""")
_END = Token("mark", "", -1, -1)


@dataclass(frozen=True, slots=True)
class Read:
    """A place that a clause reads; its writing ends at `end`. `root` is the top-level name."""

    text: str
    root: str
    steps: tuple[str | int, ...]
    end: int


@dataclass(frozen=True, slots=True)
class Clause:
    text: str
    program: cel.Program
    reads: tuple[Read, ...]


def compile_clause(text: str) -> Clause:
    """Raises ValueError with what to do: over 2 kB, comprehensions nested, regexes computed, or a CelFault."""
    if len(text.encode()) > MAX_BYTES:
        raise ValueError("a clause may be 2 kB; split it into several clauses")
    program = cel.compile(text)
    tokens = tokens_of(text)
    _guard_comprehensions(tokens)
    _guard_regexes(tokens)
    return Clause(text=text, program=program, reads=tuple(_reads(text, tokens)))


def shown_at(read: Read, data: Mapping[str, object], hidden: tuple[tuple[str, ...], ...]) -> str:
    """What stands at the place, ready to be shown; `hidden` are steps under args."""
    if hidden and read.root == "args" and _touches(read.steps, hidden):
        return "hidden"
    return shown(look_up(data[read.root], read.steps))


def _touches(steps: tuple[str | int, ...], hidden: tuple[tuple[str, ...], ...]) -> bool:
    return any(steps[: len(secret)] == secret or secret[: len(steps)] == steps for secret in hidden)


def with_values(clause: Clause, values: tuple[tuple[str, str], ...]) -> str:
    """The clause with each value in brackets behind its first mention: `args.amount_usd (800) > 500`."""
    parts: list[str] = []
    at = 0
    for read, (_, value) in zip(clause.reads, values, strict=True):
        parts += (clause.text[at : read.end], f" ({value})")
        at = read.end
    parts.append(clause.text[at:])
    return " ".join("".join(parts).split())


def _text(tokens: list[Token], index: int) -> str:
    return tokens[index].text if 0 <= index < len(tokens) else ""


def _guard_comprehensions(tokens: list[Token]) -> None:
    """A comprehension inside another one costs the square of what an agent sends."""
    opened: list[bool] = []
    for index, token in enumerate(tokens):
        if token.text in {"(", "[", "{"} and token.kind == "mark":
            macro = token.text == "(" and _text(tokens, index - 1) in _MACROS and _text(tokens, index - 2) == "."
            if macro and any(opened):
                raise ValueError("comprehensions may not nest; test the inner list in a clause of its own")
            if macro and _text(tokens, index + 1) in cel.NAMES:
                raise ValueError(f"{tokens[index + 1].text} names something already; call the item otherwise")
            opened.append(macro)
        elif token.text in {")", "]", "}"} and token.kind == "mark" and opened:
            opened.pop()


def _guard_regexes(tokens: list[Token]) -> None:
    """A pattern must be one literal, so that it is known and valid when the document is saved."""
    for index, token in enumerate(tokens):
        if token.text != "matches" or token.kind != "name" or _text(tokens, index + 1) != "(":
            continue
        call = _call(tokens, index + 1)
        method = _text(tokens, index - 1) == "."
        if len(call) != (1 if method else 2) or len(call[-1]) != 1 or call[-1][0].kind != "string":
            raise ValueError("write the regex as one literal, such as matches('^[0-9]+$')")
        if cel.evaluate(cel.compile(f"''.matches({call[-1][0].text})"), {}) is None:
            raise ValueError(f"{call[-1][0].text} is not a regex of RE2; mend it")


def _call(tokens: list[Token], opening: int) -> list[list[Token]]:
    """The arguments of the call whose bracket opens at `opening`."""
    arguments: list[list[Token]] = [[]]
    depth = 0
    for token in tokens[opening + 1 :]:
        mark = token.text if token.kind == "mark" else ""
        if mark in {")", "]", "}"} and depth == 0:
            break
        depth += (mark in {"(", "[", "{"}) - (mark in {")", "]", "}"})
        if mark == "," and depth == 0:
            arguments.append([])
        else:
            arguments[-1].append(token)
    return arguments


def _reads(text: str, tokens: list[Token]) -> Iterator[Read]:
    seen: set[str] = set()
    for index, token in enumerate(tokens):
        if token.kind != "name" or token.text not in cel.NAMES or _is_field(tokens, index):
            continue
        steps, last = _steps(tokens, index)
        written = text[token.start : tokens[last].end]
        if written not in seen:
            seen.add(written)
            yield Read(text=written, root=token.text, steps=steps, end=tokens[last].end)


def _is_field(tokens: list[Token], index: int) -> bool:
    """Whether a dot with something before it leads to the name; `.args` alone is still the top-level name."""
    if _text(tokens, index - 1) != "." or index < 2:
        return False
    before = tokens[index - 2]
    return before.kind != "mark" or before.text in {")", "]", "}"}


def _steps(tokens: list[Token], index: int) -> tuple[tuple[str | int, ...], int]:
    """The steps behind the top-level name at `index`, and where the last token of the path stands."""
    steps: list[str | int] = []
    while True:
        mark, step, behind = (tokens[at] if at < len(tokens) else _END for at in range(index + 1, index + 4))
        if mark.text == "." and step.kind == "name" and behind.text != "(":
            steps.append(step.text.strip("`"))
            index += 2
        elif mark.text == "[" and behind.text == "]" and step.kind == "number" and step.text.isdigit():
            steps.append(int(step.text))
            index += 3
        elif mark.text == "[" and behind.text == "]" and (simple := _SIMPLE_STRING.fullmatch(step.text)):
            steps.append(simple[2])
            index += 3
        else:
            return tuple(steps), index
