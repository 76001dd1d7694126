"""Files and functions stay small, everything is annotated, imports stand at the top and never go in a circle."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.architecture.source import Module, beside, parse, product

FILE_MEDIAN, FILE_P95, FILE_MAX = 90, 250, 400
FUNCTION_P95, FUNCTION_MAX, VIEW_MAX = 35, 60, 15
WRITER_MAX = 250
Function = ast.FunctionDef | ast.AsyncFunctionDef


def everything() -> tuple[Module, ...]:
    return product() + beside()


def functions(module: Module) -> Iterator[Function]:
    return (node for node in ast.walk(module.tree) if isinstance(node, Function))


def lines(module: Module) -> int:
    return module.text.count("\n")


def size(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def quantile(values: list[int], share: float) -> int:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def missing_annotations(module: Module) -> list[str]:
    return [f"{module.path}:{f.lineno} {f.name}" for f in functions(module) if f.returns is None or _bare_arguments(f)]


def _bare_arguments(function: Function) -> list[str]:
    a = function.args
    every = [*a.posonlyargs, *a.args, *a.kwonlyargs, *(extra for extra in (a.vararg, a.kwarg) if extra)]
    return [arg.arg for arg in every if arg.annotation is None and arg.arg not in {"self", "cls"}]


def hidden_imports(module: Module) -> list[str]:
    return sorted(
        {
            f"{module.path}:{inner.lineno}"
            for function in functions(module)
            for inner in ast.walk(function)
            if isinstance(inner, ast.Import | ast.ImportFrom)
        }
    )


def circle(modules: tuple[Module, ...]) -> list[str]:
    """The modules of one import circle, the first repeated at the end; [] when there is none."""
    names = {module.name for module in modules}
    sorter = TopologicalSorter({module.name: _neighbours(module, names) for module in modules})
    try:
        sorter.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _neighbours(module: Module, names: set[str]) -> set[str]:
    """`from a import b` reaches a as well as a.b, because Python runs the package first."""
    reached: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            reached |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            reached |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return (reached & names) - {module.name}


def test_files_are_short() -> None:
    counts = {module.path: lines(module) for module in everything()}
    assert {path: count for path, count in counts.items() if count > FILE_MAX} == {}
    filled = [count for count in counts.values() if count]
    assert quantile(filled, 0.5) <= FILE_MEDIAN
    assert quantile(filled, 0.95) <= FILE_P95


def test_the_one_writer_can_be_read_in_one_sitting() -> None:
    assert [
        lines(module) for module in product() if module.name == "approvals.lifecycle" and lines(module) > WRITER_MAX
    ] == []


def test_functions_are_short() -> None:
    sizes = {f"{module.path}:{f.lineno} {f.name}": size(f) for module in everything() for f in functions(module)}
    assert {place: count for place, count in sizes.items() if count > FUNCTION_MAX} == {}
    assert quantile(list(sizes.values()), 0.95) <= FUNCTION_P95


def test_api_views_parse_call_and_present() -> None:
    views = [module for module in product() if module.app == "agents_api" and "views" in module.name.split(".")]
    assert [
        f"{module.path}:{function.lineno} {function.name}"
        for module in views
        for function in functions(module)
        if size(function) > VIEW_MAX
    ] == []


def test_everything_is_annotated() -> None:
    assert [place for module in everything() for place in missing_annotations(module)] == []


def test_imports_stand_at_the_top() -> None:
    assert [place for module in everything() for place in hidden_imports(module)] == []


def test_imports_never_go_in_a_circle() -> None:
    assert circle(everything()) == []


def test_no_file_is_named_for_nothing() -> None:
    vague = {"utils", "util", "common", "helpers", "misc", "channels", "signals"}
    assert [module.path for module in product() if vague & set(module.name.split("."))] == []


@pytest.mark.parametrize("line", ["def f(a) -> int: ...", "def f(a: int): ...", "def f(*a, b: int) -> None: ..."])
def test_a_missing_annotation_is_noticed(line: str) -> None:
    assert missing_annotations(parse("console.x", line)) == ["console/x.py:1 f"]


def test_a_hidden_import_is_noticed() -> None:
    assert hidden_imports(parse("console.x", "def f() -> None:\n    import json")) == ["console/x.py:2"]


def test_a_circle_is_noticed() -> None:
    ring = circle((parse("a.x", "from a import y"), parse("a.y", "from a.z import name"), parse("a.z", "import a.x")))
    assert set(ring) == {"a.x", "a.y", "a.z"}


def test_a_circle_through_the_package_is_noticed() -> None:
    rows = parse("a.rows", "")
    assert set(circle((parse("a", "from a.x import f"), parse("a.x", "from a import rows"), rows))) == {"a", "a.x"}
    assert circle((parse("a", "from a.x import f"), parse("a.x", "from a.rows import row"), rows)) == []
