"""What a proposed version would change against the active one, and who has to agree to it."""

from dataclasses import dataclass
from datetime import datetime

from accounts import queries as accounts_queries
from approvals import policies
from approvals.policy.compiled import Policy
from approvals.policy.diff import Difference, difference

LOOSE, ALONE = 2, 1


@dataclass(frozen=True, slots=True)
class Change:
    """From the active version `base_id` to another one. `signers` people have to sign it.

    `is_alone`: the workspace has one person, who may activate alone until a second joins.
    """

    base_id: str
    difference: Difference
    is_alone: bool

    @property
    def signers(self) -> int:
        return ALONE if self.difference.is_tightening or self.is_alone else LOOSE


def against(active: policies.Active, new: Policy, workspace_id: str, at: datetime) -> Change:
    return Change(
        base_id=active.version_id,
        difference=difference(active.policy, new, at=at),
        is_alone=accounts_queries.is_alone(workspace_id),
    )
