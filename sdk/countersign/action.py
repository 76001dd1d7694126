"""An action in the hands of its agent, for threads."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, Self, TypeVar

from countersign.execution import Execution, awaited, fit
from countersign.handle import ActionHandle, members
from countersign.models import DecisionRecord
from countersign.transport import is_async
from countersign.verbs import OnQuestion, Seen
from countersign.wire import Steps

R = TypeVar("R")
T = TypeVar("T")


class Drive(Protocol):
    def __call__(self, steps: Steps[T], /) -> T: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(DecisionRecord):
    """A decision, with the one way to act on it."""

    action: "Action" = field(repr=False, compare=False)

    def run(self, function: Callable[..., R]) -> R:
        """`Action.execute` for an action that is decided."""
        return self.action.execute(function)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest first; `next` is the cursor of the page after it, or None."""

    items: "tuple[Action, ...]"
    next: str | None


class Action(ActionHandle):
    """One action, and what its agent may do with it."""

    def __init__(self, drive: Drive, execution: Execution, seen: Seen) -> None:
        super().__init__(execution, seen)
        self._drive = drive

    @property
    def decision(self) -> Decision | None:
        record = self.record.decision
        return None if record is None else Decision(**members(record), action=self)

    def wait(
        self, timeout: float | None = None, *, check: bool = True, on_question: OnQuestion | None = None
    ) -> Decision:
        """Waits for the decision. Raises Rejected, DeniedByPolicy, Expired, Withdrawn, Stopped or DraftOnly, so that
        code which goes on was approved; with check=False gives any decision back. Raises WaitTimeout after `timeout`
        seconds, rounded up to whole ones, and Unreachable when the server stays away.

        `on_question(record)` is called when a reviewer asks; the text that it returns is the answer, None is none.
        """
        self.seen = self._drive(self._execution.verbs.wait(self.seen, timeout, on_question))
        return Decision(**members(awaited(self.seen, check=check)), action=self)

    def execute(self, function: Callable[..., R], timeout: float | None = None) -> R:
        """Waits if need be, spends the grant, runs `function(**decided arguments)` once, and reports how it went.

        Raises what the function raises, after reporting it. Until it runs, any failure means that it does not:
        see NotApproved, GrantRefused, AlreadyExecuted, UnfitArguments, JournalError, Unreachable.
        """
        if is_async(function):
            raise TypeError("execute runs plain functions; for an async def use AsyncCountersign")
        if self._unsettled:
            self.wait(timeout)
        self.seen, outcome = self._drive(self._execution.run(self.seen, partial(fit, function)))
        value: R = outcome.result()
        return value

    def refresh(self) -> Self:
        self.seen = self._drive(self._execution.verbs.get(self.id, self.seen.traceparent))
        return self

    def withdraw(self, reason: str) -> Self:
        """No longer wanted. Raises ApiProblem 409 where it is decided already."""
        self.seen = self._drive(self._execution.verbs.act(self.seen, "withdraw", {"reason": reason}))
        return self

    def answer(self, text: str) -> Self:
        """Answers the reviewer's question."""
        self.seen = self._drive(self._execution.verbs.act(self.seen, "messages", {"text": text}))
        return self
