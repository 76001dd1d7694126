"""What the sync and the async handle of an action have in common: everything that needs no request."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from countersign.execution import Execution
from countersign.models import ActionRecord, DecisionRecord, Json, ToolCall
from countersign.verbs import Seen


class ActionHandle:
    """An action as last seen; the verbs of its subclasses bring it up to date."""

    def __init__(self, execution: Execution, seen: Seen) -> None:
        self._execution = execution
        self.seen = seen

    @property
    def record(self) -> ActionRecord:
        return self.seen.record

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def state(self) -> str:
        """pending, approved, rejected, expired or withdrawn."""
        return self.record.state

    @property
    def revision(self) -> int:
        return self.record.revision

    @property
    def digest(self) -> str:
        return self.record.digest

    @property
    def tool_call(self) -> ToolCall:
        """The newest revision. What may run is `decision.tool_call`."""
        return self.record.tool_call

    @property
    def trace_id(self) -> str | None:
        return self.record.trace_id

    @property
    def question(self) -> Any:
        """What a reviewer asked and nobody answered yet; None where nothing is open."""
        return self.record.question

    @property
    def expires_at(self) -> datetime | None:
        return self.record.expires_at

    @property
    def execution(self) -> Json | None:
        """`status` (running, then what was reported), `spent_at`, `reported_at`, `report`; None before the spend."""
        return self.record.execution

    @property
    def _unsettled(self) -> bool:
        return self.record.pending or self.record.lacks_grant

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.record.tool_call.name} {self.state}>"


def members(record: DecisionRecord) -> Mapping[str, Any]:
    """A record's fields by name, to build a handle of them."""
    return {item.name: getattr(record, item.name) for item in fields(record)}
