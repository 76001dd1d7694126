"""Reasons that bear on a verdict. The most restrictive leads; among equals the order of `ORDER` decides."""

from dataclasses import dataclass

from approvals.policy.model import RANK, Effect

ORDER = (
    "stopped",
    "rule",
    "outside_allow_list",
    "version_blocked",
    "constraint_violated",
    "over_limit",
    "uninspectable",
    "schema_mismatch",
    "constraint",
    "limit_unreadable",
    "uncertain",
    "version_on_trial",
    "tier",
    "default",
)
_PLACE = {code: place for place, code in enumerate(ORDER)}
_LEAD: dict[Effect, str] = {
    "allow": "Allowed because",
    "require_approval": "A person must approve because",
    "deny": "Denied because",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """`text` completes a sentence after "because", without a full stop."""

    effect: Effect
    code: str
    text: str


def leading(grounds: list[Ground]) -> Ground:
    """The one that decides. Needs at least one."""
    return max(grounds, key=lambda ground: (RANK[ground.effect], -_PLACE[ground.code]))


def sentence(ground: Ground) -> str:
    return f"{_LEAD[ground.effect]} {ground.text}."
