"""What the policy is asked and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol

from approvals.policy.model import RANK, Effect, Need, Risk, Tier, VersionState
from approvals.policy.stops import Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One call with its envelope, as claimed, and what the workspace knows.

    `agent` is the name behind the key and `agent_version` the label that an admin bound to the call's manifest, never
    claims. `manifest` is Policy.version_state() of that manifest.
    `now` is aware. `history` holds, by limit id, what the key of limits_for() has used in its window. `stops` are the
    workspace's switches that are on, whomever they bear on.
    """

    tool: str
    args: Mapping[str, object]
    actor: str
    agent: str
    now: datetime
    agent_version: str | None = None
    manifest: VersionState | None = None
    intent: str | None = None
    confidence: float | None = None
    uncertain: bool = False
    constraints: Mapping[str, object] = field(default_factory=dict)
    impact: Mapping[str, object] = field(default_factory=dict)
    evidence: Sequence[object] = ()
    usage: Mapping[str, object] = field(default_factory=dict)
    trace_id: str | None = None
    on_behalf_of: str | None = None
    history: Mapping[str, Decimal | int] = field(default_factory=dict)
    stops: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitCharge:
    """What one call takes from one limit.

    `key_parts` are per, currency (or empty) and whose; a `window` of None sums for ever (one trace).
    `amount` has at most 15 digits before and 10 behind the point, rounded up.
    """

    id: str
    key_parts: tuple[str, str, str]
    amount: Decimal
    window: timedelta | None
    max: Decimal
    over: Effect

    @property
    def key(self) -> str:
        """The parts as one text of at most 220 characters, different for different parts."""
        return ":".join(self.key_parts)


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """`pointer` is RFC 6901 into the arguments."""

    pointer: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """One clause of a rule that names the tool; `read` pairs each place with the value shown for it."""

    rule: str
    clause: str
    result: bool | Literal["error"]
    read: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Obligations:
    """What people and the agent are held to. `needs` is sorted by group and empty unless people are asked."""

    needs: tuple[Need, ...]
    reject_quorum: int
    second_person_for_edits: bool
    checks: tuple[str, ...]
    evidence: tuple[str, ...]
    step_up: str | None
    escalation: str | None
    target: timedelta
    expires_in: timedelta
    execute_within: timedelta
    result_within: timedelta


@dataclass(frozen=True, slots=True)
class Verdict:
    """The policy's answer to one call.

    `rule` is the id of the rule that decided, None where something else did; `notes` are sentences on what else held.
    `unprocessable` says that the call breaks the tool's schema and the door answers 422 (the effect is then deny).
    `questions` are the codes of everything that asks a person, where that decides; `standing_grant` is the id of the
    one that answered for the person.
    `undo` is how long an approval by people can be taken back, `dwell` how long they look at least, both by the risk.
    """

    effect: Effect
    rule: str | None
    explanation: str
    reason: str | None
    notes: tuple[str, ...]
    matched: tuple[str, ...]
    obligations: Obligations
    tier: Tier
    risk: Risk
    undo: timedelta
    dwell: timedelta
    no_grant: bool
    reason_code: str | None
    trace: tuple[ClauseResult, ...]
    flags: tuple[str, ...]
    limits: tuple[LimitCharge, ...]
    over_limits: tuple[str, ...]
    schema_problems: tuple[SchemaProblem, ...]
    unprocessable: bool
    policy_version: str
    engine: str
    questions: tuple[str, ...] = ()
    standing_grant: str | None = None

    @property
    def needs(self) -> tuple[Need, ...]:
        return self.obligations.needs


class Demand(Protocol):
    """The part of a verdict that a grant depends on; a frozen row of the action can stand in for a verdict."""

    @property
    def effect(self) -> Effect: ...

    @property
    def needs(self) -> tuple[Need, ...]: ...

    @property
    def no_grant(self) -> bool: ...


def stricter(a: Demand, b: Demand) -> bool:
    """Whether `a` asks for something that `b` did not: then what was let through under `b` is void under `a`."""
    if a.effect != b.effect:
        return RANK[a.effect] > RANK[b.effect]
    had = {need.group: need.quorum for need in b.needs}
    more = any(need.quorum > had.get(need.group, 0) for need in a.needs)
    return more or (a.no_grant and not b.no_grant)
