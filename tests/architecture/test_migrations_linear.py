"""Migrations of an app are one chain, numbered without gaps and named by hand."""

import ast
import re

import pytest

from tests.architecture.source import APPS, ROOT

NAME = re.compile(r"^(\d{4})_(?!auto_|alter_.*_and_more)[a-z0-9_]+$")


def chains() -> dict[str, dict[str, list[str]]]:
    """App -> migration -> the migrations of the same app that it depends on."""
    found = {}
    for app in APPS:
        files = sorted(path for path in (ROOT / app / "migrations").glob("*.py") if path.stem != "__init__")
        found[app] = {path.stem: parents(app, path.read_text()) for path in files}
    return found


def parents(app: str, text: str) -> list[str]:
    """The migrations of the same app in `dependencies`, with or without an annotation on it."""
    for node in ast.walk(ast.parse(text)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if "dependencies" in {getattr(target, "id", "") for target in targets}:
            pairs = [element for element in node.value.elts if isinstance(element, ast.Tuple)]  # type: ignore[attr-defined]
            return [name for label, name in map(ast.literal_eval, pairs) if label == app]
    return []


def problems(app: str, chain: dict[str, list[str]]) -> list[str]:
    names = sorted(chain)
    badly_named = [f"{app}.{name} is not named by hand" for name in names if not NAME.match(name)]
    expected = [[name] if name else [] for name in ["", *names][: len(names)]]
    breaks = [
        f"{app}.{name} should follow {before or 'nothing'}"
        for number, (name, before) in enumerate(zip(names, expected, strict=True), start=1)
        if chain[name] != before or not name.startswith(f"{number:04}_")
    ]
    return badly_named + breaks


@pytest.mark.parametrize("app", APPS)
def test_they_are_one_chain(app: str) -> None:
    assert problems(app, chains()[app]) == []


@pytest.mark.parametrize(
    "chain",
    [
        {"0001_initial": [], "0002_a": ["0001_initial"], "0002_b": ["0001_initial"]},
        {"0001_initial": [], "0003_a": ["0001_initial"]},
        {"0001_initial": [], "0002_auto_20261120_1200": ["0001_initial"]},
        {"0001_initial": [], "0002_a": []},
    ],
)
def test_a_broken_chain_is_noticed(chain: dict[str, list[str]]) -> None:
    assert len(problems("audit", chain)) >= 1


@pytest.mark.parametrize("left", ["dependencies", "dependencies: ClassVar[list[tuple[str, str]]]"])
def test_dependencies_are_read_however_they_are_written(left: str) -> None:
    migration = f'class Migration:\n    {left} = [swappable("x"), ("audit", "0001_first"), ("outbox", "0002_b")]'
    assert parents("audit", migration) == ["0001_first"]
