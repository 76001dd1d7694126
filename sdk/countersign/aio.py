"""The client for asyncio: the same names and the same generators as countersign.client, awaited."""

import os
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, Literal, ParamSpec, Protocol, Self, TypeVar, Unpack, overload

from countersign.aio_action import AsyncAction, AsyncPage
from countersign.checkpoint import Checkpoint, Pin, check
from countersign.envelope import Envelope, Submission
from countersign.errors import ApiProblem
from countersign.execution import Execution, result_body
from countersign.gate import Gate, Terms
from countersign.journal import Journal
from countersign.models import Json, Permit, ToolCall, Validation
from countersign.transport import AsyncTransport, Target
from countersign.verbs import OnQuestion, Seen, Verbs
from countersign.wire import Retry, Steps

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Gated(Protocol):
    """Decorates an async function, or a plain one, which then runs in a thread; the result is awaited either way."""

    @overload
    def __call__(self, function: Callable[P, Coroutine[Any, Any, R]], /) -> Callable[P, Coroutine[Any, Any, R]]: ...

    @overload
    def __call__(self, function: Callable[P, R], /) -> Callable[P, Coroutine[Any, Any, R]]: ...


class AsyncCountersign:
    """Countersign, awaited: each verb is documented there. Each event loop gets its own connections.

    base_url, api_key: where None, COUNTERSIGN_URL and COUNTERSIGN_API_KEY. timeout: seconds for one request that waits
    for nobody. journal: path of the journal file; where None, COUNTERSIGN_JOURNAL, else journal.DEFAULT_PATH.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float = 10.0,
        *,
        retry: Retry | None = None,
        journal: str | os.PathLike[str] | None = None,
    ) -> None:
        self._transport = AsyncTransport(Target.find(base_url, api_key, timeout))
        self.journal = Journal(journal)
        self._execution = Execution(Verbs(retry or Retry()), self.journal)
        self._verbs = self._execution.verbs

    async def submit(
        self,
        tool: str,
        args: Mapping[str, Any],
        *,
        traceparent: str | None = None,
        idempotency_key: str | None = None,
        **envelope: Unpack[Envelope],
    ) -> AsyncAction:
        steps = self._verbs.submit(tool, args, envelope, traceparent=traceparent, idempotency_key=idempotency_key)
        return await self._action(steps)

    async def get(self, action_id: str) -> AsyncAction:
        return await self._action(self._verbs.get(action_id))

    async def resume(self, action_id: str, *, traceparent: str | None = None) -> AsyncAction:
        return await self._action(self._execution.resume(action_id, traceparent))

    async def check_log(self, pin: str | os.PathLike[str] | None = None) -> Checkpoint:
        return await self._drive(check(self._verbs, Pin(pin)))

    async def report_unsent(self) -> tuple[str, ...]:
        return await self._drive(self._execution.report_unsent())

    async def list(
        self,
        *,
        state: str | None = None,
        tool: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> AsyncPage:
        filters = {"state": state, "tool": tool, "after": after, "limit": limit}
        items, cursor = await self._drive(self._verbs.page(filters))
        return AsyncPage(tuple(self._handle(seen) for seen in items), cursor)

    async def validate(self, tool: str, args: Mapping[str, Any], **envelope: Unpack[Envelope]) -> Validation:
        return await self._drive(self._verbs.validate(tool, args, envelope))

    async def batch(self, items: Sequence[Submission]) -> tuple[AsyncAction | ApiProblem, ...]:
        seen = await self._drive(self._verbs.batch(items))
        return tuple(item if isinstance(item, ApiProblem) else self._handle(item) for item in seen)

    async def whoami(self) -> Json:
        return await self._drive(self._verbs.whoami())

    async def review(
        self,
        action: AsyncAction,
        verdict: Literal["approve", "reject"],
        *,
        args: Mapping[str, Any] | None = None,
        reason_code: str | None = None,
        comment: str | None = None,
        checks: Sequence[str] = (),
        alternative: ToolCall | None = None,
    ) -> AsyncAction:
        steps = self._verbs.review(action.seen, verdict, args, reason_code, comment, checks, alternative)
        return await self._action(steps)

    async def undo(self, action: AsyncAction) -> AsyncAction:
        return await self._action(self._verbs.act(action.seen, "undo", {}))

    async def spend(self, action: AsyncAction) -> Permit:
        return await self._drive(self._execution.spend(action.seen))

    async def report(
        self,
        action: AsyncAction,
        status: Literal["succeeded", "failed", "unknown"],
        *,
        output: Any = None,
        error: str | None = None,
        executed_args: dict[str, Any] | None = None,
        started_at: datetime | None = None,
        duration_ms: int | None = None,
        usage: dict[str, Any] | None = None,
    ) -> AsyncAction:
        body = result_body(status, output, error, executed_args, started_at, duration_ms, usage)
        return await self._action(self._execution.report(action.seen, body))

    def gate(
        self,
        tool: str,
        *,
        timeout: float | None = None,
        omit: Collection[str] = (),
        on_question: OnQuestion | None = None,
        traceparent: str | None = None,
        **envelope: Unpack[Envelope],
    ) -> Gated:

        terms = Terms(tool, timeout, omit, on_question, traceparent, envelope)

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            gate = Gate.of(function, terms)

            @wraps(function)
            async def wrapped(*args: Any, **kwargs: Any) -> Any:
                outcome = await self._drive(gate.steps(self._execution, args, kwargs))
                return outcome.result()

            return wrapped

        return decorate

    async def close(self) -> None:
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.close()

    async def _drive(self, steps: Steps[T]) -> T:
        return await self._transport.drive(steps)

    async def _action(self, steps: Steps[Seen]) -> AsyncAction:
        return self._handle(await self._drive(steps))

    def _handle(self, seen: Seen) -> AsyncAction:
        return AsyncAction(self._drive, self._execution, seen)
