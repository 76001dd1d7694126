"""The answers of the small server, built as the API describes them."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

Json = dict[str, Any]


def stamp(seconds: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def problem(status: int, code: str, detail: str, *errors: Json) -> tuple[int, Json]:
    body = {"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code}
    return status, body | {"errors": list(errors), "request_id": "req_1"}


@dataclass(slots=True)
class Stored:
    """One action on the server. `replayed` answers leave out the grant, as the API does."""

    id: str
    call: Json
    envelope: Json
    state: str = "pending"
    revision: int = 1
    question: Json | None = None
    decision: Json | None = None
    execution: Json | None = None
    spend: tuple[str, Json] | None = None
    refuse_spend: tuple[str, str] | None = None
    notes: list[str] = field(default_factory=list)
    votes: int = 0

    @property
    def digest(self) -> str:
        text = json.dumps([self.id, self.call, self.revision], sort_keys=True)
        return f"sha256:{sha256(text.encode()).hexdigest()}"

    @property
    def report(self) -> Json:
        """What the agent reported."""
        report: Json = (self.execution or {})["report"]
        return report

    def shown(self, *, grant: bool = True) -> Json:
        decision = self.decision
        if decision is not None and (not grant or self.spend is not None):
            decision = decision | {"grant": None}
        return {
            "id": self.id,
            "state": self.state,
            "revision": self.revision,
            "digest": self.digest,
            "tool_call": self.call,
            "agent": {"id": "agt_otto", "name": "otto", "version": "ver_1"},
            "trace_id": self.envelope.get("trace_id"),
            "risk": "medium",
            "policy": {
                "version": "pol_1",
                "effect": "require_approval",
                "rule": "all",
                "explanation": "Ask.",
            },
            "needs": [{"group": "finance", "approvals": self.votes, "quorum": 1}],
            "question": self.question,
            "closing_at": None,
            "created_at": "2026-11-12T10:00:00Z",
            "expires_at": "2026-11-12T10:15:00Z",
            "decision": decision,
            "execution": self.execution,
            "links": {},
        }

    def decide(self, outcome: str, source: str, args: Json | None, reason: str | None, comment: str | None) -> None:
        edited = args is not None and args != self.call["args"]
        if edited:
            self.revision += 1
            self.call = {"name": self.call["name"], "args": args}
        approved = outcome == "approved" and reason != "draft"
        self.state = outcome
        self.decision = {
            "id": f"dec_{self.id}",
            "outcome": outcome,
            "source": source,
            "edited": edited,
            "tool_call": self.call,
            "changes": [],
            "reason_code": reason,
            "comment": comment,
            "decided_at": stamp(),
            "decided_by": [{"id": "usr_ada", "name": "Ada"}] if source == "people" else [],
            "revision": self.revision,
            "digest": self.digest,
            "grant": f"grant.{self.id}.{self.revision}" if approved else None,
            "grant_expires_at": stamp(300) if approved else None,
            "audit": {"event": "evt_1", "log": "log", "index": None},
        }
