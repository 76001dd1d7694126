"""The envelope that an agent sends (api, section 2). `tool_call` is what executes; all else is the agent's claim."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from approvals import shapes
from approvals.strict_json import canonical

Short = Annotated[str, Meta(max_length=200)]
Line = Annotated[str, Meta(max_length=2000)]
Text = Annotated[str, Meta(max_length=65_536)]
Pointer = Annotated[str, Meta(max_length=400, pattern=r"^(/([^~/]|~0|~1)*)+$")]
Hex64 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Decimal = Annotated[str, Meta(pattern=r"^-?[0-9]{1,20}(\.[0-9]{1,10})?$")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
Url = Annotated[str, Meta(max_length=2000, pattern=r"^https?://")]
Stamp = Annotated[str, Meta(max_length=40, pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]
Count = Annotated[int, Meta(ge=0)]


class ToolCall(Struct, forbid_unknown_fields=True, frozen=True):
    name: Annotated[str, Meta(max_length=200, min_length=1, pattern=r"^[A-Za-z_][A-Za-z0-9_.:/-]*$")]
    args: dict[str, Any]


class Money(Struct, forbid_unknown_fields=True, frozen=True):
    value: Decimal
    currency: Currency


class AgentVersionClaim(Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    label: Short | None = None
    model: Short | None = None
    prompt_sha256: Short | None = None
    tools_sha256: Short | None = None
    routing: Short | None = None
    policy: Short | None = None
    memory: Short | None = None
    retrieval: Short | None = None
    git_commit: Short | None = None
    params: dict[str, Any] = {}


class Step(Struct, forbid_unknown_fields=True, frozen=True):
    name: Short
    kind: Short | None = None
    started_at: Stamp | None = None
    duration_ms: Annotated[float, Meta(ge=0)] | None = None
    error: Line | None = None


class SourceRead(Struct, forbid_unknown_fields=True, frozen=True):
    uri: Line
    version: Short | None = None
    retrieved_at: Stamp | None = None
    sha256: Hex64 | None = None


class Trace(Struct, forbid_unknown_fields=True, frozen=True):
    url: Url | None = None
    run_id: Short | None = None
    artifacts: list[Any] = []
    steps: list[Step] = []
    sources: list[SourceRead] = []


class Usage(Struct, forbid_unknown_fields=True, frozen=True):
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    tool_calls: Count | None = None
    cost: Money | None = None


class ToolOffered(Struct, forbid_unknown_fields=True, frozen=True):
    name: Short
    schema_sha256: Hex64 | None = None


class DryRun(Struct, forbid_unknown_fields=True, frozen=True):
    text: Text | None = None
    diff: list[Any] = []


class Turn(Struct, forbid_unknown_fields=True, frozen=True):
    role: Short
    content: Text
    name: Short | None = None


class Evidence(Struct, forbid_unknown_fields=True, frozen=True):
    title: Short
    text: Text | None = None
    url: Url | None = None


class Impact(Struct, forbid_unknown_fields=True, frozen=True):
    reversible: bool | None = None
    amount: Money | None = None
    data_classes: list[Short] = []
    reach: Line | None = None
    undo: ToolCall | None = None


class Envelope(Struct, forbid_unknown_fields=True, frozen=True):
    """Only `tool_call` is required. Times in seconds."""

    tool_call: ToolCall
    trace_id: Short | None = None
    actor: Short | None = None
    intent: Short | None = None
    constraints: dict[str, Any] = {}
    summary: Line | None = None
    reasoning: Text | None = None
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None
    uncertain: bool = False
    agent_version: AgentVersionClaim | None = None
    trace: Trace | None = None
    usage: Usage | None = None
    tools_offered: list[ToolOffered] = []
    dry_run: DryRun | None = None
    on_behalf_of: Short | None = None
    conversation: list[Turn] = []
    evidence: list[Evidence] = []
    impact: Impact | None = None
    args_schema: dict[str, Any] | None = None
    editable: list[Pointer] | None = None
    expires_in: Annotated[int, Meta(ge=1, le=2_592_000)] | None = None
    execute_within: Annotated[int, Meta(ge=1, le=86_400)] | None = None
    route_hint: list[Short] = []
    group_key: Short | None = None
    supersedes: Annotated[str, Meta(pattern=r"^act_[0-9a-hjkmnp-tv-z]{26}$")] | None = None
    metadata: dict[str, Any] = {}


def read(tree: Any) -> Envelope:
    """The envelope in a strictly parsed tree. Raises BadRequest with a pointer to the first fault."""
    return shapes.check(tree, Envelope)


def claims(envelope: Envelope) -> dict[str, Any]:
    """What the agent claimed, as a plain tree without the call itself and without what was left out."""
    tree: dict[str, Any] = msgspec.to_builtins(envelope)
    return {name: value for name, value in tree.items() if name != "tool_call" and value not in (None, [], {}, False)}


def spelled(tool: str, args: bytes) -> bytes:
    """A call as it is kept beside an action: `{"args", "tool"}` in canonical JSON; `args` are canonical already."""
    return b'{"args":' + args + b',"tool":' + canonical(tool) + b"}"
