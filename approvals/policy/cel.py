"""The engine of clauses behind three verbs: compile, evaluate, describe. Nothing else knows which engine it is."""

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Final, NewType

from cel_expr_python import cel  # type: ignore[import-untyped]  # it ships stubs without py.typed

Program = NewType("Program", object)

_MAP = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
# What a clause may read, and its declared type. All else is refused when the document is saved.
NAMES: Final = {
    "tool": cel.Type.STRING,
    "args": _MAP,
    "actor": cel.Type.STRING,
    "agent": _MAP,
    "intent": cel.Type.STRING,
    "confidence": cel.Type.DOUBLE,
    "uncertain": cel.Type.BOOL,
    "constraints": _MAP,
    "impact": _MAP,
    "evidence": cel.Type.List(cel.Type.DYN),
    "usage": _MAP,
    "trace_id": cel.Type.STRING,
    "on_behalf_of": cel.Type.STRING,
    "now": cel.Type.TIMESTAMP,
    "history": _MAP,
    "tier": cel.Type.STRING,
}
_ENV = cel.NewEnv(variables=NAMES)
_ENGINE = f"cel-expr-python {version('cel-expr-python')}"
_FAULT = re.compile(r"ERROR: <input>:\d+:(\d+): ([^\n]*)")


class CelFault(ValueError):
    """The text is no clause. The message says why and, where known, at which column."""


def compile(clauses: str | Sequence[str]) -> Program:
    """One clause, or several of which each compiles alone, to be answered as one list (three times as fast).

    Raises CelFault for a syntax error, an unknown name, types that never fit and an answer that is no boolean.
    """
    # A clause may end in a comment, so each is closed on a line of its own.
    text = clauses if isinstance(clauses, str) else "[" + ",".join(f"({clause}\n)" for clause in clauses) + "]"
    wanted = cel.Type.BOOL if isinstance(clauses, str) else cel.Type.List(cel.Type.BOOL)
    try:
        expression = _ENV.compile(text)
    except (RuntimeError, ValueError, TypeError) as error:
        raise CelFault(_said(str(error))) from error
    if expression.return_type() != wanted:
        raise CelFault(f"it answers {expression.return_type()}, not BOOL; compare it with something, such as == true")
    return Program(expression)


def evaluate(program: Program, data: Mapping[str, object]) -> object:
    """True, False or (for a list of clauses) a list of these; None for any error. Never raises."""
    try:
        value = program.eval(_ENV.Activation(data)).plain_value()  # type: ignore[attr-defined]
    except (RuntimeError, ValueError, TypeError, OverflowError):
        return None  # a value that the engine cannot hold, such as a lone surrogate
    return value if value is True or value is False or type(value) is list else None


def describe() -> str:
    """Name and version, to be kept with every verdict."""
    return _ENGINE


def _said(message: str) -> str:
    """The engine's first complaint without its drawing, with a hint where people often stumble."""
    found = _FAULT.search(message)
    if found is None:
        return " ".join(message.split())[:300]
    text = f"{found[2].removesuffix(' [INVALID_ARGUMENT]')[:300]} (column {found[1]})"
    if "no matching overload" in text and "double" in text and "int" in text:
        text += "; write the number with a decimal point, such as 1.0"
    if "undeclared reference" in text:
        text += f"; a clause may read {', '.join(NAMES)}"
    return text
