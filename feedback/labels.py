"""What a decision says about the proposed call. Approve is not the same as correct: a kind names what happened."""

from enum import StrEnum

from approvals.material import is_material as is_material
from approvals.states import Source, State


class LabelKind(StrEnum):
    APPROVED = "approved"
    APPROVED_WITH_CHANGES = "approved_with_changes"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ALLOWED_BY_POLICY = "allowed_by_policy"
    DENIED_BY_POLICY = "denied_by_policy"
    STOPPED = "stopped"


def kind_of(outcome: str, source: str, *, edited: bool) -> LabelKind:
    """Policy, time, the agent and the stop switch decide nothing about quality, so none of them is taken for people."""
    if source == Source.POLICY:
        return LabelKind.ALLOWED_BY_POLICY if outcome == State.APPROVED else LabelKind.DENIED_BY_POLICY
    if source == Source.STOP_SWITCH:
        return LabelKind.STOPPED
    if outcome == State.APPROVED and edited:
        return LabelKind.APPROVED_WITH_CHANGES
    return LabelKind(outcome)
