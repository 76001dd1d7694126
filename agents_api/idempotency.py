"""Idempotency-Key: the same request gets the first answer again, and the verb runs once.

The row that remembers an answer commits with the verb: inside its own statement for `submit` and `review`, in one
transaction around the others. Nobody looks for an earlier answer before the verb runs; the unique row, or the verb's
own refusal, tells that there may be one. Grants are never stored: a replay draws its grant afresh.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

import msgspec
import orjson
import psycopg
from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest

from agents_api import auth, errors, output, reading
from agents_api.auth import Who
from approvals.answers import ActionView
from approvals.errors import AlreadyAnswered, ApprovalError
from approvals.services import remembering
from tenancy.rows import Row

KEY_MAX = 255
_KEPT_REFUSALS = {409, 422}
Remember = Callable[[ActionView], Row]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """One POST: who sent it, under which key ("" for none), and the hash of what was asked.

    `place` is where in the body the request stands: "" but for an item of a batch.
    """

    who: Who
    key: str
    body_sha256: bytes
    request_id: str
    at: datetime
    place: str = ""

    def deciding(self, status: int, verb: Callable[[Remember | None], ActionView]) -> Answer:
        """Runs a verb that writes the remembered row in its own statement, and answers with its action."""

        kept: list[tuple[ActionView, bytes]] = []

        def remember(view: ActionView) -> Row:
            kept.append((view, output.action_out(view, None)))
            return self._row(status, kept[-1][1])

        def run() -> Answer:
            view = verb(remember if self.key else None)
            grant = reading.grant_for(view, self.who, self.at)
            if grant is None and kept and kept[-1][0] is view:
                return Answer(status, kept[-1][1])
            return Answer(status, output.action_out(view, grant))

        return self._once(run)

    def around(self, verb: Callable[[], Answer]) -> Answer:
        """Runs any other verb and remembers its answer in one transaction. The answer must hold no grant."""

        def run() -> Answer:
            with transaction.atomic():
                # A refused verb has undone what it had to undo; what it kept (a revoked grant) has to stay.
                try:
                    answer = verb()
                except ApprovalError as error:
                    refused = error
                else:
                    remembering.keep(self._row(answer.status, answer.body))
                    return answer
            raise refused

        return self._once(run if self.key else verb)

    def item(self, n: int) -> "Ticket":
        """The ticket of one item of a batch. No client's key begins with a space, so it cannot be taken."""
        key = f" {sha256(self.key.encode()).hexdigest()} {n}" if self.key else ""
        return replace(self, key=key, place=f"/actions/{n}")

    def refusal(self, error: Exception) -> Answer:
        """The problem that an error of this request stands for."""
        problem = errors.problem_of(error).under(self.place)
        return Answer(problem.status, orjson.dumps(errors.tree(problem, self.request_id)))

    def _once(self, run: Callable[[], Answer], *, again: bool = True) -> Answer:
        if not self.key:
            return run()
        try:
            return run()
        except OperationalError as error:
            if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise errors.in_progress() from error
            raise
        except (ApprovalError, IntegrityError) as error:
            earlier = self._earlier()
            if earlier is not None:
                return earlier
            if again and isinstance(error, AlreadyAnswered | IntegrityError):
                # The answer in the way is older than a day.
                remembering.forget(caller_id=self._caller_id, key=self.key, at=self.at)
                return self._once(run, again=False)
            self._keep_refusal(error)
            raise

    def _earlier(self) -> Answer | None:
        """The first answer, its grant drawn afresh. Raises Problem where it answered another request."""
        kept = remembering.find(caller_id=self._caller_id, key=self.key, at=self.at)
        if kept is None:
            return None
        if kept.body_sha256 != self.body_sha256:
            raise errors.mismatch()
        return Answer(kept.status, self._with_grant(kept.answer), replayed=True)

    def _keep_refusal(self, error: Exception) -> None:
        refusal = self.refusal(error)
        if refusal.status in _KEPT_REFUSALS:
            remembering.keep_unless_kept(self._row(refusal.status, refusal.body))

    def _with_grant(self, stored: bytes) -> bytes:
        """The stored action with its grant, every other byte as it was."""
        action = msgspec.json.decode(stored, type=dict[str, msgspec.Raw])
        if bytes(action.get("state", b"")) != b'"approved"':
            return stored
        view = reading.find(self.who, orjson.loads(bytes(action["id"])))
        decision = msgspec.json.decode(bytes(action["decision"]), type=dict[str, msgspec.Raw])
        decision["grant"] = msgspec.Raw(orjson.dumps(reading.grant_for(view, self.who, self.at)))
        action["decision"] = msgspec.Raw(msgspec.json.encode(decision))
        return msgspec.json.encode(action)

    def _row(self, status: int, body: bytes) -> Row:
        return remembering.row(
            caller_id=self._caller_id,
            key=self.key,
            body_sha256=self.body_sha256,
            status=status,
            answer=body,
            at=self.at,
        )

    @property
    def _caller_id(self) -> str:
        return auth.credential_of(self.who)


def ticket(request: HttpRequest, who: Who, raw: bytes, at: datetime) -> Ticket:
    """The ticket of a POST. Address and body together are what was asked."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if len(key) > KEY_MAX or not all("!" <= character <= "~" for character in key):
        detail = f"Send an Idempotency-Key of at most {KEY_MAX} visible ASCII characters, such as a UUID."
        raise errors.invalid("", "bad_idempotency_key", detail)
    asked = sha256(f"{request.method} {request.path_info}\n".encode() + raw).digest() if key else b""
    return Ticket(who, key, asked, errors.request_id(request), at)
