"""No tier and no permission widens for an agent that does not meet the five controls, once a workspace has set one."""

import pytest

from approvals import policies, services
from approvals.policy.document import parse
from audit.actor import Door
from feedback.queries import widening
from feedback.services.widening import NotReady, roll_back, sign_policy
from tests.cast import POLICY, Stage, use_policy
from tests.feedback.deciding import waive
from tests.feedback.test_readiness import owned

OTTO = '  otto: {owner: eve@example.com, tier: autonomous, tools: {"*": {}}}\n'
ASKING = POLICY.replace("tier: autonomous", "tier: approvals")
FIXED = POLICY.replace('tools: {"*": {}}', 'tools: {"crm.*": {}}')


def told(old: str, new: str) -> dict[str, tuple[str, ...]]:
    return widening.widened(parse(old), parse(new))


@pytest.mark.parametrize(
    ("old", "new", "how"),
    [
        (ASKING, POLICY, "tools: * (approvals) → * (autonomous)"),
        (FIXED, POLICY, "tools: crm.* (autonomous) → * (autonomous)"),
        (POLICY.replace(OTTO, ""), POLICY, "it is listed, in tier autonomous"),
        (POLICY, POLICY.replace('"*": {}}', '"*": {}}, versions: {v2: live}'), "version v2: candidate → live"),
        (POLICY, POLICY.replace('"*": {}}', '"*": {}}, data_scopes: [orders]'), "data scopes: nothing → orders"),
    ],
)
def test_more_for_an_agent_is_told(old: str, new: str, how: str) -> None:
    assert told(old, new) == {"otto": (how,)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (POLICY, POLICY),
        (POLICY, ASKING),
        (POLICY, FIXED),
        (POLICY, POLICY.replace("eve@example.com", "ada@example.com")),
        (POLICY, POLICY.replace("amount_usd <= 50", "amount_usd <= 60")),
        (POLICY, POLICY.replace(OTTO, "")),
        (POLICY.replace(OTTO, ""), ASKING),
    ],
)
def test_less_an_owner_or_a_rule_is_none_of_it(old: str, new: str) -> None:
    assert told(old, new) == {}


def proposed(stage: Stage, text: str = POLICY) -> str:
    """Ada proposes it, and has signed by that."""
    actor = stage.member("ada").actor(Door.WEB, "password")
    return services.propose_policy(actor=actor, at=stage.at, workspace_id=stage.id, text=text).proposal_id


def signed(stage: Stage, proposal_id: str) -> bool:
    active = policies.active(stage.id, fresh=True)
    assert active is not None
    actor = stage.member("eve").actor(Door.WEB, "password")
    return sign_policy(
        actor=actor, at=stage.at, workspace_id=stage.id, proposal_id=proposal_id, base_id=active.version_id
    ).is_active


def test_before_anybody_set_a_control_people_decide_alone(stage: Stage) -> None:
    use_policy(stage, ASKING)
    assert signed(stage, proposed(stage))


def test_an_agent_that_is_not_ready_gets_no_more_until_its_controls_are_met_or_waived(stage: Stage) -> None:
    use_policy(stage, ASKING)
    owned(stage)
    proposal_id = proposed(stage)
    with pytest.raises(NotReady, match=r"otto lacks trace coverage, tool success, policy violations, passing gate"):
        signed(stage, proposal_id)
    assert stage.submit(args={"customer_id": "cus_1", "amount_usd": 20}).state == "pending"
    waive(stage)
    assert signed(stage, proposal_id)
    assert stage.submit(args={"customer_id": "cus_1", "amount_usd": 20}).state == "approved"


def test_what_widens_nothing_is_signed_without_asking(stage: Stage) -> None:
    owned(stage)
    assert signed(stage, proposed(stage, POLICY.replace("amount_usd <= 50", "amount_usd <= 60")))


def test_back_to_a_wider_version_waits_for_a_signature_that_is_refused(stage: Stage) -> None:
    wide = policies.active(stage.id, fresh=True)
    assert wide is not None
    use_policy(stage, ASKING)
    owned(stage)
    actor = stage.member("ada").actor(Door.WEB, "password")
    back = roll_back(actor=actor, at=stage.at, workspace_id=stage.id, version_id=wide.version_id)
    assert not back.is_active
    with pytest.raises(NotReady):
        signed(stage, back.proposal_id)
