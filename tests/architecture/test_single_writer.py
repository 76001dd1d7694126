"""The state of an action is written by approvals/lifecycle.py and by the guarded SQL beside it, and nowhere else."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import Module, imports, parse, product, reaches

WRITERS = ("approvals.lifecycle", "approvals.statements")
UPDATES = {"update", "aupdate"}
BULK = {"bulk_update", "abulk_update", "bulk_create", "abulk_create", "save", "asave"}
DEFAULTS = {"update_or_create", "aupdate_or_create", "get_or_create", "aget_or_create"}
CREATES = {"create", "acreate"}
SQL = re.compile(r"\bupdate\s+(only\s+)?[\"`]?approvals_action[\"`]?\b.*\bset\b", re.IGNORECASE | re.DOTALL)


def writes_state(module: Module) -> list[str]:
    return [f"{module.path}:{line} {what}" for line, what in _writes(module.tree)]


def _writes(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "state" and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.lineno, "assigns .state"
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, what) for what in _calls(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            yield node.lineno, "updates approvals_action in SQL"


def _calls(call: ast.Call) -> Iterator[str]:
    name = _last(call.func)
    keywords = {keyword.arg for keyword in call.keywords}
    if name in UPDATES and ("state" in keywords or _names_state(call)):
        yield "updates state"
    if name in BULK and _names_state(call):
        yield "writes state in bulk"
    if name in DEFAULTS and _names_state(call):
        yield "creates or updates with a state"
    if name in CREATES and "state" in keywords and "Action" in _names(call.func):
        yield "creates an action in a state"
    if name == "Action" and "state" in keywords:
        yield "makes an action in a state"
    if name in {"setattr", "__setattr__"} and _names_state(call):
        yield "sets state by name"


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _names_state(call: ast.Call) -> bool:
    """Whether the word "state" stands among the arguments, as in fields=["state"] or {"state": …}."""
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(
        isinstance(inner, ast.Constant) and inner.value == "state" for arg in arguments for inner in ast.walk(arg)
    )


def test_nobody_else_writes_state() -> None:
    assert [found for module in product() if not module.within(*WRITERS) for found in writes_state(module)] == []


def test_the_lifecycle_is_reached_through_the_verbs_alone() -> None:
    assert [
        f"{module.path}:{line}"
        for module in product()
        if not module.within("approvals.services", "approvals.lifecycle")
        for line, name in imports(module)
        if reaches(name, "approvals.lifecycle")
    ] == []


def test_the_guarded_sql_is_reached_through_the_lifecycle_alone() -> None:
    assert [
        f"{module.path}:{line}"
        for module in product()
        if not module.within(*WRITERS)
        for line, name in imports(module)
        if reaches(name, "approvals.statements")
    ] == []


@pytest.mark.parametrize(
    "line",
    [
        "action.state = State.APPROVED",
        "a.b, action.state = 1, 2",
        "action.state += 'x'",
        "action.state: str = 'approved'",
        "del action.state",
        "for action.state in states: pass",
        "Action.objects.filter(pk=1).update(state='approved')",
        "Action.objects.filter(pk=1).update(**{'state': 'approved'})",
        "await rows.aupdate(version=2, state='approved')",
        "Action.objects.bulk_update(rows, ['version', 'state'])",
        "Action.objects.bulk_create(rows, update_conflicts=True, update_fields=['state'])",
        "Action.objects.update_or_create(pk=1, defaults={'state': 'approved'})",
        "Action.objects.create(state='approved')",
        "Action(state='approved')",
        "action.save(update_fields=['state'])",
        "setattr(action, 'state', 'approved')",
        "object.__setattr__(action, 'state', 'approved')",
        "cursor.execute('UPDATE approvals_action SET state = %s')",
        "cursor.execute('update only \"approvals_action\" set version = 2')",
    ],
)
def test_a_second_writer_is_noticed(line: str) -> None:
    indented = f"async def f(): {line}" if line.startswith("await") else line
    assert len(writes_state(parse("console.web.action", indented))) >= 1


@pytest.mark.parametrize(
    "line",
    [
        "state = action.state",
        "Action.objects.filter(state='pending')",
        "if action.state == 'approved': pass",
        "rows.update(version=2)",
        "Timer.objects.create(kind='expire')",
        "cursor.execute('SELECT state FROM approvals_action FOR UPDATE')",
    ],
)
def test_reading_is_free(line: str) -> None:
    assert writes_state(parse("console.web.action", line)) == []
