"""Faults to order: what the next calls of a method meet instead of an answer, or before it."""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["status", "error", "slow", "drop"]


@dataclass(slots=True)
class Fault:
    """`left` is how many calls it still meets, None for all of them; `channel` narrows it to calls about one."""

    kind: Kind
    method: str
    left: int | None
    channel: str = ""
    status: int = 200
    error: str = ""
    retry_after: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Faults:
    """In the order in which they were ordered. A method of "*" is any."""

    _ordered: deque[Fault] = field(default_factory=deque)

    def limit(self, method: str = "*", *, retry_after: int = 30, times: int | None = 1, channel: str = "") -> None:
        """429 with Retry-After in seconds."""
        self._ordered.append(
            Fault("status", method, times, channel, status=429, error="ratelimited", retry_after=retry_after)
        )

    def status(self, method: str = "*", *, status: int = 503, times: int | None = 1, channel: str = "") -> None:
        """A broken answer, which is not JSON."""
        self._ordered.append(Fault("status", method, times, channel, status=status))

    def error(self, method: str, error: str, *, times: int | None = 1, channel: str = "") -> None:
        """`{"ok": false, "error": …}`; the call has no effect."""
        self._ordered.append(Fault("error", method, times, channel, error=error))

    def slow(self, method: str = "*", *, seconds: float, times: int | None = 1, channel: str = "") -> None:
        """The right answer, late."""
        self._ordered.append(Fault("slow", method, times, channel, seconds=seconds))

    def drop(self, method: str, *, times: int | None = 1, channel: str = "") -> None:
        """The call has its effect and the connection breaks before the answer."""
        self._ordered.append(Fault("drop", method, times, channel))

    def clear(self) -> None:
        self._ordered.clear()

    def met_by(self, method: str, channel: str) -> Fault | None:
        """The next fault of this call, used up by asking."""
        for fault in self._ordered:
            if fault.method in {"*", method} and fault.channel in {"", channel}:
                if fault.left is not None:
                    fault.left -= 1
                    if fault.left == 0:
                        self._ordered.remove(fault)
                return fault
        return None
