"""The life of an action. This table is the specification; `docs/architecture.md` draws it from here.

An action is `pending` until exactly one of four things ends it. Escalation is not a state: it is a step and a due
moment. Nor is the undo window: while `closing_at` is set the votes suffice, and each of them can still be taken back.
"""

from enum import nonmember

from django.db import models


class State(models.TextChoices):
    PENDING = "pending", "Pending"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    EXPIRED = "expired", "Expired"
    WITHDRAWN = "withdrawn", "Withdrawn"

    OPEN = nonmember(("pending",))
    FINAL = nonmember(("approved", "rejected", "expired", "withdrawn"))


class Move(models.TextChoices):
    """What can happen to an action. Moves from a state to itself change its rows, not its state."""

    OPEN = "open", "opened"
    VOTE = "vote", "voted on"
    UNDO = "undo", "taken back to waiting"
    REVISE = "revise", "edited"
    ASK = "ask", "asked about"
    ANSWER = "answer", "answered"
    APPROVE = "approve", "approved"
    REJECT = "reject", "rejected"
    EXPIRE = "expire", "expired"
    WITHDRAW = "withdraw", "withdrawn"


# Legal moves: (move, state before) -> state after. `None` before means that the action does not exist yet.
TRANSITIONS: dict[tuple[Move, State | None], tuple[State, ...]] = {
    (Move.OPEN, None): (State.PENDING, State.APPROVED, State.REJECTED),
    (Move.VOTE, State.PENDING): (State.PENDING,),
    (Move.UNDO, State.PENDING): (State.PENDING,),
    (Move.REVISE, State.PENDING): (State.PENDING, State.APPROVED),
    (Move.ASK, State.PENDING): (State.PENDING,),
    (Move.ANSWER, State.PENDING): (State.PENDING,),
    (Move.APPROVE, State.PENDING): (State.APPROVED,),
    (Move.REJECT, State.PENDING): (State.REJECTED,),
    (Move.EXPIRE, State.PENDING): (State.EXPIRED,),
    (Move.WITHDRAW, State.PENDING): (State.WITHDRAWN,),
}


class Source(models.TextChoices):
    """Who ended it."""

    POLICY = "policy", "Policy"
    PEOPLE = "people", "People"
    TIMEOUT = "timeout", "Time"
    AGENT = "agent", "The agent"
    STOP_SWITCH = "stop_switch", "Stop switch"


class Verdict(models.TextChoices):
    """One person's vote."""

    APPROVE = "approve", "Approve"
    REJECT = "reject", "Reject"


class Outcome(models.TextChoices):
    """What became of an execution. `running` is between spending and report; `unknown` is a report that never came."""

    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Unknown"


class Reason(models.TextChoices):
    """Why a person rejected or edited; the agent receives the word. Version 1 of the taxonomy."""

    WRONG_TARGET = "wrong_target", "Wrong target or recipient"
    AMOUNT_TOO_HIGH = "amount_too_high", "Amount or scope is too large"
    WRONG_ARGUMENTS = "wrong_arguments", "Other arguments are wrong"
    NOT_NEEDED = "not_needed", "Not needed, or done already"
    AGAINST_POLICY = "against_policy", "Not allowed by our rules"
    MISSING_INFORMATION = "missing_information", "Not enough information"
    LOOKS_MANIPULATED = "looks_manipulated", "Looks manipulated"
    OTHER = "other", "Something else"


REASON_TAXONOMY = "reasons/1"
