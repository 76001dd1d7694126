"""The line up to which Slack decides is held where votes are counted, whatever a door shows."""

import pytest

from approvals import errors, services
from approvals.answers import ActionView
from approvals.queries import slack_refusal
from audit.actor import Door
from tests.cast import POLICY, Stage, use_policy

NO_DENY = POLICY.replace('  - {id: no-deletes, tools: ["*.delete"], effect: deny}\n', "")
PASSKEY = POLICY.replace("{id: refunds-over-50, tools:", "{id: refunds-over-50, step_up: passkey, tools:")
LOW = POLICY.replace("defaults: {effect:", "defaults: {slack_up_to: low, effect:")
ALL = NO_DENY.replace("defaults: {effect:", "defaults: {slack_up_to: critical, effect:")


def in_slack(stage: Stage, view: ActionView, verdict: str, **more: object) -> ActionView:
    member = stage.member("ben")
    return services.review(
        actor=member.actor(Door.SLACK, "slack:T1/U1"),
        at=stage.at,
        member=member,
        action_id=view.id,
        revision=view.revision,
        digest=view.digest,
        verdict=verdict,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("verdict", ["approve", "reject"])
@pytest.mark.parametrize(
    ("policy", "tool", "args"),
    [
        (NO_DENY, "crm.delete", {"id": "r_1"}),
        (ALL, "crm.delete", {"id": "r_1"}),
        (PASSKEY, "billing.refund", None),
        (LOW, "billing.refund", None),
    ],
)
def test_above_the_line_slack_decides_nothing(
    stage: Stage, policy: str, tool: str, args: dict[str, object] | None, verdict: str
) -> None:
    use_policy(stage, policy)
    asked = stage.submit(tool, args)
    with pytest.raises((errors.NotHere, errors.StepUpRequired)):
        in_slack(stage, asked, verdict)
    assert slack_refusal(asked) is not None


def test_below_it_slack_decides_like_any_door(stage: Stage) -> None:
    asked = stage.submit()
    assert slack_refusal(asked) is None
    assert in_slack(stage, asked, "approve").state == "approved"


def test_the_console_decides_what_slack_may_not(stage: Stage) -> None:
    use_policy(stage, LOW)
    asked = stage.submit()
    assert stage.review("ben", asked).state == "approved"


def test_the_line_of_a_newer_policy_moves_nothing_that_is_open(stage: Stage) -> None:
    asked = stage.submit()
    use_policy(stage, LOW)
    assert slack_refusal(asked) is None
