"""What verifying a log can answer, with the exit codes that scripts and the stand-alone judge of bundles share."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

FAULTS_MAX = 50


class Code(IntEnum):
    """The worse, the higher."""

    WITNESSED = 0
    UNWITNESSED = 10
    INCOMPLETE = 20
    DIVERGED = 30
    INVALID = 40

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Code.WITNESSED: "verified and witnessed",
    Code.UNWITNESSED: "verified but unwitnessed",
    Code.INCOMPLETE: "incomplete",
    Code.DIVERGED: "diverged from an anchor",
    Code.INVALID: "invalid",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """`index` is the place in the log, where it has one; `event_id` the event in question, where it is known."""

    code: Code
    says: str
    index: int | None = None
    event_id: str = ""


@dataclass(slots=True)
class Report:
    """`first` to `size`: the entries that were hashed again. Only the first faults are kept; `code` knows them all."""

    log_id: str
    workspace_id: str
    origin: str
    first: int
    size: int
    is_deep: bool
    is_witnessed: bool = False
    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    worst: Code = Code.WITNESSED
    first_bad: int | None = None

    def add(self, fault: Fault) -> None:
        self.count += 1
        self.worst = max(self.worst, fault.code)
        if fault.index is not None and fault.code is Code.INVALID:
            self.first_bad = fault.index if self.first_bad is None else min(self.first_bad, fault.index)
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(fault)

    @property
    def code(self) -> Code:
        return max(self.worst, Code.WITNESSED if self.is_witnessed else Code.UNWITNESSED)

    @property
    def tree(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "log": self.log_id,
            "origin": self.origin,
            "first": self.first,
            "size": self.size,
            "deep": self.is_deep,
            "exit": int(self.code),
            "verdict": self.code.words,
            "first_bad_index": self.first_bad,
            "faults": [
                {"code": int(fault.code), "index": fault.index, "event": fault.event_id, "says": fault.says}
                for fault in self.faults
            ],
            "fault_count": self.count,
        }
