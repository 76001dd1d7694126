"""What the policy's tools say about one call: amount, counterpart, effect in words, what to keep private."""

import re
from collections.abc import Mapping
from decimal import Decimal

from approvals.policy.compiled import Policy
from approvals.policy.limits import counterpart_text
from approvals.policy.model import ToolSpec
from approvals.policy.paths import ABSENT, look_up, number_at
from approvals.policy.values import capped, plain

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
MOST_SHOWN = 500


def tool_spec(policy: Policy, tool: str) -> ToolSpec | None:
    """All that the policy says about the tool; None for one that it does not list."""
    return policy.document.tools.get(tool)


def amount_of(policy: Policy, tool: str, args: Mapping[str, object]) -> tuple[Decimal, str] | None:
    """Exact amount and ISO 4217 currency by the tool's declared path; None where there is no amount of zero or more."""
    return amount_by(tool_spec(policy, tool), args)


def amount_by(spec: ToolSpec | None, args: Mapping[str, object]) -> tuple[Decimal, str] | None:
    if spec is None or spec.amount is None:
        return None
    number = number_at(look_up(args, spec.amount.path.steps))
    return None if number is None or number < 0 else (number, spec.amount.currency)


def counterpart_of(policy: Policy, tool: str, args: Mapping[str, object]) -> str | None:
    """Who stands on the other side; a long or unprintable one is given as `sha256:` and its hash."""
    return counterpart_text(tool_spec(policy, tool), args)


def effect_sentence(policy: Policy, tool: str, args: Mapping[str, object]) -> str | None:
    """What the call does, in the workspace's words with the call's values. None: uninspectable.

    A described tool without a text of its own is told by the properties of its schema, in their order.
    """
    spec = tool_spec(policy, tool)
    if spec is None or spec.schema is None:
        return None
    if spec.effect_text is not None:
        return PLACEHOLDER.sub(lambda found: _value(args, found[1]), spec.effect_text)
    properties = spec.schema.get("properties")
    names = [name for name in properties if name in args] if isinstance(properties, dict) else []
    told = ", ".join(f"{name} {_value(args, name)}" for name in names)
    return f"Calls {tool} with {told}." if told else f"Calls {tool}."


def _value(args: Mapping[str, object], name: str) -> str:
    value = look_up(args, (name,))
    if value is ABSENT:
        value = look_up(args, tuple(name.split(".")))
    if value is ABSENT:
        return "(not given)"
    text = plain(value)
    return capped(text, MOST_SHOWN, len(text))
