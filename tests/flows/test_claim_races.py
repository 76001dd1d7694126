"""Two people reach for one action at the same moment, each over a connection of their own."""

from functools import partial

import pytest

from approvals import services
from approvals.errors import HeldByAnother
from approvals.models import Claim
from approvals.services.claims import ClaimView
from audit.actor import Door
from audit.models import Event
from tests.cast import Stage
from tests.flows.at_once import press

pytestmark = pytest.mark.race


def test_one_has_it_and_the_other_reads_who(open_stage: Stage) -> None:
    for _ in range(5):
        view = open_stage.submit()
        members = [open_stage.member(name) for name in ("ada", "ben")]
        told = press(
            [
                partial(services.claim, actor=one.actor(Door.WEB), at=open_stage.at, member=one, action_id=view.id)
                for one in members
            ]
        )
        (won,) = [answer for answer in told if isinstance(answer, ClaimView)]
        (lost,) = [answer for answer in told if isinstance(answer, HeldByAnother)]
        assert lost.detail == f"{won.name} has it until {won.until:%H:%M} UTC. You may still decide it yourself."
        assert Claim.everywhere.get(action_id=view.id).user_id == won.user_id
        assert Event.objects.filter(action_id=view.id, kind="claim:taken").count() == 1
