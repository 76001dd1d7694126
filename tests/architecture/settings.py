"""Which environment variables the settings read."""

import ast
import re

from tests.architecture.source import parse

VARIABLE = re.compile(r"^[A-Z][A-Z0-9_]{3,}$")
READERS = {"environ", "environment", "getenv"}


def variables(text: str) -> set[str]:
    """The environment variables that a settings file reads, by a call or by a subscript of environ."""
    found = set()
    for node in ast.walk(parse("config.settings", text).tree):
        if isinstance(node, ast.Call) and node.args:
            reader, first = node.func, node.args[0]
        elif isinstance(node, ast.Subscript):
            reader, first = node.value, node.slice
        else:
            continue
        words = {getattr(inner, "attr", getattr(inner, "id", "")) for inner in ast.walk(reader)}
        if words & READERS and isinstance(first, ast.Constant) and VARIABLE.match(str(first.value)):
            found.add(str(first.value))
    return found
