"""Actions and all that hangs on them."""

from approvals.models.action import (
    Action,
    Alternative,
    Decision,
    Look,
    Message,
    Opening,
    Retraction,
    Review,
    Revision,
    Snapshot,
)
from approvals.models.claim import Claim
from approvals.models.escalation import Escalation, Heartbeat, Notification, Tally
from approvals.models.execution import Execution, Grant, IdempotencyKey, StoredClock, Timer
from approvals.models.incident import Incident, IncidentAction, IncidentEntry
from approvals.models.notice import Listening, Notice
from approvals.models.policy import ActivePolicy, LimitKey, LimitUse, PolicyVersion
from approvals.models.proposal import (
    PolicyActivation,
    PolicyProposal,
    PolicyShadow,
    PolicySignature,
    ShadowVerdict,
    StandingGrant,
)
from approvals.models.rollup import RollupCell, RollupCursor, RollupHour, RollupPart, WaitingCount
from approvals.models.seeding import Seeding
from approvals.models.stop import StopSwitch

__all__ = [
    "Action",
    "ActivePolicy",
    "Alternative",
    "Claim",
    "Decision",
    "Escalation",
    "Execution",
    "Grant",
    "Heartbeat",
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
    "Notification",
    "Opening",
    "PolicyActivation",
    "PolicyProposal",
    "PolicyShadow",
    "PolicySignature",
    "PolicyVersion",
    "Retraction",
    "Review",
    "Revision",
    "RollupCell",
    "RollupCursor",
    "RollupHour",
    "RollupPart",
    "Seeding",
    "ShadowVerdict",
    "Snapshot",
    "StandingGrant",
    "StopSwitch",
    "StoredClock",
    "Tally",
    "Timer",
    "WaitingCount",
]
