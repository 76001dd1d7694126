"""Running what was signed: spend the grant, note the start, run the decided arguments once, report what came of it.

Every doubt before the function means that it does not run; every doubt after it means that it does not run again.
"""

import copy
import inspect
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from countersign.envelope import check, dumps, same
from countersign.errors import (
    AlreadyExecuted,
    ApiProblem,
    CountersignError,
    GrantRefused,
    JournalError,
    OutcomeUnknown,
    Stopped,
    UnfitArguments,
    UnsafeArguments,
    WaitTimeout,
    refusal,
)
from countersign.journal import Entry, Journal
from countersign.models import DecisionRecord, Json, Permit
from countersign.verbs import OnQuestion, Seen, Verbs, path_of
from countersign.wire import Call, Do, Outcome, Steps

log = logging.getLogger("countersign")

OUTPUT_MAX = 64 * 1024
TEXT_MAX = 4_000
STOP_CODES = frozenset({"stopped", "stop_switch"})

Fit = Callable[[Mapping[str, Any]], Callable[[], Any]]


@dataclass(frozen=True, slots=True)
class Execution:
    """The verbs that touch the journal."""

    verbs: Verbs
    journal: Journal

    def spend(self, seen: Seen) -> Steps[Permit]:
        """Takes the single-use grant. Raises GrantRefused, Stopped, AlreadyExecuted, JournalError or Unreachable."""
        decision = decided(seen)
        known: Entry | None = yield Do(partial(self.journal.find, seen.record.id))
        # A spend that is in the journal and was not begun may be of this machine: it is sent again.
        ours = known is not None and not known.begun and seen.record.running
        if (known is not None and known.begun) or (seen.record.executed and not ours):
            raise AlreadyExecuted(seen.record.id)
        grant = known.grant if known is not None else decision.grant
        if grant is None:
            raise GrantRefused("no_grant", "the answer came without a grant; only the owning agent's key draws it")
        entry: Entry = yield Do(partial(self.journal.claim, seen.record.id, str(uuid4()), grant))
        path, body = f"{path_of(seen.record.id)}/spend", {"grant": entry.grant}
        try:
            answer = yield from self.verbs.post(path, body, traceparent=seen.traceparent, key=entry.key)
        except ApiProblem as problem:
            if problem.code in STOP_CODES:
                raise Stopped(seen.record) from problem
            if problem.status in (403, 409):
                raise GrantRefused(problem.code, problem.detail) from problem
            raise
        permit = answer.parse(Permit.parse)
        if permit.tool_call.name != decision.tool_call.name or not same(permit.tool_call.args, decision.tool_call.args):
            raise GrantRefused("tool_call_mismatch", "the spent call is not the decided one; tell the operators")
        return permit

    def run(self, seen: Seen, fit: Fit) -> Steps[tuple[Seen, Outcome[Any]]]:
        """Runs the decided call once. `fit` turns its arguments into a call, or raises UnfitArguments."""
        decision = decided(seen)
        args = decision.tool_call.args
        call = fit(copy.deepcopy(args))
        permit = yield from self.spend(seen)
        if not (yield Do(partial(self.journal.start, seen.record.id, permit.execution_key))):
            raise AlreadyExecuted(seen.record.id)
        began, clock = datetime.now(UTC), self.verbs.clock()
        outcome: Outcome[Any] = yield Call(call)
        duration = round((self.verbs.clock() - clock) * 1000)
        report = report_of(outcome, args, began, duration)
        return (yield from self._close(seen, report)), outcome

    def submitted(
        self, submit: Steps[Seen], tool: str, fit: Fit, timeout: float | None, on_question: OnQuestion | None
    ) -> Steps[Outcome[Any]]:
        """The whole life of a gated call: submit, wait, run."""
        seen = yield from submit
        seen = yield from self.verbs.wait(seen, timeout, on_question)
        approved = awaited(seen).tool_call.name
        if approved != tool:
            raise UnfitArguments(f"{approved} was approved, and the function is {tool}. Nothing ran.")
        _, outcome = yield from self.run(seen, fit)
        return outcome

    def report(self, seen: Seen, report: Json) -> Steps[Seen]:
        """Tells the server how an execution ended, and closes its journal entry."""
        seen = yield from self.verbs.act(seen, "result", report)
        yield Do(partial(self.journal.reported, seen.record.id))
        return seen

    def _close(self, seen: Seen, report: Json) -> Steps[Seen]:
        """After the function: whatever fails here is logged, as raising would hide what the function returned."""
        try:
            yield Do(partial(self.journal.finish, seen.record.id, report))
        except JournalError:
            log.exception("%s ran; its end is not in the journal", seen.record.id)
        try:
            return (yield from self.report(seen, report))
        except CountersignError as error:
            log.warning("%s ran; its report is kept for resume or report_unsent: %s", seen.record.id, error)
        return seen

    def resume(self, action_id: str, traceparent: str | None) -> Steps[Seen]:
        """After a restart: gives back an action that was not begun, or settles one that was.

        Begun and not finished: reports `unknown` once, and raises OutcomeUnknown each time. Finished but not reported:
        reports, and gives back the action, which does not run again.
        """
        entry: Entry | None = yield Do(partial(self.journal.find, action_id))
        seen = yield from self.verbs.get(action_id, traceparent)
        if entry is None or not entry.begun:
            return seen
        unknown = entry.phase == "started" or (entry.report or {}).get("status") == "unknown"
        if entry.phase != "reported":
            seen = yield from self._settle(seen, {"status": "unknown"} if unknown else entry.report or {})
        if unknown:
            raise OutcomeUnknown(action_id, entry.execution_key)
        return seen

    def _settle(self, seen: Seen, report: Json) -> Steps[Seen]:
        """Reports late. A conflict means that the server has a result already."""
        try:
            return (yield from self.report(seen, report))
        except ApiProblem as problem:
            if problem.status != 409:
                raise
            yield Do(partial(self.journal.reported, seen.record.id))
        return (yield from self.verbs.get(seen.record.id, seen.traceparent))

    def report_unsent(self) -> Steps[tuple[str, ...]]:
        """Sends the reports that the server has not got, and names their actions."""
        owed: tuple[Entry, ...] = yield Do(self.journal.unfinished)
        sent: list[str] = []
        for entry in owed:
            if entry.phase == "finished" and entry.report is not None:
                try:
                    seen = yield from self.verbs.get(entry.action)
                    yield from self._settle(seen, entry.report)
                except ApiProblem as problem:
                    log.warning("the report of %s is refused and stays in the journal: %s", entry.action, problem)
                else:
                    sent.append(entry.action)
        return tuple(sent)


def decided(seen: Seen, *, check: bool = True) -> DecisionRecord:
    """The decision; with `check` only one that allows execution, else the exception that it stands for is raised."""
    decision = seen.record.decision
    if decision is None:
        raise GrantRefused("pending", f"{seen.record.id} is not decided yet; wait for it")
    refused = refusal(seen.record) if check else None
    if refused is not None:
        raise refused
    return decision


def awaited(seen: Seen, *, check: bool = True) -> DecisionRecord:
    """`decided` after a wait: an action that is still pending raises WaitTimeout."""
    if seen.record.pending:
        raise WaitTimeout(seen.record)
    return decided(seen, check=check)


def fit(function: Callable[..., Any], args: Mapping[str, Any]) -> Callable[[], Any]:
    """A call of `function` with these arguments by name. Raises UnfitArguments before anything is spent."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return partial(function, **args)
    positional = [p.name for p in signature.parameters.values() if p.kind is p.POSITIONAL_ONLY and p.name in args]
    named = {name: value for name, value in args.items() if name not in positional}
    try:
        bound = signature.bind(*(args[name] for name in positional), **named)
    except TypeError as error:
        raise UnfitArguments(f"The approved arguments do not fit the function: {error}. Nothing ran.") from error
    return partial(function, *bound.args, **bound.kwargs)


def report_of(outcome: Outcome[Any], args: Json, began: datetime, duration: int) -> Json:
    """The body of POST /actions/{id}/result. `duration` in milliseconds."""
    report: Json = {"status": "succeeded" if outcome.error is None else "failed", "executed_args": args}
    if outcome.error is None:
        report["output"] = presentable(outcome.value)
    else:
        report["error"] = _plain(f"{type(outcome.error).__name__}: {outcome.error}")
    return report | {"started_at": began.isoformat().replace("+00:00", "Z"), "duration_ms": duration}


def result_body(
    status: str,
    output: Any,
    error: str | None,
    executed_args: Json | None,
    started_at: datetime | None,
    duration_ms: int | None,
    usage: Json | None,
) -> Json:
    """The same body as the caller gives it; what is None is left out."""
    body = {
        "status": status,
        "output": output,
        "error": error,
        "executed_args": executed_args,
        "started_at": None if started_at is None else started_at.isoformat(),
        "duration_ms": duration_ms,
        "usage": usage,
    }
    return {name: value for name, value in body.items() if value is not None}


def presentable(output: Any) -> Any:
    """The output where it is JSON of at most OUTPUT_MAX bytes, else its repr, cut: a report must not fail for it."""
    try:
        check(output)
        return output if len(dumps(output)) <= OUTPUT_MAX else _plain(repr(output))
    except UnsafeArguments:
        return _plain(repr(output))


def _plain(text: str) -> str:
    return text[:TEXT_MAX].encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
