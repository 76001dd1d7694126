"""Actions and all that hangs on them."""

from approvals.models.action import Action, Decision, Look, Message, Retraction, Review, Revision, Snapshot
from approvals.models.claim import Claim
from approvals.models.execution import Execution, Grant, IdempotencyKey, StoredClock, Timer
from approvals.models.incident import Incident, IncidentAction, IncidentEntry
from approvals.models.notice import Listening, Notice
from approvals.models.policy import ActivePolicy, LimitKey, LimitUse, PolicyVersion
from approvals.models.seeding import Seeding
from approvals.models.stop import StopSwitch

__all__ = [
    "Action",
    "ActivePolicy",
    "Claim",
    "Decision",
    "Execution",
    "Grant",
    "IdempotencyKey",
    "Incident",
    "IncidentAction",
    "IncidentEntry",
    "LimitKey",
    "LimitUse",
    "Listening",
    "Look",
    "Message",
    "Notice",
    "PolicyVersion",
    "Retraction",
    "Review",
    "Revision",
    "Seeding",
    "Snapshot",
    "StopSwitch",
    "StoredClock",
    "Timer",
]
