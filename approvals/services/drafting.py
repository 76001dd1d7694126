"""A decided action as a test or a rule of a document that somebody is about to change. Nothing is stored."""

from collections.abc import Mapping
from typing import Any

from approvals.answers import ActionView
from approvals.policy import drafting
from approvals.policy.drafting import Decided
from approvals.policy.model import ToolSpec


def as_test(text: str, view: ActionView, args: Mapping[str, Any], spec: ToolSpec | None) -> tuple[str, int]:
    """The text with a test that pins what the policy said, and its line. A text that cannot be read stays as it is."""
    return _inserted(text, "tests", drafting.test_of(_decided(view, args), spec))


def as_rule(text: str, view: ActionView, args: Mapping[str, Any], spec: ToolSpec | None) -> tuple[str, int]:
    """The text with a rule that does what people did, and its line."""
    return _inserted(text, "rules", drafting.rule_of(_decided(view, args), spec))


def _inserted(text: str, key: str, entry: Mapping[str, Any]) -> tuple[str, int]:
    try:
        return drafting.inserted(text, key, entry)
    except ValueError:
        return text, 0


def _decided(view: ActionView, args: Mapping[str, Any]) -> Decided:
    return Decided(
        id=view.id,
        tool=view.tool,
        args=args,
        agent=view.agent_name,
        claims=view.envelope or {},
        effect=view.policy["effect"],
        rule=view.policy["rule"],
        approved=view.state == "approved",
    )
