"""Refusals as RFC 9457 problem details. One table turns the domain's named errors into a status and a title."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import psycopg
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from approvals import errors
from approvals.errors import ApprovalError, Fault
from approvals.strict_json import Refused

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger(__name__)


class Problem(Exception):
    """A refusal of the door itself: `status`, a stable `code`, a `title`, and a `detail` that says what to do next."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})

    def under(self, prefix: str) -> "Problem":
        """The same problem of a part of the body, its pointers counted from the whole; "" is the whole."""
        if not prefix:
            return self
        faults = [Fault(prefix + fault.pointer, fault.code, fault.detail) for fault in self.faults]
        return Problem(self.status, self.code, self.title, self.detail, faults=faults, headers=self.headers)


# The first class that an error is an instance of decides.
TABLE: tuple[tuple[type[ApprovalError], int, str], ...] = (
    (errors.NotFound, 404, "Not found"),
    (errors.TooLarge, 413, "Too large"),
    (errors.BadRequest, 422, "Not acceptable as it is"),
    (errors.Conflict, 409, "Conflict"),
    (errors.Forbidden, 403, "Forbidden"),
    (errors.CallerGone, 401, "Not authenticated"),
    (errors.PolicyMoved, 503, "Try again"),
)


def unauthorized(code: str, detail: str) -> Problem:
    challenge = {"WWW-Authenticate": 'Bearer realm="countersign"'}
    return Problem(401, code, "Not authenticated", detail, headers=challenge)


def forbidden(code: str, detail: str) -> Problem:
    return Problem(403, code, "Forbidden", detail)


def invalid(pointer: str, code: str, detail: str) -> Problem:
    return Problem(422, code, "Not acceptable as it is", detail, faults=[Fault(pointer, code, detail)])


def too_large(detail: str) -> Problem:
    return Problem(413, "too_large", "Too large", detail)


def in_progress() -> Problem:
    detail = "The first request with this Idempotency-Key is still running. Send the same request again in a moment."
    return Problem(409, "idempotency_in_progress", "Conflict", detail, headers={"Retry-After": "1"})


def mismatch() -> Problem:
    detail = "This Idempotency-Key came with another request before. Draw a fresh key for each new request."
    return Problem(422, "idempotency_mismatch", "Not acceptable as it is", detail)


def problem_of(error: Exception) -> Problem:
    """The problem that an error stands for; one that nobody foresaw becomes a plain 500, with its story in the log."""
    match error:
        case Problem():
            return error
        case Refused():
            return invalid(error.pointer, error.code, error.detail)
        case ApprovalError():
            return _of_the_domain(error)
        case OperationalError():
            return _of_the_database(error)
    log.error("Unforeseen", exc_info=error)
    detail = "Something broke on our side and nothing is known of the outcome. Send the same request with the same key."
    return Problem(500, "internal_error", "Internal error", detail)


def _of_the_domain(error: ApprovalError) -> Problem:
    for kind, status, title in TABLE:
        if isinstance(error, kind):
            headers = {"Retry-After": "1"} if status == 503 else {}
            if isinstance(error, errors.TooSoon):
                headers["Retry-After"] = str(error.seconds)
            detail = error.detail or (type(error).__doc__ or title).splitlines()[0]
            return Problem(status, error.code, title, detail, faults=error.faults, headers=headers)
    raise LookupError(f"{type(error).__name__} is missing in agents_api.errors.TABLE")


def _of_the_database(error: OperationalError) -> Problem:
    if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
        return in_progress()
    log.error("The database does not answer", exc_info=error)
    detail = "The database cannot be reached at the moment. Send the same request again in a few seconds."
    return Problem(503, "unavailable", "Unavailable", detail, headers={"Retry-After": "2"})


def tree(problem: Problem, request_id: str) -> dict[str, Any]:
    return {
        "type": f"urn:countersign:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in problem.faults],
        "request_id": request_id,
    }


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    problem = problem_of(error)
    body = orjson.dumps(tree(problem, request_id(request)))
    return HttpResponse(body, status=problem.status, content_type=MEDIA_TYPE, headers=problem.headers)


def request_id(request: HttpRequest) -> str:
    return str(getattr(request, "request_id", ""))
