"""What may be decided in Slack. Above the line a person decides in the console, where a passkey can be asked for."""

from approvals import policies
from approvals.answers import ActionView
from approvals.errors import ApprovalError, NotHere
from approvals.policy.model import RISKS

# Whatever a policy says: what is critical is decided in the console.
HIGHEST = "high"


def slack_refusal(view: ActionView) -> ApprovalError | None:
    """Why this action, as its policy stood when it opened, is not decided in Slack; None where it is."""
    if view.terms["step_up"]:
        return NotHere("The policy asks for a passkey, which Slack cannot give. Decide it in the console.")
    if view.terms.get("evidence"):
        return NotHere("The policy asks for evidence to be opened, which Slack cannot show. Decide it in the console.")
    allowed = min(policies.compiled(view.policy_version_id).document.defaults.slack_up_to, HIGHEST, key=RISKS.index)
    if RISKS.index(view.risk) > RISKS.index(allowed):
        return NotHere(f"In Slack, actions up to {allowed} risk are decided; this one is {view.risk}. Use the console.")
    return None
