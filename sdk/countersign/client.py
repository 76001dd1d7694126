"""The client for threads."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, Literal, ParamSpec, Self, TypeVar, Unpack

from countersign.action import Action, Page
from countersign.checkpoint import Checkpoint, Pin, check
from countersign.envelope import Envelope, Submission
from countersign.errors import ApiProblem
from countersign.execution import Execution, result_body
from countersign.gate import Gate, Terms
from countersign.journal import Journal
from countersign.models import Json, Permit, ToolCall, Validation
from countersign.transport import SyncTransport, Target, is_async
from countersign.verbs import OnQuestion, Seen, Verbs
from countersign.wire import Retry, Steps

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Countersign:
    """Speaks to one server with one key, as an agent (csk_) or as a person (csp_). Safe to share between threads.

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
        self._transport = SyncTransport(Target.find(base_url, api_key, timeout))
        self.journal = Journal(journal)
        self._execution = Execution(Verbs(retry or Retry()), self.journal)
        self._verbs = self._execution.verbs

    def submit(
        self,
        tool: str,
        args: Mapping[str, Any],
        *,
        traceparent: str | None = None,
        idempotency_key: str | None = None,
        **envelope: Unpack[Envelope],
    ) -> Action:
        """Proposes one call. Raises UnsafeArguments, ApiProblem or Unreachable.

        `idempotency_key`: a key of your own makes a submit that is repeated after a crash the same action (for 24 h).
        """
        steps = self._verbs.submit(tool, args, envelope, traceparent=traceparent, idempotency_key=idempotency_key)
        return self._action(steps)

    def get(self, action_id: str) -> Action:
        return self._action(self._verbs.get(action_id))

    def resume(self, action_id: str, *, traceparent: str | None = None) -> Action:
        """Goes on with an action after a restart: `wait` and `execute` as if nothing had happened.

        Raises OutcomeUnknown where this machine began to execute it and did not finish; it does not run again.
        """
        return self._action(self._execution.resume(action_id, traceparent))

    def check_log(self, pin: str | os.PathLike[str] | None = None) -> Checkpoint:
        """Pins the newest checkpoint of the audit log, once its server proved that it grew from the one pinned before.

        pin: path of the file; where None, COUNTERSIGN_CHECKPOINT, else checkpoint.DEFAULT_PATH. Raises LogForked.
        """
        return self._drive(check(self._verbs, Pin(pin)))

    def report_unsent(self) -> tuple[str, ...]:
        """Sends the results that could not be reported when they came up; the ids of their actions."""
        return self._drive(self._execution.report_unsent())

    def list(
        self,
        *,
        state: str | None = None,
        tool: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> Page:
        """Own actions (with a person's token: those that the person may see), newest first, one page."""
        filters = {"state": state, "tool": tool, "after": after, "limit": limit}
        items, cursor = self._drive(self._verbs.page(filters))
        return Page(tuple(self._handle(seen) for seen in items), cursor)

    def validate(self, tool: str, args: Mapping[str, Any], **envelope: Unpack[Envelope]) -> Validation:
        """What the server would say to this submit; nothing is stored."""
        return self._drive(self._verbs.validate(tool, args, envelope))

    def batch(self, items: Sequence[Submission]) -> tuple[Action | ApiProblem, ...]:
        """Submits up to 100; each becomes an action or the problem that refused it, in order."""
        seen = self._drive(self._verbs.batch(items))
        return tuple(item if isinstance(item, ApiProblem) else self._handle(item) for item in seen)

    def whoami(self) -> Json:
        """The key's agent, scopes, limits, tier and stop-switch state."""
        return self._drive(self._verbs.whoami())

    def review(
        self,
        action: Action,
        verdict: Literal["approve", "reject"],
        *,
        args: Mapping[str, Any] | None = None,
        reason_code: str | None = None,
        comment: str | None = None,
        checks: Sequence[str] = (),
        alternative: ToolCall | None = None,
    ) -> Action:
        """Votes with a person's token on the revision that `action` holds; `args` edits it.

        `checks`: the texts that the person has confirmed, as the rule words them. `alternative`: with a rejection, the
        call that would have been right; it is learned from and never runs. Raises ApiProblem: 409 `stale_revision`
        where somebody edited since, 403 with the code that says why (`checks_required` names them).
        """
        steps = self._verbs.review(action.seen, verdict, args, reason_code, comment, checks, alternative)
        return self._action(steps)

    def undo(self, action: Action) -> Action:
        """Takes the person's own vote back while the action is pending: before its quorum, or in its undo window.

        Raises ApiProblem: 409 `nothing_to_undo` where they have no vote on it.
        """
        return self._action(self._verbs.act(action.seen, "undo", {}))

    def spend(self, action: Action) -> Permit:
        """Takes the grant for a caller that executes elsewhere; whoever does must `report`. Prefer `Action.execute`."""
        return self._drive(self._execution.spend(action.seen))

    def report(
        self,
        action: Action,
        status: Literal["succeeded", "failed", "unknown"],
        *,
        output: Any = None,
        error: str | None = None,
        executed_args: dict[str, Any] | None = None,
        started_at: datetime | None = None,
        duration_ms: int | None = None,
        usage: dict[str, Any] | None = None,
    ) -> Action:
        """Tells how an execution ended after `spend`. `executed_args` that differ from the approved raise an alarm."""
        body = result_body(status, output, error, executed_args, started_at, duration_ms, usage)
        return self._action(self._execution.report(action.seen, body))

    def gate(
        self,
        tool: str,
        *,
        timeout: float | None = None,
        omit: Collection[str] = (),
        on_question: OnQuestion | None = None,
        traceparent: str | None = None,
        **envelope: Unpack[Envelope],
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Makes every call of the function wait for a decision; it runs with the approved arguments, once.

        For functions and for async functions (these wait in a thread; for many at once take AsyncCountersign).
        `summary` is a format string over the proposed arguments. `omit` names parameters that reviewers do not see.
        """

        terms = Terms(tool, timeout, omit, on_question, traceparent, envelope)

        def decorate(function: Callable[P, R]) -> Callable[P, R]:
            gate = Gate.of(function, terms)

            @wraps(function)
            def wrapped(*args: P.args, **kwargs: P.kwargs) -> Any:
                return self._drive(gate.steps(self._execution, args, kwargs)).result()

            @wraps(function)
            async def awaited(*args: P.args, **kwargs: P.kwargs) -> Any:
                outcome = await self._transport.drive_async(gate.steps(self._execution, args, kwargs))
                return outcome.result()

            chosen: Callable[P, Any] = awaited if is_async(function) else wrapped
            return chosen

        return decorate

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _drive(self, steps: Steps[T]) -> T:
        return self._transport.drive(steps)

    def _action(self, steps: Steps[Seen]) -> Action:
        return self._handle(self._drive(steps))

    def _handle(self, seen: Seen) -> Action:
        return Action(self._drive, self._execution, seen)
