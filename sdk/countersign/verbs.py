"""Each verb of the API as a generator: what to send, how to read the answer, when to look again."""

import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from countersign.envelope import Envelope, Submission, dumps, envelope
from countersign.errors import ApiProblem, BadAnswer
from countersign.models import ActionRecord, Json, ToolCall, Validation
from countersign.wire import Answer, Call, Outcome, Pause, Retry, Send, Steps, exchange, problem_of

WAIT_MAX = 30
# What a read may last beyond the wait that the server was asked for, in seconds.
WAIT_SLACK = 15.0
# An answer that changes nothing and comes sooner than this (seconds) was not a wait: do not ask at once again.
TOO_SOON = 1.0

OnQuestion = Callable[[ActionRecord], Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """An action as last seen, with what later requests about it carry."""

    record: ActionRecord
    etag: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Verbs:
    """`clock` gives seconds that never run back."""

    retry: Retry
    clock: Callable[[], float] = time.monotonic

    def _exchange(self, send: Send) -> Steps[Answer]:
        return exchange(lambda: send, self.retry, self.retry.patience, self.clock)

    def post(self, path: str, body: Any, *, traceparent: str | None = None, key: str | None = None) -> Steps[Answer]:
        """Posts once, however often it is sent: the key is drawn here and kept over retries."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key or str(uuid4())}
        return self._exchange(Send("POST", path, headers=headers | _trace(traceparent), body=dumps(body)))

    def submit(
        self,
        tool: str,
        args: Mapping[str, Any],
        fields: Envelope,
        *,
        traceparent: str | None = None,
        idempotency_key: str | None = None,
    ) -> Steps[Seen]:
        body = envelope(tool, args, fields)
        answer = yield from self.post("/actions", body, traceparent=traceparent, key=idempotency_key)
        return _seen(answer, traceparent)

    def validate(self, tool: str, args: Mapping[str, Any], fields: Envelope) -> Steps[Validation]:
        answer = yield from self.post("/actions/validate", envelope(tool, args, fields))
        return answer.parse(Validation.parse)

    def batch(self, items: Sequence[Submission]) -> Steps[list[Seen | ApiProblem]]:
        """One result for each item, in order, each `{"status", "action"}` or `{"status", "problem"}` under `items`."""
        bodies = [envelope(item["tool"], item["args"], _without_call(item)) for item in items]
        answer = yield from self.post("/actions/batch", {"actions": bodies})
        results = answer.parse(lambda data: [_result(item) for item in data["items"]])
        if len(results) != len(bodies):
            raise BadAnswer(f"{len(results)} results for a batch of {len(bodies)}")
        return results

    def read(self, path: str, params: Mapping[str, str] | None = None) -> Steps[Answer]:
        return self._exchange(Send("GET", path, params or {}))

    def whoami(self) -> Steps[Json]:
        answer = yield from self._exchange(Send("GET", "/whoami"))
        return answer.json()

    def page(self, filters: Mapping[str, str | int | None]) -> Steps[tuple[list[Seen], str | None]]:
        params = {name: str(value) for name, value in filters.items() if value is not None}
        answer = yield from self._exchange(Send("GET", "/actions", params))
        return answer.parse(lambda data: ([Seen(ActionRecord.parse(item)) for item in data["items"]], data["next"]))

    def get(self, action_id: str, traceparent: str | None = None) -> Steps[Seen]:
        answer = yield from self._exchange(Send("GET", path_of(action_id), headers=_trace(traceparent)))
        return _seen(answer, traceparent)

    def act(self, seen: Seen, verb: str, body: Json) -> Steps[Seen]:
        """POST /actions/{id}/{verb}, for what answers with the action: withdraw, messages, reviews, undo, result."""
        path = f"{path_of(seen.record.id)}/{verb}"
        answer = yield from self.post(path, body, traceparent=seen.traceparent)
        return _seen(answer, seen.traceparent)

    def review(
        self,
        seen: Seen,
        verdict: str,
        args: Mapping[str, Any] | None,
        reason_code: str | None,
        comment: str | None,
        checks: Sequence[str],
        alternative: ToolCall | None,
    ) -> Steps[Seen]:
        record = seen.record
        body: Json = {"verdict": verdict, "revision": record.revision, "digest": record.digest}
        if args is not None:
            body["tool_call"] = {"name": record.tool_call.name, "args": dict(args)}
        if checks:
            body["checks"] = list(checks)
        if alternative is not None:
            body["alternative"] = {"name": alternative.name, "args": dict(alternative.args)}
        said = {"reason_code": reason_code, "comment": comment}
        return self.act(seen, "reviews", body | {name: text for name, text in said.items() if text is not None})

    def wait(self, seen: Seen, timeout: float | None, on_question: OnQuestion | None) -> Steps[Seen]:
        """Long-polls until the action is final and, where approved, its grant is here; still pending after `timeout`.

        `timeout` in seconds, None waits until the action is decided or expires. The server counts whole seconds, so a
        wait can last up to one second longer. Raises Unreachable after `Retry.wait_patience` without any answer.
        """
        until = math.inf if timeout is None else self.clock() + timeout
        answered: Any = None
        idle = 0
        while seen.record.pending:
            began, before = self.clock(), seen
            seen = yield from self._look(seen, until)
            question = seen.record.question
            if on_question is not None and seen.record.pending and question is not None and question != answered:
                answered = question
                seen = yield from self._reply(seen, on_question)
            elif seen.record.pending and self.clock() >= until:
                return seen
            changed = seen.record != before.record or seen.etag != before.etag
            idle = 0 if changed or self.clock() - began >= TOO_SOON else idle + 1
            if idle > 1:
                yield Pause(self.retry.pause(idle))
        if seen.record.decision is None:
            raise BadAnswer(f"{seen.record.id} is {seen.record.state} without a decision")
        if seen.record.lacks_grant:
            seen = yield from self.get(seen.record.id, seen.traceparent)
        return seen

    def _look(self, seen: Seen, until: float) -> Steps[Seen]:
        """One long-poll, not beyond `until`; asked for a random part of WAIT_MAX, so that a fleet spreads out."""

        def poll() -> Send:
            seconds = math.ceil(max(min(random.uniform(0.8, 1.0) * WAIT_MAX, until - self.clock()), 0.0))  # noqa: S311
            return Send(
                "GET",
                path_of(seen.record.id),
                params={"wait": str(seconds)} if seconds else {},
                headers=_trace(seen.traceparent) | ({"If-None-Match": seen.etag} if seen.etag else {}),
                read_timeout=seconds + WAIT_SLACK,
            )

        answer = yield from exchange(poll, self.retry, self.retry.wait_patience, self.clock, until)
        return seen if answer.status == 304 else _seen(answer, seen.traceparent)

    def _reply(self, seen: Seen, on_question: OnQuestion) -> Steps[Seen]:
        outcome: Outcome[Any] = yield Call(partial(on_question, seen.record))
        text = outcome.result()
        return seen if text is None else (yield from self.act(seen, "messages", {"text": text}))


def path_of(action_id: str) -> str:
    return f"/actions/{quote(action_id, safe='')}"


def _trace(traceparent: str | None) -> dict[str, str]:
    return {"traceparent": traceparent} if traceparent else {}


def _seen(answer: Answer, traceparent: str | None) -> Seen:
    return Seen(answer.parse(ActionRecord.parse), answer.headers.get("etag"), traceparent)


def _without_call(item: Submission) -> Envelope:
    fields: Any = {name: value for name, value in item.items() if name not in ("tool", "args")}
    return fields  # type: ignore[no-any-return]  # a TypedDict minus two keys has no name in the type system


def _result(item: Mapping[str, Any]) -> Seen | ApiProblem:
    if "action" in item:
        return Seen(ActionRecord.parse(item["action"]))
    return problem_of(Answer(int(item["status"]), {}, dumps(item["problem"])))
