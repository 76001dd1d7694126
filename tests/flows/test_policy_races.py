"""Signatures, grants and jobs when several hands press at one moment, each over a connection of its own."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from approvals import policies, services
from approvals.answers import ActionView
from approvals.errors import AlreadyClosed, ChangeMoved
from approvals.models import PolicyActivation, PolicyProposal
from approvals.services import Signed
from audit.actor import OPERATOR, Door
from outbox import jobs
from tests.cast import POLICY, Stage
from tests.flows.at_once import press

pytestmark = pytest.mark.race
LOOSER = POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 60")


def active(stage: Stage) -> str:
    found = policies.active(stage.id, fresh=True)
    assert found is not None
    return found.version_id


def signing(stage: Stage, name: str, proposal_id: str, base_id: str) -> partial[Signed]:
    actor = stage.member(name).actor(Door.WEB)
    given = {"at": stage.at, "workspace_id": stage.id, "proposal_id": proposal_id, "base_id": base_id}
    return partial(services.sign_policy, actor=actor, **given)  # type: ignore[arg-type]


def test_two_last_signatures_activate_it_once(open_stage: Stage) -> None:
    for n in range(5):
        base = active(open_stage)
        text = LOOSER.replace("<= 60", f"<= {60 + n}")
        made = services.propose_policy(actor=OPERATOR, at=open_stage.at, workspace_id=open_stage.id, text=text)
        told = press([signing(open_stage, name, made.proposal_id, base) for name in ("ada", "eve")])
        assert sorted(one.missing for one in told) == [0, 1]
        assert active(open_stage) == made.version_id
        assert PolicyActivation.everywhere.filter(version_id=made.version_id).count() == 1


def test_of_two_changes_one_wins_and_the_other_is_looked_at_again(open_stage: Stage) -> None:
    base = active(open_stage)
    made = [
        services.propose_policy(
            actor=open_stage.member("ada").actor(Door.WEB),
            at=open_stage.at,
            workspace_id=open_stage.id,
            text=LOOSER.replace("<= 60", f"<= {limit}"),
        )
        for limit in (60, 70)
    ]
    told = press([signing(open_stage, "eve", one.proposal_id, base) for one in made])
    assert Counter(type(one) for one in told) == {Signed: 1, ChangeMoved: 1}
    assert PolicyProposal.everywhere.filter(closed_at=None).count() == 1


def test_a_grant_that_is_revoked_meanwhile_lets_nothing_more_through(open_stage: Stage) -> None:
    eve, ada = open_stage.member("eve").actor(Door.WEB), open_stage.member("ada").actor(Door.WEB)
    given = {"at": open_stage.at, "workspace_id": open_stage.id}
    for _ in range(5):
        grant_id = services.propose_grant(
            actor=ada,
            agent_name="otto",
            tool="billing.refund",
            when=[],
            expires_at=open_stage.at + timedelta(days=1),
            why="",
            **given,  # type: ignore[arg-type]
        )
        services.agree_to_grant(actor=eve, grant_id=grant_id, **given)  # type: ignore[arg-type]
        revoke = partial(services.revoke_grant, actor=ada, grant_id=grant_id, **given)  # type: ignore[arg-type]
        told = press([open_stage.submit, revoke, revoke])
        assert isinstance(told[0], ActionView)
        assert Counter(type(one) for one in told[1:]) == {type(None): 1, AlreadyClosed: 1}
        assert open_stage.submit().state == "pending"


def test_two_pulses_hand_a_job_out_once(open_stage: Stage) -> None:
    handed: list[str] = []
    ordered = []
    for _ in range(5):
        with transaction.atomic():
            job_id = jobs.start(
                kind="backtest", workspace_id=open_stage.id, by_id="", by_name="", payload={}, at=open_stage.at
            )
        ordered.append(job_id)
        press([partial(jobs.hand_out, lambda job, until: handed.append(job), at=open_stage.at)] * 3)
    assert handed == ordered
