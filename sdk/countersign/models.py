"""What the server answers, as values. Keys that a newer server adds are ignored; the whole answer stays in `raw`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

Json = dict[str, Any]

PENDING = "pending"
APPROVED = "approved"
EXPIRED = "expired"
WITHDRAWN = "withdrawn"


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool's name and its arguments by name."""

    name: str
    args: Json

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        return cls(name=str(data["name"]), args=dict(data["args"]))


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """The final answer to an action. `tool_call` is what may run; the proposal never is.

    `outcome`: approved, rejected, expired or withdrawn. `source`: policy, people, timeout, agent or stop_switch.
    `changes`: RFC 6902, from the proposed to the decided arguments. `grant`: compact JWS, for the owning agent alone.
    """

    id: str
    outcome: str
    source: str
    edited: bool
    tool_call: ToolCall
    changes: tuple[Json, ...]
    reason_code: str | None
    comment: str | None
    decided_at: datetime | None
    decided_by: tuple[Json, ...]
    revision: int
    digest: str
    grant: str | None = field(repr=False)
    grant_expires_at: datetime | None
    raw: Json = field(repr=False, compare=False)

    @property
    def approved(self) -> bool:
        return self.outcome == APPROVED

    @property
    def draft(self) -> bool:
        """Approved in tier draft: people finish the work, the agent does not execute."""
        return self.approved and self.grant is None and self.reason_code == "draft"

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "DecisionRecord":
        return DecisionRecord(
            id=str(data["id"]),
            outcome=str(data["outcome"]),
            source=str(data["source"]),
            edited=bool(data["edited"]),
            tool_call=ToolCall.parse(data["tool_call"]),
            changes=tuple(data.get("changes") or ()),
            reason_code=data.get("reason_code"),
            comment=data.get("comment"),
            decided_at=_time(data.get("decided_at")),
            decided_by=tuple(data.get("decided_by") or ()),
            revision=int(data["revision"]),
            digest=str(data["digest"]),
            grant=data.get("grant"),
            grant_expires_at=_time(data.get("grant_expires_at")),
            raw=dict(data),
        )


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """An action as the server last showed it. `state`: pending, approved, rejected, expired or withdrawn."""

    id: str
    state: str
    revision: int
    digest: str
    tool_call: ToolCall
    trace_id: str | None
    question: Any
    created_at: datetime | None
    expires_at: datetime | None
    decision: DecisionRecord | None
    execution: Json | None
    raw: Json = field(repr=False, compare=False)

    @property
    def pending(self) -> bool:
        return self.state == PENDING

    @property
    def executed(self) -> bool:
        """Its grant was spent: it runs, ran, or nobody knows."""
        return self.execution is not None

    @property
    def running(self) -> bool:
        """Spent, and nothing was reported yet."""
        return self.execution is not None and self.execution.get("status") == "running"

    @property
    def lacks_grant(self) -> bool:
        """Approved and not yet executed, and this copy came without the grant: a replayed answer never carries one."""
        decision = self.decision
        return (
            decision is not None
            and decision.approved
            and decision.grant is None
            and not decision.draft
            and self.execution is None
        )

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "ActionRecord":
        decision = data.get("decision")
        return ActionRecord(
            id=str(data["id"]),
            state=str(data["state"]),
            revision=int(data["revision"]),
            digest=str(data["digest"]),
            tool_call=ToolCall.parse(data["tool_call"]),
            trace_id=data.get("trace_id"),
            question=data.get("question"),
            created_at=_time(data.get("created_at")),
            expires_at=_time(data.get("expires_at")),
            decision=None if decision is None else DecisionRecord.parse(decision),
            execution=data.get("execution"),
            raw=dict(data),
        )


@dataclass(frozen=True, slots=True)
class Permit:
    """A spent grant. `execution_key` is stable for the action: hand it to the tool as its own idempotency key."""

    tool_call: ToolCall
    spent_at: datetime | None
    execution_key: str

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        return cls(ToolCall.parse(data["tool_call"]), _time(data.get("spent_at")), str(data["execution_key"]))


@dataclass(frozen=True, slots=True)
class Validation:
    """What the whole check would say about an envelope, without storing it."""

    compatible: bool
    effect: str | None
    rule: str | None
    explanation: str | None
    problems: tuple[Json, ...]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            compatible=bool(data["compatible"]),
            effect=data.get("effect"),
            rule=data.get("rule"),
            explanation=data.get("explanation"),
            problems=tuple(data.get("problems") or ()),
        )
