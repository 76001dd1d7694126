"""Which decisions are looked at once more. Pure, and the same for ever: a recorded seed and the action's id decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from feedback.labels import LabelKind


class Purpose(StrEnum):
    """Why somebody looks once more."""

    BLIND = "blind"
    AUDIT_ALLOWED = "audit_allowed"
    AUDIT_APPROVED = "audit_approved"
    ADJUDICATION = "adjudication"


# Shares that are drawn. What changed or refused something teaches most; what policy let through nobody has seen.
RATES: Mapping[str, float] = {
    "approved": 0.05,
    "changed": 0.2,
    "critical": 1.0,
    "audit_allowed": 0.05,
    "audit_approved": 0.02,
}


@dataclass(frozen=True, slots=True)
class Drawn:
    purpose: Purpose
    probability: float


def drawn(seed: str, action_id: str, kind: str, risk: str, rates: Mapping[str, float] = RATES) -> list[Drawn]:
    """What this decision is drawn for, each with the chance that it had."""
    chances: list[Drawn] = []
    if kind in {LabelKind.APPROVED, LabelKind.APPROVED_WITH_CHANGES, LabelKind.REJECTED}:
        share = "critical" if risk == "critical" else "approved" if kind == LabelKind.APPROVED else "changed"
        chances.append(Drawn(Purpose.BLIND, rates[share]))
    if kind == LabelKind.APPROVED:
        chances.append(Drawn(Purpose.AUDIT_APPROVED, rates["audit_approved"]))
    if kind == LabelKind.ALLOWED_BY_POLICY:
        chances.append(Drawn(Purpose.AUDIT_ALLOWED, rates["audit_allowed"]))
    return [one for one in chances if _ticket(seed, one.purpose, action_id) < one.probability]


def _ticket(seed: str, purpose: str, action_id: str) -> float:
    """A number from 0 up to 1 that nobody can choose."""
    return int(sha256(f"{seed}:{purpose}:{action_id}".encode()).hexdigest()[:13], 16) / 16**13
