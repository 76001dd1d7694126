"""What a decision says about the proposed call. Approve is not the same as correct: a kind names what happened."""

from enum import StrEnum
from typing import Any

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


def is_material(old: Any, new: Any) -> bool:
    """Whether people changed the meaning of a JSON tree, not only its looks.

    Cosmetic are: white space and letter case within a text, and another spelling of the same number (1 and 1.0). All
    else is material: other values, types, keys, or order of a list.
    """
    if isinstance(old, str) and isinstance(new, str):
        return _bare(old) != _bare(new)
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() != new.keys() or any(is_material(value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) != len(new) or any(map(is_material, old, new))
    if _is_number(old) and _is_number(new):
        return bool(old != new)
    return type(old) is not type(new) or bool(old != new)


def _bare(text: str) -> str:
    return "".join(text.split()).casefold()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
