"""The agents' client of Countersign. Offline checks of a grant are in `countersign.grants` (extra: verify)."""

from countersign.action import Action, Decision, Page
from countersign.aio import AsyncCountersign
from countersign.aio_action import AsyncAction, AsyncDecision, AsyncPage
from countersign.checkpoint import Checkpoint
from countersign.client import Countersign
from countersign.envelope import Envelope, Submission
from countersign.errors import (
    AlreadyExecuted,
    ApiProblem,
    BadAnswer,
    BadSignature,
    CountersignError,
    DeniedByPolicy,
    DraftOnly,
    Expired,
    GrantRefused,
    JournalError,
    LogForked,
    NotApproved,
    NotConfigured,
    OutcomeUnknown,
    Rejected,
    Stopped,
    UnfitArguments,
    Unreachable,
    UnsafeArguments,
    WaitTimeout,
    Withdrawn,
)
from countersign.journal import Journal
from countersign.models import ActionRecord, DecisionRecord, Permit, ToolCall, Validation
from countersign.version import VERSION
from countersign.wire import Retry

__all__ = [
    "VERSION",
    "Action",
    "ActionRecord",
    "AlreadyExecuted",
    "ApiProblem",
    "AsyncAction",
    "AsyncCountersign",
    "AsyncDecision",
    "AsyncPage",
    "BadAnswer",
    "BadSignature",
    "Checkpoint",
    "Countersign",
    "CountersignError",
    "Decision",
    "DecisionRecord",
    "DeniedByPolicy",
    "DraftOnly",
    "Envelope",
    "Expired",
    "GrantRefused",
    "Journal",
    "JournalError",
    "LogForked",
    "NotApproved",
    "NotConfigured",
    "OutcomeUnknown",
    "Page",
    "Permit",
    "Rejected",
    "Retry",
    "Stopped",
    "Submission",
    "ToolCall",
    "UnfitArguments",
    "Unreachable",
    "UnsafeArguments",
    "Validation",
    "WaitTimeout",
    "Withdrawn",
]
