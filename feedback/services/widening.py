"""The signature under a policy, with readiness asked first: no tier and no permission widens without the five."""

from datetime import datetime

from approvals import services
from approvals.errors import Conflict
from approvals.services import policy_reading
from approvals.services.proposals import Signed
from audit.actor import Actor
from feedback.queries import widening


class NotReady(Conflict):
    """An agent meets the workspace's controls first, or their owners waive them."""

    code = "not_ready"


def sign_policy(*, actor: Actor, at: datetime, workspace_id: str, proposal_id: str, base_id: str) -> Signed:
    """As approvals' own. Raises NotReady besides, where an agent would get more and does not meet what is asked."""
    version_id = policy_reading.proposal(workspace_id, proposal_id).version_id
    check(workspace_id, version_id, at)
    return services.sign_policy(actor=actor, at=at, workspace_id=workspace_id, proposal_id=proposal_id, base_id=base_id)


def roll_back(*, actor: Actor, at: datetime, workspace_id: str, version_id: str) -> Signed:
    """As approvals' own; NotReady only where one person's word would make it decide."""
    change = policy_reading.change_to(workspace_id, version_id, at)
    if change.signers == 1:
        check(workspace_id, version_id, at)
    return services.roll_back(actor=actor, at=at, workspace_id=workspace_id, version_id=version_id)


def check(workspace_id: str, version_id: str, at: datetime) -> None:
    """Raises NotReady."""
    found = widening.unready(workspace_id, version_id, at)
    if found and widening.is_asked(workspace_id):
        told = "; ".join(f"{one.agent} lacks {', '.join(one.lacking).replace('_', ' ')}" for one in found)
        raise NotReady(f"This widens what an agent may do that is not ready: {told}. Nothing was changed.")
