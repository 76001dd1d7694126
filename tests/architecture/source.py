"""Reads the product's own source, for the tests that hold its shape."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = (
    "config",
    "agents_api",
    "console",
    "compliance",
    "feedback",
    "approvals",
    "accounts",
    "audit",
    "outbox",
    "tenancy",
)
APPS = tuple(name for name in FLOORS if (ROOT / name).is_dir())


@dataclass(frozen=True, slots=True)
class Module:
    """One source file. `name` is dotted; `path` is relative to the root."""

    name: str
    path: str
    text: str
    tree: ast.Module

    @property
    def app(self) -> str:
        return self.name.partition(".")[0]

    def within(self, *packages: str) -> bool:
        return any(self.name == package or self.name.startswith(package + ".") for package in packages)


def parse(name: str, text: str, path: str = "") -> Module:
    return Module(name=name, path=path or name.replace(".", "/") + ".py", text=text, tree=ast.parse(text))


@cache
def product() -> tuple[Module, ...]:
    """Every module of the floors, migrations left out."""
    return tuple(_under(ROOT, APPS))


@cache
def beside() -> tuple[Module, ...]:
    """The client package and the measurements: not on a floor, held to the same bars."""
    return (*_under(ROOT / "sdk", ("countersign",)), *_under(ROOT, ("bench",)))


def _under(base: Path, packages: tuple[str, ...]) -> Iterator[Module]:
    for package in packages:
        for file in sorted((base / package).rglob("*.py")):
            parts = file.relative_to(base).with_suffix("").parts
            if "migrations" not in parts:
                name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                yield parse(name, file.read_text(encoding="utf-8"), str(file.relative_to(ROOT)))


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything imported: `from a.b import c` gives a.b.c, whether c is a module or a name."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def reaches(imported: str, package: str) -> bool:
    return imported == package or imported.startswith(package + ".")
