"""No template switches escaping off or carries script or style of its own; the pages' policy refuses these too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Module, parse, product

REFUSED = {
    "a safe filter": re.compile(r"\|\s*safe(seq)?\b"),
    "autoescape off": re.compile(r"\{%\s*autoescape\s+off\b"),
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc\s*=)", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^<>]*?\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"\b(data-)?hx-on\b", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
}
MARKERS = {"mark_safe", "html_safe"}
SAFE_TYPES = {"SafeString", "SafeText"}  # as a type they only say what format_html gives


def refused(text: str) -> list[str]:
    return [what for what, pattern in REFUSED.items() if pattern.search(text)]


def unescaped(module: Module) -> list[str]:
    """Where a name that marks text as safe appears, or where a safe string is made directly."""
    return [f"{module.path}:{line} {name}" for line, name in sorted(set(_marks(module.tree)))]


def _marks(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (called := _name(node.func)) in SAFE_TYPES:
            yield node.lineno, called
        elif isinstance(node, ast.Name | ast.Attribute) and _name(node) in MARKERS:
            yield node.lineno, _name(node)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name in MARKERS)


def _name(node: ast.expr) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def test_templates_only_say_what_is_where() -> None:
    found = {str(path.relative_to(ROOT)): refused(path.read_text()) for path in templates()}
    assert {path: whats for path, whats in found.items() if whats} == {}


def test_no_code_marks_text_as_safe() -> None:
    assert [place for module in product() for place in unescaped(module)] == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{{ action.reason|safe }}", "a safe filter"),
        ("{{ action.reason | safe }}", "a safe filter"),
        ("{% autoescape off %}{{ x }}{% endautoescape %}", "autoescape off"),
        ('<p class="a" style="color: red">', "an inline style"),
        ("<style>p {}</style>", "an inline style"),
        ("<script>go()</script>", "an inline script"),
        ('<button type="submit"\n  onclick="go()">', "an event attribute"),
        ('<div hx-on:click="go()">', "hx-on"),
        ('<a href="javascript:go()">', "a javascript: address"),
    ],
)
def test_a_way_around_is_noticed(text: str, what: str) -> None:
    assert refused(text) == [what]


def test_plain_markup_passes() -> None:
    script = '<script src="{% static "console.js" %}" nonce="{{ csp_nonce }}" defer></script>'
    assert refused(script + '<p class="on one">{{ a.safe }}</p>') == []


def test_marking_as_safe_is_noticed() -> None:
    module = parse(
        "console.x", "from django.utils.safestring import mark_safe\nmark_safe('<b>')\nx = s.SafeString('<b>')"
    )
    assert unescaped(module) == ["console/x.py:1 mark_safe", "console/x.py:2 mark_safe", "console/x.py:3 SafeString"]


def test_naming_the_type_is_free() -> None:
    module = parse("console.x", "def f(a: str) -> SafeString:\n    return format_html('<b>{}</b>', a)")
    assert unescaped(module) == []
