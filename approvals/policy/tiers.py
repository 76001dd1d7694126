"""What an agent's tier and the state of its version make of the rules' verdict. They only tighten."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal

from approvals.policy.compiled import Plan, Standing
from approvals.policy.grounds import Ground
from approvals.policy.limits import Charges
from approvals.policy.model import Canary, Effect, Tier
from approvals.policy.values import plain
from approvals.policy.verdict import Context

_BUCKETS = 10_000


def standing_grounds(standing: Standing, context: Context) -> Iterator[Ground]:
    """What holds whatever the rules say: the allow-list and the version's state."""
    if not standing.allowed:
        text = f"{plain(context.tool)} is not on the list of tools of agent {plain(context.agent)}"
        yield Ground("deny", "outside_allow_list", text)
    version = f"version {plain(context.agent_version)} " if context.agent_version else "this version "
    if context.manifest == "blocked":
        yield Ground("deny", "version_blocked", f"{version}of agent {plain(context.agent)} is blocked")
    elif context.manifest == "candidate":
        yield Ground("require_approval", "version_on_trial", f"{version}of agent {plain(context.agent)} is a candidate")
    elif isinstance(context.manifest, Canary) and not in_share(context, context.manifest):
        share = f"the {context.manifest.percent:f} % of traces that {version}may act on alone"
        yield Ground("require_approval", "version_on_trial", f"this trace is outside {share}")


def tier_ground(
    tier: Tier, effect: Effect, plan: Plan, charges: Charges, *, inside_rule: bool, agent: str
) -> Ground | None:
    """Why the tier asks a person where the rules would let the call through."""
    if effect != "allow" or tier == "autonomous":
        return None
    if tier != "limits":
        return Ground("require_approval", "tier", f"agent {plain(agent)} is in tier {tier} for this tool")
    named = {limit.id for limit in plan.limits if limit.tools}
    if not inside_rule:
        return Ground("require_approval", "tier", f"agent {plain(agent)} is in tier limits and no rule allows the call")
    if not any(charge.id in named for charge in charges.charges):
        return Ground("require_approval", "tier", f"agent {plain(agent)} is in tier limits and no limit names the tool")
    return None


def in_share(context: Context, canary: Canary) -> bool:
    """By SHA-256 of agent and trace, so that one trace stays on one side. No trace is outside."""
    if not context.trace_id:
        return False
    text = f"{context.agent}\n{context.trace_id}"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return Decimal(int.from_bytes(digest[:8], "big") % _BUCKETS) < canary.percent * (_BUCKETS // 100)
