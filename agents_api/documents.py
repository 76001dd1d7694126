"""What goes out, as shapes: the schema is made of these, and a test holds every answer against them."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from approvals.envelope import Stamp, ToolCall

State = Literal["pending", "approved", "rejected", "expired", "withdrawn"]
Final = Literal["approved", "rejected", "expired", "withdrawn"]
Digest = Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}$")]


class AgentOut(Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    name: str
    version: str | None


class PolicyOut(Struct, forbid_unknown_fields=True, frozen=True):
    version: str
    effect: Literal["allow", "require_approval", "deny"]
    rule: str | None
    explanation: str


class NeedOut(Struct, forbid_unknown_fields=True, frozen=True):
    group: str
    approvals: int
    quorum: int


class PersonOut(Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    name: str


class AuditOut(Struct, forbid_unknown_fields=True, frozen=True):
    event: str
    log: str | None
    index: int | None


class EventOut(Struct, forbid_unknown_fields=True, frozen=True):
    """An event. `entry` is its text, byte for byte what the leaf hash covers (RFC 9162, 2.1.1)."""

    id: str
    state: Literal["recorded", "sequenced", "published"]
    log: str | None
    origin: str | None
    index: int | None
    leaf_hash: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None
    checkpoint_size: int | None
    entry: str


class DecisionOut(Struct, forbid_unknown_fields=True, frozen=True):
    """What may run is `tool_call`. `grant` is drawn for the owning agent's key alone. Once the action was erased, the
    arguments are empty and `digest` is null.
    """

    id: str
    outcome: Final
    source: Literal["policy", "people", "timeout", "agent", "stop_switch"]
    edited: bool
    tool_call: ToolCall
    changes: list[dict[str, Any]]
    reason_code: str | None
    comment: str | None
    decided_at: Stamp
    decided_by: list[PersonOut]
    revision: int
    digest: Digest | None
    grant: str | None
    grant_expires_at: Stamp | None
    audit: AuditOut


class ExecutionOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`report` is what the agent told; `drifted` says that it ran other arguments than the decided ones."""

    status: Literal["running", "succeeded", "failed", "unknown"]
    spent_at: Stamp
    reported_at: Stamp | None
    drifted: bool
    report: dict[str, Any] | None


class LinksOut(Struct, forbid_unknown_fields=True, frozen=True):
    self: str
    console: str


class ActionOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`tool_call` is the newest revision of the proposal; `decision.tool_call` is what was decided. Once it was
    erased, the arguments are empty and `digest` is null.
    """

    id: str
    state: State
    revision: int
    digest: Digest | None
    tool_call: ToolCall
    agent: AgentOut
    trace_id: str | None
    risk: Literal["low", "medium", "high", "critical"]
    policy: PolicyOut
    needs: list[NeedOut]
    question: str | None
    closing_at: Stamp | None
    created_at: Stamp
    expires_at: Stamp
    decision: DecisionOut | None
    execution: ExecutionOut | None
    links: LinksOut


class PageOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`next` is the cursor of the following page, null on the last."""

    items: list[ActionOut]
    next: str | None


class FaultOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`pointer` is RFC 6901 into the body, or names a parameter of the query."""

    pointer: str
    code: str
    detail: str


class ProblemOut(Struct, forbid_unknown_fields=True, frozen=True):
    """RFC 9457. `code` is stable; `detail` says what to do next."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FaultOut]
    request_id: str


class ItemOut(Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """One result of a batch: the action, or the problem that the item has."""

    status: int
    action: ActionOut | None = None
    problem: ProblemOut | None = None


class BatchOut(Struct, forbid_unknown_fields=True, frozen=True):
    items: list[ItemOut]


class ValidationOut(Struct, forbid_unknown_fields=True, frozen=True):
    compatible: bool
    effect: Literal["allow", "require_approval", "deny"]
    rule: str | None
    explanation: str
    problems: list[FaultOut]


class SpentOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`execution_key` is stable: pass it to the tool as its idempotency key."""

    tool_call: ToolCall
    spent_at: Stamp
    execution_key: str


class StopOut(Struct, forbid_unknown_fields=True, frozen=True):
    """One stop switch. `reach` is what it holds: the workspace, an agent, tools, or a version that is blocked."""

    id: str
    mode: Literal["pause", "force_approvals", "deny_writes", "block"]
    reach: Literal["workspace", "agent", "tool", "version"]
    target: str | None
    explanation: str
    reason: str | None
    pulled_at: Stamp
    pulled_by: str
    incident: str | None
    released_at: Stamp | None
    released_by: str | None
    released_because: str | None


class StopsOut(Struct, forbid_unknown_fields=True, frozen=True):
    """All that are on, the oldest first; `next` is always null."""

    items: list[StopOut]
    next: None


class NamedOut(Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    name: str


class EntryOut(Struct, forbid_unknown_fields=True, frozen=True):
    """One line of an incident's story."""

    kind: str
    at: Stamp
    by: str
    text: str | None
    data: dict[str, Any]


class IncidentOut(Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """`story` and `actions` (ids, the newest hundred) come with one incident, not with a list."""

    id: str
    kind: Literal["manipulated", "drift", "violation", "missing_result", "hand"]
    title: str
    severity: Literal["low", "medium", "high", "critical"]
    state: Literal["open", "closed"]
    owner: NamedOut | None
    agent: NamedOut | None
    opened_at: Stamp
    opened_by: str
    closed_at: Stamp | None
    closed_by: str | None
    story: list[EntryOut] | UnsetType = UNSET
    actions: list[str] | UnsetType = UNSET


class IncidentsOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`next` is the cursor of the following page, null on the last."""

    items: list[IncidentOut]
    next: str | None


class KeyOut(Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    scopes: list[str]
    expires_at: Stamp | None


class WorkspaceOut(Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    slug: str


class MemberOut(Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    name: str
    role: str
    groups: list[str]


class ActivePolicyOut(Struct, forbid_unknown_fields=True, frozen=True):
    version: str


class WhoAmIOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`agent` for an agent's key, `person` for a person's token. `limits` and `checkpoint` are empty until in use.

    `stop_switch` is the switch that ends or holds up most of what the agent (or for a person, anybody) asks for.
    """

    key: KeyOut
    workspace: WorkspaceOut
    agent: NamedOut | None
    person: MemberOut | None
    policy: ActivePolicyOut | None
    tier: str | None
    limits: list[dict[str, Any]]
    stop_switch: StopOut | None
    checkpoint: str | None


class JwkOut(Struct, forbid_unknown_fields=True, frozen=True):
    """RFC 8037."""

    kty: str
    crv: str
    x: str
    kid: str
    use: str
    alg: str


class JwksOut(Struct, forbid_unknown_fields=True, frozen=True):
    keys: list[JwkOut]
