"""An action in the hands of its agent, for asyncio: countersign.action, awaited; each verb is documented there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, Self, TypeVar, overload

from countersign.execution import Execution, awaited, fit
from countersign.handle import ActionHandle, members
from countersign.models import DecisionRecord
from countersign.verbs import OnQuestion, Seen
from countersign.wire import Steps

R = TypeVar("R")
T = TypeVar("T")


class AsyncDrive(Protocol):
    async def __call__(self, steps: Steps[T], /) -> T: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncDecision(DecisionRecord):
    """Decision, awaited."""

    action: "AsyncAction" = field(repr=False, compare=False)

    @overload
    async def run(self, function: Callable[..., Awaitable[R]]) -> R: ...

    @overload
    async def run(self, function: Callable[..., R]) -> R: ...

    async def run(self, function: Callable[..., object]) -> object:
        return await self.action.execute(function)


@dataclass(frozen=True, slots=True)
class AsyncPage:
    """Page, of actions whose verbs are awaited."""

    items: "tuple[AsyncAction, ...]"
    next: str | None


class AsyncAction(ActionHandle):
    """Action, awaited."""

    def __init__(self, drive: AsyncDrive, execution: Execution, seen: Seen) -> None:
        super().__init__(execution, seen)
        self._drive = drive

    @property
    def decision(self) -> AsyncDecision | None:
        record = self.record.decision
        return None if record is None else AsyncDecision(**members(record), action=self)

    async def wait(
        self, timeout: float | None = None, *, check: bool = True, on_question: OnQuestion | None = None
    ) -> AsyncDecision:
        self.seen = await self._drive(self._execution.verbs.wait(self.seen, timeout, on_question))
        return AsyncDecision(**members(awaited(self.seen, check=check)), action=self)

    @overload
    async def execute(self, function: Callable[..., Awaitable[R]], timeout: float | None = None) -> R: ...

    @overload
    async def execute(self, function: Callable[..., R], timeout: float | None = None) -> R: ...

    async def execute(self, function: Callable[..., object], timeout: float | None = None) -> object:
        """An async function runs on the loop, any other in a thread. Cancelled meanwhile, it counts as begun."""
        if self._unsettled:
            await self.wait(timeout)
        self.seen, outcome = await self._drive(self._execution.run(self.seen, partial(fit, function)))
        value: object = outcome.result()
        return value

    async def refresh(self) -> Self:
        self.seen = await self._drive(self._execution.verbs.get(self.id, self.seen.traceparent))
        return self

    async def withdraw(self, reason: str) -> Self:
        self.seen = await self._drive(self._execution.verbs.act(self.seen, "withdraw", {"reason": reason}))
        return self

    async def answer(self, text: str) -> Self:
        self.seen = await self._drive(self._execution.verbs.act(self.seen, "messages", {"text": text}))
        return self
