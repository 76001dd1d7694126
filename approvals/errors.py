"""Every refusal of the domain, by name. A door turns each into its own words and status; none of them is silent.

ApprovalError
├── NotFound                     no such action here
├── BadRequest                   what was asked cannot be understood or kept
│   ├── BrokenContract           the call breaks the tool's schema
│   ├── TooLarge                 arguments over 64 KiB
│   └── EditRefused              the edited arguments may not be decided on
├── Conflict                     somebody or something was first
│   ├── AlreadyDecided           the action is over; says who, when and where
│   ├── StaleRevision            the vote is on arguments that are not the newest
│   ├── NotDecided               a grant or result before any decision
│   ├── NotSpent                 a result without a spent grant
│   ├── AlreadyReported          a second, different result
│   ├── GrantRefused             spent, expired, revoked, or not this one
│   ├── Closing                  the votes suffice and the undo window is running
│   ├── NothingToUndo            no vote of this person that could be taken back
│   ├── OverLimit                a cap that only `over: deny` allows would be passed
│   ├── HeldByAnother            a colleague's claim on the action has not run out
│   ├── Stopped                  a stop switch is on
│   ├── AlreadyReleased          the stop switch is off already
│   ├── IncidentClosed           the incident is closed
│   ├── ChangeMoved              another policy became active since the page was drawn
│   ├── AlreadyClosed            the proposal, grant or job is over, or says nothing new
│   └── AlreadyAnswered          this idempotency key has an answer; the door repeats it
├── Forbidden                    this person may not do this here
│   ├── NotAReviewer             role or group is missing
│   ├── OwnAction                they, or an agent that they own, asked for it
│   ├── AlreadyReviewed          one person counts once
│   ├── StepUpRequired           policy wants a passkey
│   ├── ChecksRequired           policy wants checks ticked
│   ├── EvidenceRequired         policy wants evidence opened
│   ├── NotHere                  above the line up to which Slack decides
│   ├── SecondPersonNeeded       one person alone may not do this
│   └── TooSoon                  approved faster than anybody reads
├── CallerGone                   the key was revoked or the agent disabled in this very moment
├── PolicyMoved                  policy or stop switches changed while we looked, three times running
└── IllegalMove                  a programming error: a move that `states.TRANSITIONS` does not know
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the input: where (RFC 6901 pointer), a stable word, and what to do."""

    pointer: str
    code: str
    detail: str


class ApprovalError(Exception):
    """`code` is a stable word, `detail` says what to do next, `faults` point into the input."""

    code = "error"

    def __init__(self, detail: str = "", *, code: str | None = None, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.faults = tuple(faults)


class NotFound(ApprovalError):
    """Check the id, and that the key or login belongs to the workspace."""

    code = "not_found"


class BadRequest(ApprovalError):
    """Mend what `faults` point at and send it again."""

    code = "invalid"


class BrokenContract(BadRequest):
    """Make the arguments fit the tool's schema, or have the policy say `on_schema_error: ask`."""

    code = "schema_mismatch"


class TooLarge(BadRequest):
    """Put large material where the tool can fetch it, and pass a reference."""

    code = "too_large"


class EditRefused(BadRequest):
    """Change only what may be edited, within the tool's schema and the policy."""

    code = "edit_refused"


class Conflict(ApprovalError):
    """Read the action again; what you saw is no longer so."""

    code = "conflict"


class AlreadyDecided(Conflict):
    """Nothing was changed. Read who decided, when and how."""

    code = "already_decided"


class StaleRevision(Conflict):
    """Read the newest revision, look at it afresh, and decide on that."""

    code = "stale_revision"


class NotDecided(Conflict):
    """Wait until the action is decided."""

    code = "not_decided"


class NotSpent(Conflict):
    """Spend the grant before running, then report."""

    code = "not_spent"


class AlreadyReported(Conflict):
    """The first report stands."""

    code = "already_reported"


class GrantRefused(Conflict):
    """`grant_spent`, `grant_expired`, `grant_revoked` or `grant_invalid`. Do not run; ask afresh."""

    code = "grant_refused"


class OverLimit(Conflict):
    """Wait until the window has room, or have the limit raised; people cannot pass a limit that denies."""

    code = "over_limit"


class Closing(Conflict):
    """Nothing is missing: wait for the end of the undo window, or take a vote back, reject or edit before it."""

    code = "closing"


class NothingToUndo(Conflict):
    """Only a vote of your own on the newest revision can be taken back, and only while nothing is decided."""

    code = "nothing_to_undo"


class HeldByAnother(Conflict):
    """Somebody else has claimed it for some minutes. Take another action, or decide this one all the same."""

    code = "held_by_another"


class Stopped(Conflict):
    """Wait until the stop switch is released, or reject; whoever pulled it can say why."""

    code = "stopped"


class AlreadyReleased(Conflict):
    """Nothing was changed: the switch is off."""

    code = "already_released"


class IncidentClosed(Conflict):
    """Open another incident where there is something new."""

    code = "incident_closed"


class ChangeMoved(Conflict):
    """Another policy is active by now, so this is another change. Look at it again, then sign."""

    code = "change_moved"


class AlreadyClosed(Conflict):
    """Nothing was changed: it was closed before, or it is so already."""

    code = "already_closed"


class AlreadyAnswered(Conflict):
    """Repeat the remembered answer; nothing was written now."""

    code = "idempotent_replay"


class Forbidden(ApprovalError):
    """Ask somebody who may."""

    code = "forbidden"


class NotAReviewer(Forbidden):
    """An admin can change the role or add you to a group that the action names."""

    code = "not_a_reviewer"


class OwnAction(Forbidden):
    """Let somebody else decide: nobody decides what they, or an agent that they own, asked for."""

    code = "own_action"


class AlreadyReviewed(Forbidden):
    """Your vote on this revision is counted; another person has to add theirs."""

    code = "already_reviewed"


class StepUpRequired(Forbidden):
    """Sign with your passkey, on the action's page in the console; `code` says what was wrong with a signature."""

    code = "step_up_required"


class ChecksRequired(Forbidden):
    """Tick every check that the policy asks for, or reject."""

    code = "checks_required"


class EvidenceRequired(Forbidden):
    """Open on the action's page what the policy asks for, or reject."""

    code = "evidence_required"


class SecondPersonNeeded(Forbidden):
    """Propose it, and let another person look at it and sign."""

    code = "second_person_needed"


class TooSoon(Forbidden):
    """Open the action, read it, and approve after `seconds`; a rejection need not wait."""

    code = "too_soon"

    def __init__(self, detail: str, *, seconds: int) -> None:
        super().__init__(detail)
        self.seconds = seconds


class NotHere(Forbidden):
    """Open the action in the console and decide it there."""

    code = "not_here"


class CallerGone(ApprovalError):
    """Use a live key; this one, or its agent, was switched off."""

    code = "key_revoked"


class PolicyMoved(ApprovalError):
    """Try again: the policy or a stop switch changed in this very moment."""

    code = "policy_moved"


class IllegalMove(RuntimeError):
    """A move that `states.TRANSITIONS` does not know was asked for: mend the caller."""
