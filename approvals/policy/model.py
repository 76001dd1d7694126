"""A policy document as values. Shapes only: what they mean is in evaluate.py and limits.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from approvals.policy.paths import Path

Effect = Literal["allow", "require_approval", "deny"]
Tier = Literal["draft", "approvals", "limits", "autonomous"]
Risk = Literal["low", "medium", "high", "critical"]
Per = Literal["agent", "workspace", "counterpart", "trace"]
OnSchemaError = Literal["refuse", "ask"]
Rotation = Literal["daily", "weekly"]

EFFECTS: tuple[Effect, ...] = ("allow", "require_approval", "deny")
TIERS: tuple[Tier, ...] = ("draft", "approvals", "limits", "autonomous")
RISKS: tuple[Risk, ...] = ("low", "medium", "high", "critical")
RANK: Mapping[Effect, int] = {effect: rank for rank, effect in enumerate(EFFECTS)}


@dataclass(frozen=True, slots=True)
class Need:
    """So many approvals by different people of one group."""

    group: str
    quorum: int


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where no rule says otherwise. `undo` and `dwell` have an entry for each risk; from `passkey_from` on
    each approval is signed by a passkey.
    """

    effect: Effect
    reviewers: tuple[Need, ...]
    reject_quorum: int
    target: timedelta
    expires_in: timedelta
    execute_within: timedelta
    result_within: timedelta
    undo: Mapping[Risk, timedelta]
    dwell: Mapping[Risk, timedelta]
    slack_up_to: Risk
    passkey_from: Risk | None
    escalation: str | None
    on_schema_error: OnSchemaError


@dataclass(frozen=True, slots=True)
class AmountSpec:
    path: Path
    currency: str


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What the workspace says about one tool. Without a schema the tool is uninspectable."""

    name: str
    schema: dict[str, object] | None
    effect_text: str | None
    version: int
    access: Literal["read", "write"]
    writes_pii: bool
    data_classes: tuple[str, ...]
    risk: Risk
    reversible: bool
    amount: AmountSpec | None
    counterpart: Path | None
    sensitive: tuple[Path, ...]
    on_schema_error: OnSchemaError


@dataclass(frozen=True, slots=True)
class ToolGrant:
    """One line of an agent's allow-list; `tier` is the tool's own, where wanted."""

    pattern: str
    tier: Tier | None


@dataclass(frozen=True, slots=True)
class Canary:
    """Allowed only for this share of traces, in percent."""

    percent: Decimal


VersionState = Literal["live", "candidate", "blocked"] | Canary


@dataclass(frozen=True, slots=True)
class AgentSpec:
    name: str
    owner: str | None
    tier: Tier
    tools: tuple[ToolGrant, ...]
    data_scopes: tuple[str, ...]
    versions: Mapping[str, VersionState]


@dataclass(frozen=True, slots=True)
class Rule:
    """`index` is its place in the document. What is None or empty leaves the defaults alone."""

    index: int
    id: str
    tools: tuple[str, ...]
    when: tuple[str, ...]
    effect: Effect
    reviewers: tuple[Need, ...]
    reject_quorum: int | None
    second_person_for_edits: bool
    checks: tuple[str, ...]
    evidence: tuple[str, ...]
    step_up: str | None
    escalation: str | None
    reason: str | None
    target: timedelta | None
    expires_in: timedelta | None
    execute_within: timedelta | None
    result_within: timedelta | None


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap over a rolling window. No `sum` means calls are counted; no `tools` means every tool."""

    id: str
    tools: tuple[str, ...]
    sum: Path | None
    per: Per
    window: timedelta | None
    max: Decimal
    over: Literal["require_approval", "deny"]


@dataclass(frozen=True, slots=True)
class Freeze:
    id: str
    starts_at: datetime
    ends_at: datetime
    tools: tuple[str, ...]
    effect: Literal["require_approval", "deny"]


@dataclass(frozen=True, slots=True)
class Recipient:
    kind: Literal["group", "oncall", "person"]
    name: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """Told again `every` so often, at most `times`, and never once the next level has begun."""

    every: timedelta
    times: int


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """One level of a plan. `after` counts from the opening of the action; `reassign` ends a claim."""

    after: timedelta
    notify: tuple[Recipient, ...]
    channels: tuple[str, ...]
    reassign: bool
    repeat: Repeat | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rotation. `handover` is "09:00", or "Mon 09:00" where it is weekly; the first member's turn began on `begins`.

    `hours` such as "Mon-Fri 08:00-18:00" are when anybody of it is on call at all; None: always. Times are those of
    `timezone`.
    """

    name: str
    timezone: str
    rotation: Rotation
    members: tuple[str, ...]
    handover: str
    hours: str | None
    begins: date | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """The envelope of a test. `agent_version` is a label; `history` says what each limit has used already."""

    tool: str
    args: dict[str, object]
    actor: str
    agent_version: str | None
    intent: str | None
    confidence: float | None
    uncertain: bool
    constraints: dict[str, object]
    impact: dict[str, object]
    evidence: tuple[object, ...]
    usage: dict[str, object]
    trace_id: str | None
    on_behalf_of: str | None
    history: Mapping[str, Decimal]
    now: datetime | None


@dataclass(frozen=True, slots=True)
class Expect:
    """`names_rule` is False where the test leaves the rule open; `rule` None means that no rule decides."""

    effect: Effect
    names_rule: bool
    rule: str | None
    reason_code: str | None
    needs: tuple[Need, ...] | None


@dataclass(frozen=True, slots=True)
class Trial:
    """One test of the document about itself."""

    given: Given
    expect: Expect


@dataclass(frozen=True, slots=True)
class Document:
    """`version` is `sha256:` and the hex SHA-256 of the exact text in UTF-8; `lines` leads pointers to lines."""

    name: str
    version: str
    defaults: Defaults
    tools: Mapping[str, ToolSpec]
    agents: Mapping[str, AgentSpec]
    rules: tuple[Rule, ...]
    limits: tuple[Limit, ...]
    freezes: tuple[Freeze, ...]
    escalations: Mapping[str, tuple[EscalationStep, ...]]
    schedules: Mapping[str, Schedule]
    tests: tuple[Trial, ...]
    lines: Mapping[str, int] = field(repr=False, compare=False)
