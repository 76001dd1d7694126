"""What can happen, as words with a grammar: `subject:verb`."""

from enum import StrEnum


class EventKind(StrEnum):
    """Each value reads `subject:verb`, the verb in the past tense; a kind is never renamed, for it stands in signed
    bytes.
    """

    ACTION_SUBMITTED = "action:submitted"
    ACTION_REVISED = "action:revised"
    ACTION_DECIDED = "action:decided"
    REVIEW_APPROVED = "review:approved"
    REVIEW_REJECTED = "review:rejected"
    REVIEW_UNDONE = "review:undone"
    CLOSING_CANCELLED = "closing:cancelled"
    QUESTION_ASKED = "question:asked"
    QUESTION_ANSWERED = "question:answered"
    CLAIM_TAKEN = "claim:taken"
    CLAIM_RELEASED = "claim:released"
    GRANT_SPENT = "grant:spent"
    GRANT_REVOKED = "grant:revoked"
    GRANT_EXPIRED = "grant:expired"
    EXECUTION_REPORTED = "execution:reported"
    EXECUTION_UNREPORTED = "execution:unreported"
    EXECUTION_DRIFTED = "execution:drifted"
    POLICY_SAVED = "policy:saved"
    POLICY_ACTIVATED = "policy:activated"
    WORKSPACE_CREATED = "workspace:created"
    PERSON_INVITED = "person:invited"
    PERSON_JOINED = "person:joined"
    PERSON_LEFT = "person:left"
    PERSON_DEACTIVATED = "person:deactivated"
    PERSON_REACTIVATED = "person:reactivated"
    INVITATION_REVOKED = "invitation:revoked"
    LINK_ISSUED = "link:issued"
    ROLE_CHANGED = "role:changed"
    PASSWORD_CHANGED = "password:changed"  # noqa: S105 (a kind of event, not a secret)
    LOGIN_SUCCEEDED = "login:succeeded"
    LOGIN_FAILED = "login:failed"
    LOGIN_ENDED = "login:ended"
    SESSION_ENDED = "session:ended"
    ABSENCE_ENTERED = "absence:entered"
    ABSENCE_CANCELLED = "absence:cancelled"
    LETTERS_CHOSEN = "letters:chosen"
    DELIVERY_REPLAYED = "delivery:replayed"
    GROUP_CREATED = "group:created"
    GROUP_CHANGED = "group:changed"
    AGENT_CREATED = "agent:created"
    AGENT_DISABLED = "agent:disabled"
    AGENT_ENABLED = "agent:enabled"
    AGENT_HANDED_OVER = "agent:handed_over"
    VERSION_REGISTERED = "version:registered"
    VERSION_BOUND = "version:bound"
    KEY_ISSUED = "key:issued"
    KEY_REVOKED = "key:revoked"
    TOKEN_ISSUED = "token:issued"  # noqa: S105
    TOKEN_REVOKED = "token:revoked"  # noqa: S105
    SEEDING_CHANGED = "seeding:changed"
    EXPORT_MADE = "export:made"
    STOP_PULLED = "stop:pulled"
    STOP_RELEASED = "stop:released"
    VERSION_BLOCKED = "version:blocked"
    INCIDENT_OPENED = "incident:opened"
    INCIDENT_JOINED = "incident:joined"
    INCIDENT_NOTED = "incident:noted"
    INCIDENT_STEPPED = "incident:stepped"
    INCIDENT_ASSIGNED = "incident:assigned"
    INCIDENT_RATED = "incident:rated"
    INCIDENT_CLOSED = "incident:closed"

    @property
    def subject(self) -> str:
        return self.value.split(":")[0]

    @property
    def verb(self) -> str:
        return self.value.split(":")[1]
