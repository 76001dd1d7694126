"""What a reviewer is shown: the one model behind web page, message, export and replay.

`frozen` is a plain tree that the decision keeps; `drawn` turns such a tree, fresh or years old, into what a template
prints. Facts come from the stored arguments; what the agent said stands apart under `claims`.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from approvals import dry_run
from approvals.answers import ActionView
from approvals.dry_run import DryRun
from approvals.marks import Segment, segments
from approvals.strict_json import canonical

TEMPLATE = "facts/1"
# Every form of tree that `drawn` still takes. A form stays here as long as a decision that was kept in it may be shown.
READABLE = frozenset({"facts/1"})

# Claims in the order of the page. All of it is the agent's own text, untrusted.
CLAIMS = (
    "summary",
    "intent",
    "reasoning",
    "confidence",
    "uncertain",
    "on_behalf_of",
    "impact",
    "dry_run",
    "evidence",
    "conversation",
    "constraints",
    "usage",
    "trace",
    "agent_version",
    "tools_offered",
    "metadata",
)

# Claims that stand in panels of their own.
APART = {"dry_run", "impact"}


@dataclass(frozen=True, slots=True)
class Argument:
    """One top-level argument in full. `text` is the string itself, or JSON for every other type."""

    name: tuple[Segment, ...]
    pointer: str
    kind: str
    text: tuple[Segment, ...]
    length: int


@dataclass(frozen=True, slots=True)
class Claim:
    """`is_json` says that we laid its text out."""

    name: str
    text: tuple[Segment, ...]
    is_json: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page prints. `effect` is written by us from the arguments; None means that the tool is uninspectable.

    `dry_run` and `impact` are claims too, with a place of their own; `summary` is repeated for comparing.
    """

    tool: str
    effect: tuple[Segment, ...] | None
    arguments: tuple[Argument, ...]
    claims: tuple[Claim, ...]
    summary: str
    dry_run: DryRun | None
    impact: dict[str, Any]
    risk: str
    revision: int
    digest: str
    rule: str | None
    explanation: str
    agent: str


def frozen(view: ActionView) -> dict[str, Any]:
    """The tree that a decision keeps. Needs a view that was read with its envelope.

    Marks are not in it: they follow from what never changes (findings.py says from what), and reading the history here
    would cost each decision a round trip.
    """
    envelope = view.envelope or {}
    return {
        "template": TEMPLATE,
        "action": view.id,
        "revision": view.revision,
        "digest": "sha256:" + view.digest.hex(),
        "tool": view.tool,
        "args": orjson.loads(view.args),
        "effect": view.effect_sentence or None,
        "risk": view.risk,
        "agent": {"id": view.agent_id, "name": view.agent_name, "version": view.agent_version_id},
        "policy": view.policy,
        "needs": view.needs,
        "trace_id": view.trace_id or None,
        "claims": {name: envelope[name] for name in CLAIMS if envelope.get(name) not in (None, "", [], {}, False)},
    }


def drawn(tree: dict[str, Any]) -> Facts:
    """Of any tree whose `template` is READABLE."""
    return Facts(
        tool=tree["tool"],
        effect=segments(tree["effect"]) if tree["effect"] else None,
        arguments=tuple(_argument(name, value) for name, value in tree["args"].items()),
        claims=tuple(_claim(name, value) for name, value in tree["claims"].items() if name not in APART),
        summary=tree["claims"].get("summary", ""),
        dry_run=dry_run.drawn(tree["claims"]["dry_run"]) if "dry_run" in tree["claims"] else None,
        impact=tree["claims"].get("impact", {}),
        risk=tree["risk"],
        revision=tree["revision"],
        digest=tree["digest"],
        rule=tree["policy"]["rule"],
        explanation=tree["policy"]["explanation"],
        agent=tree["agent"]["name"],
    )


def of(view: ActionView) -> Facts:
    return drawn(frozen(view))


def arguments_of(view: ActionView) -> list[tuple[str, str]]:
    """(name, text) of the top-level arguments, in their order, for places that cut and spell by themselves."""
    return [(name, _text(value)) for name, value in orjson.loads(view.args).items()]


def _argument(name: str, value: Any) -> Argument:
    text = _text(value)
    return Argument(
        name=segments(name),
        pointer="/" + name.replace("~", "~0").replace("/", "~1"),
        kind=_KINDS[type(value)],
        text=segments(text),
        length=len(text),
    )


def _claim(name: str, value: Any) -> Claim:
    return Claim(name, segments(_text(value)), is_json=isinstance(value, dict | list))


_KINDS = {
    str: "text",
    int: "number",
    float: "number",
    bool: "yes or no",
    type(None): "nothing",
    list: "list",
    dict: "object",
}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return canonical(value).decode()
