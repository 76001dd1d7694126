"""States of an agent's version: bound to the hash of its manifest, and blocked in one press."""

from datetime import timedelta
from typing import Any

import pytest

from accounts import services as accounts
from approvals import errors, queries
from approvals.answers import ActionView
from approvals.policy.stops import Stop
from approvals.services import stops, versions
from audit.actor import OPERATOR, Door
from outbox.models import Message
from tests.accounts.records import last
from tests.approvals.presses import find, grant_of, spend
from tests.cast import POLICY, Stage, use_policy

SMALL = {"customer_id": "cus_1", "amount_usd": 40}
STATES = POLICY.replace(
    'tools: {"*": {}}}', 'tools: {"*": {}}, versions: {v4: live, v5: {canary: 50%}, v3: blocked, v6: candidate}}'
)


@pytest.fixture
def bound(stage: Stage) -> dict[str, str]:
    """Versions v3 to v6 by label, each bound to the manifest that names the model of the same name."""
    use_policy(stage, STATES)
    found = {}
    for label in ("v3", "v4", "v5", "v6"):
        version = accounts.register_version(
            actor=OPERATOR,
            at=stage.at,
            workspace_id=stage.id,
            agent_id=stage.otto.agent_id,
            manifest={"model": f"model-{label}"},
        )
        accounts.bind_label(actor=OPERATOR, at=stage.at, workspace_id=stage.id, version_id=version.id, label=label)
        found[label] = version.id
    return found


def ask(stage: Stage, label: str, claimed: str = "", **more: Any) -> ActionView:
    return stage.submit(args=SMALL, agent_version={"model": f"model-{label}", "label": claimed or label}, **more)


def block(stage: Stage, version_id: str, **more: str) -> Stop:
    actor = stage.member("ben").actor(Door.WEB, "password")
    at = stage.at + timedelta(seconds=1)
    return versions.block(actor=actor, at=at, workspace_id=stage.id, version_id=version_id, **more)


@pytest.mark.parametrize(
    ("label", "state"), [("v3", "rejected"), ("v4", "approved"), ("v6", "pending"), ("v9", "pending")]
)
def test_a_version_may_what_its_state_says(stage: Stage, bound: dict[str, str], label: str, state: str) -> None:
    assert ask(stage, label).state == state


def test_a_claimed_label_dodges_nothing(stage: Stage, bound: dict[str, str]) -> None:
    assert [ask(stage, "v3", claimed="v4").state, ask(stage, "v9", claimed="v4").state] == ["rejected", "pending"]


def test_a_rule_reads_the_bound_label_and_never_the_claimed_one(stage: Stage, bound: dict[str, str]) -> None:
    for_v4 = STATES.replace('when: ["args.amount_usd <= 50"]', "when: ['agent.version == \"v4\"']")
    use_policy(stage, for_v4.replace("v5: {canary: 50%}", "v5: live"))
    assert [ask(stage, "v4", claimed="v9").state, ask(stage, "v5", claimed="v4").state] == ["approved", "pending"]


def test_another_claim_moves_no_trace_into_the_share_of_a_canary(stage: Stage, bound: dict[str, str]) -> None:
    for trace in ("tr_1", "tr_2", "tr_3"):
        states = {ask(stage, "v5", claimed=f"v5.{n}", trace_id=trace).state for n in range(6)}
        assert len(states) == 1


def test_a_canary_acts_alone_on_its_share_of_traces(stage: Stage, bound: dict[str, str]) -> None:
    states = {ask(stage, "v5", trace_id=f"tr_{n}").state for n in range(12)}
    assert states == {"approved", "pending"}
    assert {ask(stage, "v5", trace_id="tr_1").state for _ in range(3)} == {ask(stage, "v5", trace_id="tr_1").state}


def test_blocked_it_is_refused_at_once_and_loses_what_it_had_not_run(stage: Stage, bound: dict[str, str]) -> None:
    unspent, waiting, another = (
        ask(stage, "v4"),
        stage.submit(agent_version={"model": "model-v4"}),
        stage.submit(args=SMALL),
    )
    token = grant_of(stage, unspent)
    stop = block(stage, bound["v4"], back_to=bound["v5"], reason="It refunds twice")
    assert (stop.told, ask(stage, "v4").state) == ("version v4 of otto is blocked", "rejected")
    with pytest.raises(errors.GrantRefused) as refusal:
        spend(stage, unspent, token)
    assert refusal.value.code == "grant_revoked"
    with pytest.raises(errors.Stopped):
        stage.review("ada", waiting)
    assert spend(stage, another).args == another.args
    assert last("version:blocked", stage.id) == {
        "subject": {"type": "version", "id": bound["v4"]},
        "actor": stage.people["ben"],
        "data": {
            "agent": stage.otto.agent_id,
            "manifest_sha256": last("version:blocked", stage.id)["data"]["manifest_sha256"],
            "back_to": bound["v5"],
            "revoked": 1,
        },
    }


def test_the_owner_is_told_which_version_to_go_back_to(stage: Stage, bound: dict[str, str]) -> None:
    stop = block(stage, bound["v4"], back_to=bound["v5"])
    letter = Message.objects.get(sink="mail", kind="version.blocked")
    assert letter.payload == {"user": stage.people["eve"], "stop": stop.id, "back_to": "v5 of otto"}


def test_blocked_twice_is_blocked_once(stage: Stage, bound: dict[str, str]) -> None:
    assert block(stage, bound["v4"]) == block(stage, bound["v4"])
    assert Message.objects.filter(kind="version.blocked").count() == 1


def test_released_it_may_again_what_the_policy_says(stage: Stage, bound: dict[str, str]) -> None:
    stop = block(stage, bound["v4"])
    actor = stage.member("ada").actor(Door.WEB, "password")
    stops.release(actor=actor, at=stage.at, workspace_id=stage.id, stop_id=stop.id, because="Not its fault")
    assert ask(stage, "v4").state == "approved"


def test_one_that_the_policy_blocks_after_the_approval_does_not_run(stage: Stage, bound: dict[str, str]) -> None:
    view = ask(stage, "v4")
    use_policy(stage, STATES.replace("v4: live", "v4: blocked"))
    with pytest.raises(errors.GrantRefused) as refusal:
        spend(stage, view)
    assert (refusal.value.code, find(stage, view).execution) == ("grant_revoked", None)
    assert queries.history(view)[-1].data["because"] == "version_blocked"


def test_nor_does_one_whose_hash_got_a_blocked_label(stage: Stage, bound: dict[str, str]) -> None:
    view = ask(stage, "v4")
    accounts.bind_label(actor=OPERATOR, at=stage.at, workspace_id=stage.id, version_id=bound["v4"], label="v3")
    with pytest.raises(errors.GrantRefused) as refusal:
        spend(stage, view)
    assert refusal.value.code == "grant_revoked"


def test_the_newest_live_one_is_proposed_to_go_back_to(stage: Stage, bound: dict[str, str]) -> None:
    assert versions.fallback(stage.id, versions.found(stage.id, bound["v6"])) == bound["v4"]
    assert versions.fallback(stage.id, versions.found(stage.id, bound["v4"])) == bound["v5"]


@pytest.mark.parametrize("back_to", ["itself", "of another agent", "none"])
def test_what_to_go_back_to_is_another_version_of_the_same_agent(
    stage: Stage, bound: dict[str, str], back_to: str
) -> None:
    lotte = accounts.create_agent(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="lotte", owner_id=stage.people["eve"]
    )
    theirs = accounts.register_version(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, agent_id=lotte.id, manifest={"model": "x"}
    )
    named = {"itself": bound["v4"], "of another agent": theirs.id, "none": "ver_x"}[back_to]
    with pytest.raises(errors.BadRequest) as refusal:
        block(stage, bound["v4"], back_to=named)
    assert [fault.pointer for fault in refusal.value.faults] == ["/back_to"]
    assert queries.stops_on(stage.id) == ()


def test_a_version_of_another_workspace_is_not_there(stage: Stage, other: Stage, bound: dict[str, str]) -> None:
    actor = other.member("cleo").actor(Door.WEB, "password")
    with pytest.raises(errors.NotFound):
        versions.block(actor=actor, at=other.at, workspace_id=other.id, version_id=bound["v4"])


def test_the_states_are_told_in_words(stage: Stage, bound: dict[str, str]) -> None:
    block(stage, bound["v4"])
    labels = {version_id: label for label, version_id in bound.items()}
    standings = queries.standings(stage.id, "otto", labels)
    assert {labels[key]: value.state for key, value in standings.items()} == {
        "v3": "blocked",
        "v4": "blocked",
        "v5": "canary, 50 % of traces",
        "v6": "candidate",
    }
