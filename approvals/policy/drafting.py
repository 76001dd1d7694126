"""From a decided action to a line of the document: a test that pins what the policy said, or a rule that says it
next time. The text around stays as it is.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from approvals.policy.model import Effect, ToolSpec
from approvals.policy.paths import ABSENT, Path, look_up, number_at

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_HIDDEN = "redacted"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided call: what it was, what the policy answered, and whether people approved it."""

    id: str
    tool: str
    args: Mapping[str, Any]
    agent: str
    claims: Mapping[str, Any]
    effect: Effect
    rule: str | None
    approved: bool


def test_of(decided: Decided, spec: ToolSpec | None) -> dict[str, Any]:
    """An entry of `tests`. Sensitive arguments are blotted out: a document is read by many."""
    args = json.loads(json.dumps(decided.args))
    for path in spec.sensitive if spec else ():
        _blot(args, path.steps)
    said = {
        name: decided.claims[name]
        for name in ("intent", "confidence", "uncertain", "constraints", "impact", "usage")
        if decided.claims.get(name) not in (None, {}, [], False)
    }
    given = {"tool_call": {"name": decided.tool, "args": args}, "actor": decided.agent, **said}
    return {"given": given, "expect": {"effect": decided.effect, "rule": decided.rule}}


def rule_of(decided: Decided, spec: ToolSpec | None) -> dict[str, Any]:
    """An entry of `rules` that does by itself what people did: for this counterpart, up to (or from) this amount."""
    when = []
    if spec is not None and spec.counterpart is not None:
        when += _equals(spec.counterpart, decided.args)
    if spec is not None and spec.amount is not None:
        amount = number_at(look_up(decided.args, spec.amount.path.steps))
        if amount is not None and _plain(spec.amount.path):
            when.append(f"{spec.amount.path.text} {'<=' if decided.approved else '>='} {amount:f}")
    name = f"{decided.tool}-{decided.id[-6:]}".replace("*", "_")
    effect = "allow" if decided.approved else "deny"
    return {"id": name, "tools": [decided.tool], **({"when": when} if when else {}), "effect": effect}


def inserted(text: str, key: str, entry: Mapping[str, Any]) -> tuple[str, int]:
    """The document with one more entry in its list `key`, and the line (from 1) where the entry stands.

    Raises ValueError where the document cannot be read.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ValueError("The document is not YAML. Mend it first.") from error
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    name, found = next((pair for pair in pairs if pair[0].value == key), (None, None))
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if name is not None and isinstance(found, yaml.ScalarNode) and not found.value:
        # The key stands there and holds nothing.
        lines.insert(name.end_mark.line + 1, f"  - {_flow(entry)}\n")
        return "".join(lines), name.end_mark.line + 2
    if not isinstance(found, yaml.SequenceNode):
        return "".join([*lines, f"{key}:\n", f"  - {_flow(entry)}\n"]), len(lines) + 2
    if found.flow_style:
        line, column = found.end_mark.line, found.end_mark.column - 1
        comma = ", " if found.value else ""
        lines[line] = f"{lines[line][:column]}{comma}{_flow(entry)}{lines[line][column:]}"
        return "".join(lines), line + 1
    last = _last_line(lines, found)
    lines.insert(last, f"{' ' * found.start_mark.column}- {_flow(entry)}\n")
    return "".join(lines), last + 1


def _last_line(lines: list[str], found: yaml.SequenceNode) -> int:
    """Behind the last line of the list itself; comments and blanks after it belong to what follows."""
    end = min(found.end_mark.line + (found.end_mark.column > 0), len(lines))
    while end > found.start_mark.line + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def _blot(tree: Any, steps: tuple[str, ...]) -> None:
    for step in steps[:-1]:
        tree = tree.get(step) if isinstance(tree, dict) else None
    if isinstance(tree, dict) and steps[-1] in tree:
        tree[steps[-1]] = _HIDDEN


def _plain(path: Path) -> bool:
    return all(_WORD.fullmatch(step) for step in path.steps)


def _equals(path: Path, args: Mapping[str, Any]) -> list[str]:
    value = look_up(args, path.steps)
    if value is ABSENT or isinstance(value, bool) or not isinstance(value, str | int) or not _plain(path):
        return []
    return [f"{path.text} == {_spelled(json.dumps(value, ensure_ascii=False))}"]


def _flow(value: object) -> str:
    """JSON on one line, which is YAML too; what cannot be seen is spelled out."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)}: {_flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _spelled(json.dumps(value, ensure_ascii=False))


def _key(name: object) -> str:
    text = str(name)
    return text if _WORD.fullmatch(text) else _spelled(json.dumps(text, ensure_ascii=False))


def _spelled(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in text)
