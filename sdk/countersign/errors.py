"""Everything that this package raises.

CountersignError
├── NotConfigured        no address or no key
├── UnsafeArguments      something would not survive JSON; nothing was sent
├── UnfitArguments       the approved arguments do not fit the function; nothing ran, the grant is not spent
├── NotApproved          the action is final and must not run
│   ├── Rejected         a person said no
│   ├── DeniedByPolicy   policy said no
│   ├── Expired          nobody answered in time
│   ├── Withdrawn        the agent took it back, or another action superseded it
│   ├── Stopped          the stop switch is on
│   └── DraftOnly        approved as a draft: people finish it
├── WaitTimeout          still pending; the action goes on without you
├── GrantRefused         the grant could not be spent or verified; nothing ran
├── AlreadyExecuted      this action was begun before; it does not run twice
├── OutcomeUnknown       it was begun before a restart, and nobody knows how it ended
├── Unreachable          no answer from the server within the patience given
├── BadAnswer            the answer is not the API's
├── ApiProblem           the server refused, with its reason (RFC 9457)
├── BadSignature         a webhook is not signed with your secret, or is not fresh
├── LogForked            the audit log is not the one that this machine saw before
└── JournalError         the journal cannot be read or written; nothing ran
"""

from collections.abc import Sequence
from typing import Any

from countersign.models import APPROVED, EXPIRED, WITHDRAWN, ActionRecord


class CountersignError(Exception):
    """The root: catching it catches everything above."""


class NotConfigured(CountersignError, ValueError):
    """Give base_url and api_key, or set COUNTERSIGN_URL and COUNTERSIGN_API_KEY."""


class UnsafeArguments(CountersignError, ValueError):
    """Convert the value at `pointer` (RFC 6901, into the request body) to plain JSON before the call."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer or '/'}: {detail}")
        self.pointer = pointer
        self.detail = detail


class UnfitArguments(CountersignError, TypeError):
    """Let the function take what the tool's schema allows a reviewer to write. Submit again to go on."""


class NotApproved(CountersignError):
    """Do not run the tool. The message tells the agent why; `action` holds the decision."""

    said = "was not approved"

    def __init__(self, action: ActionRecord) -> None:
        self.action = action
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        decision = self.action.decision
        names = ", ".join(str(person.get("name")) for person in decision.decided_by) if decision else ""
        words = [f"{self.action.tool_call.name} {self.said}"]
        words += [f"by {names}"] if names and decision and decision.source == "people" else []
        words += [f"({decision.reason_code})"] if decision and decision.reason_code else []
        comment = f": {decision.comment}" if decision and decision.comment else "."
        return f"{' '.join(words)}{comment} Action {self.action.id} did not run."


class Rejected(NotApproved):
    """A person refused it. Read the comment; submit another action if there is a better one."""

    said = "was rejected"


class DeniedByPolicy(NotApproved):
    """Policy refuses this call. Asking again unchanged gets the same answer."""

    said = "is denied by policy"


class Expired(NotApproved):
    """Time decided: silence is no. Submit again if it is still wanted."""

    said = "expired before it was approved"


class Withdrawn(NotApproved):
    """The agent withdrew it, or a later action superseded it."""

    said = "was withdrawn"


class Stopped(NotApproved):
    """The stop switch is on. Do nothing until an operator turns it off."""

    said = "was stopped"


class DraftOnly(NotApproved):
    """Approved as a draft: people finish it and take over; the agent does not execute."""

    said = "was approved as a draft that people finish"


class WaitTimeout(CountersignError, TimeoutError):
    """Nobody decided yet. `resume(action_id)` waits on; `withdraw` takes it back."""

    def __init__(self, action: ActionRecord) -> None:
        super().__init__(f"{action.id} is still pending. Resume it by its id, or withdraw it.")
        self.action = action


class GrantRefused(CountersignError):
    """Nothing ran. On `grant_expired` or `grant_revoked`, submit again with `supersedes`, and people vote afresh."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class AlreadyExecuted(CountersignError):
    """Submit a new action if the tool has to run once more."""

    def __init__(self, action_id: str) -> None:
        super().__init__(f"{action_id} was begun before and does not run again.")
        self.action_id = action_id


class OutcomeUnknown(CountersignError):
    """Look at the target system, by `execution_key` where it knows one. The server was told `unknown`."""

    def __init__(self, action_id: str, execution_key: str | None) -> None:
        super().__init__(f"{action_id} was begun before a restart; whether it took effect is not known.")
        self.action_id = action_id
        self.execution_key = execution_key


class BadSignature(CountersignError):
    """Do not act on this message: it is not ours, or somebody sends an old one again. Answer 401."""


class LogForked(CountersignError):
    """The audit log contradicts a checkpoint that it signed before. Keep both notes and show them to an auditor.

    `held` is the signed note that this machine pinned, `offered` the one that came now, "" where none came.
    """

    def __init__(self, held: str, offered: str, detail: str) -> None:
        super().__init__(detail)
        self.held = held
        self.offered = offered


class Unreachable(CountersignError, ConnectionError):
    """Nothing ran. Check COUNTERSIGN_URL and the server's /readyz; go on with `resume(action_id)`."""


class BadAnswer(CountersignError):
    """Something between here and the server answers in its place: check COUNTERSIGN_URL and proxies."""


class ApiProblem(CountersignError):
    """The server's refusal: `status`, the stable word `code`, `detail` with what to do, and `errors` by pointer.

    `retry_after`: seconds, where the server gave them. `request_id`: quote it when asking an operator.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: Sequence[dict[str, Any]] = (),
        *,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        pointers = "".join(f" [{e.get('pointer')}: {e.get('detail') or e.get('code')}]" for e in errors)
        super().__init__(f"{status} {code}: {detail}{pointers}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.request_id = request_id
        self.retry_after = retry_after


class JournalError(CountersignError):
    """Make COUNTERSIGN_JOURNAL name a file that this process can write, on a disk with room."""


def refusal(action: ActionRecord) -> NotApproved | None:
    """The exception that a final action stands for; None where it may run."""
    decision = action.decision
    if decision is not None and decision.source == "stop_switch":
        return Stopped(action)
    if action.state == APPROVED and decision is not None:
        return DraftOnly(action) if decision.draft else None
    if action.state == EXPIRED:
        return Expired(action)
    if action.state == WITHDRAWN:
        return Withdrawn(action)
    if decision is not None and decision.source == "policy":
        return DeniedByPolicy(action)
    return Rejected(action)
