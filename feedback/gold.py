"""Examples that people bring: one JSON object each, a line of the file that `manage.py dataset add` reads."""

from typing import Any

import msgspec

from approvals.shapes import check
from approvals.strict_json import parse
from feedback.examples import Given


class _Call(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    tool: str
    args: dict[str, Any]


class _Turn(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    role: str
    content: str
    name: str | None = None


class GivenIn(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is asked, which calls are right, and which are wrong; `group` is what belongs together."""

    id: str
    messages: list[_Turn] = []
    expected: list[_Call] = []
    forbidden: list[_Call] = []
    group: str = ""
    slices: dict[str, str] = {}


def read(line: bytes) -> Given:
    """Raises strict_json.Refused and BadRequest."""
    return given(parse(line.strip()))


def given(tree: Any) -> Given:
    """The same of a parsed line. Raises BadRequest."""
    said = check(tree, GivenIn)
    return Given(
        external_id=said.id,
        messages=[msgspec.to_builtins(turn) for turn in said.messages],
        tools=[],
        expected=[msgspec.to_builtins(call) for call in said.expected],
        forbidden=[msgspec.to_builtins(call) for call in said.forbidden],
        group=said.group,
        slices=dict(said.slices),
    )
