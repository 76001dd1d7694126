"""The protocol without a socket: generators yield what they need done, and one of two drivers does it.

So each verb is written once, for threads and for asyncio (the idea: https://sans-io.readthedocs.io/).
"""

import json
import math
import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar

from countersign.errors import ApiProblem, BadAnswer, CountersignError, Unreachable

T = TypeVar("T")

# Answers of a server or proxy that is starting, stopping or overloaded, and says nothing about the request.
TRY_AGAIN = frozenset({502, 503, 504})
RETRY_AFTER_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Send:
    """One HTTP request. `read_timeout` in seconds; None is the client's own."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    read_timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Do:
    """Short blocking work of the SDK itself: the journal."""

    work: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Call:
    """The caller's own function. The driver answers an Outcome, whatever it does."""

    work: Callable[[], Any]


Effect = Send | Pause | Do | Call
Steps = Generator[Effect, Any, T]


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What the caller's function returned or raised, kept apart from what the SDK raises."""

    value: T | None = None
    error: Exception | None = None

    def result(self) -> T:
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]  # value is T whenever error is None


@dataclass(frozen=True, slots=True)
class Answer:
    """Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        try:
            data = json.loads(self.body)
        except ValueError as error:
            raise BadAnswer(f"status {self.status} with a body that is not JSON") from error
        if not isinstance(data, dict):
            raise BadAnswer(f"status {self.status} with JSON that is not an object")
        return data

    def parse(self, make: Callable[[dict[str, Any]], T]) -> T:
        data = self.json()
        try:
            return make(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadAnswer(f"status {self.status} without what the API promises: {error!r}") from error


class Lost(Exception):
    """A driver throws this into the generator when no answer came: refused, dropped or timed out."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How long to try again, in seconds: `patience` for a verb, `wait_patience` for a wait that lost its server.

    Pauses double from `first` to `cap`, each cut by up to half at random so that a fleet does not come back in step.
    """

    patience: float = 30.0
    wait_patience: float = 300.0
    first: float = 0.1
    cap: float = 5.0

    def pause(self, attempt: int) -> float:
        return min(self.cap, self.first * 2.0 ** min(attempt, 16)) * random.uniform(0.5, 1.0)  # noqa: S311


def exchange(
    make: Callable[[], Send],
    retry: Retry,
    patience: float,
    clock: Callable[[], float],
    deadline: float = math.inf,
) -> Steps[Answer]:
    """Sends until there is an answer that means something: 2xx and 304 are returned, the rest is raised.

    `make` gives the request of each try; a POST gives the same one, and so keeps its Idempotency-Key.
    Raises ApiProblem, BadAnswer, or Unreachable after `patience` seconds of failures, or at `deadline` (by `clock`).
    """
    until = math.inf
    attempt = 0
    while True:
        request = make()
        asked = None
        cause: CountersignError
        try:
            answer: Answer = yield request
        except Lost as lost:
            cause = Unreachable(f"no answer to {request.method} {request.path}: {lost}")
        else:
            if 200 <= answer.status < 300 or answer.status == 304:
                return answer
            problem = problem_of(answer)
            if not passing(problem):
                raise problem
            asked = problem.retry_after
            cause = problem if problem.status in (409, 429) else Unreachable(str(problem))
        pause = retry.pause(attempt) if asked is None else asked + retry.pause(0)
        until = min(until, clock() + patience, deadline)
        if clock() + pause > until:
            raise cause
        yield Pause(pause)
        attempt += 1


def passing(problem: ApiProblem) -> bool:
    """Whether the same request may get another answer a little later."""
    in_progress = problem.status == 409 and problem.code == "idempotency_in_progress"
    return problem.status in TRY_AGAIN or problem.status == 429 or in_progress


def problem_of(answer: Answer) -> ApiProblem:
    """Reads RFC 9457; an answer of another shape becomes a problem with the code `http_<status>`."""
    try:
        data = json.loads(answer.body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        data = {"detail": answer.body[:200].decode("utf-8", "replace")}
    listed = data.get("errors")
    return ApiProblem(
        answer.status,
        str(data.get("code") or f"http_{answer.status}"),
        str(data.get("detail") or data.get("title") or ""),
        [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else (),
        request_id=data.get("request_id"),
        retry_after=retry_after(answer.headers.get("retry-after"), datetime.now(UTC)),
    )


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds from either form of RFC 9110, 10.2.3, between 0 and RETRY_AFTER_MAX; None where it is neither."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return min(float(text), RETRY_AFTER_MAX)
    try:
        due = parsedate_to_datetime(text)
    except ValueError:
        return None
    return min(max((due - now).total_seconds(), 0.0), RETRY_AFTER_MAX) if due.tzinfo else None
