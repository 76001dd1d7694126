"""Ben presses in Slack in the moment in which Ada presses on the web, each over a connection of their own."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client

from approvals import errors, services
from approvals.models import Decision
from audit.actor import Door
from audit.models import Event
from tests.console.slack.floor import Floor, through
from tests.console.slack.test_attacks import pressed, signed
from tests.flows.at_once import press
from tests.slack_server.carriers import Ack

pytestmark = pytest.mark.race
ROUNDS = 20


def test_of_slack_and_web_one_decides_and_the_other_reads_who_was_first(open_floor: Floor) -> None:
    floor = open_floor
    won = Counter[str]()
    for n in range(ROUNDS):
        floor.later(3)  # Slack takes about one post a second in a channel.
        asked = floor.submit()
        [card] = [one for one in floor.hands.cards(floor.town.channels["approvals"]) if asked.id in str(one.blocks)]
        in_slack = partial(through(Client()), signed(floor, pressed(floor, "ben", card, "cs_approve")))
        ada = floor.stage.member("ada")
        on_the_web = partial(
            services.review,
            actor=ada.actor(Door.WEB, "password"),
            at=floor.now(),
            member=ada,
            action_id=asked.id,
            revision=asked.revision,
            digest=asked.digest,
            verdict="approve",
        )
        order: list[Callable[[], Any]] = [in_slack, on_the_web] if n % 2 else [on_the_web, in_slack]
        told = press(order)
        [ack] = [one for one in told if isinstance(one, Ack)]
        [web] = [one for one in told if not isinstance(one, Ack)]
        floor.pass_on()
        [vote] = floor.see(asked).votes
        won[vote.name] += 1
        assert (ack.status, floor.see(asked).state) == (200, "approved")
        assert Decision.everywhere.filter(action_id=asked.id).count() == 1
        assert Event.objects.filter(action_id=asked.id, kind="action:decided").count() == 1
        if vote.name == "Ben":
            assert isinstance(web, errors.AlreadyDecided)
            assert web.detail.startswith("Ben approved this at ")
        else:
            assert floor.told("ben").startswith("Ada approved this at ")
    assert sum(won.values()) == ROUNDS
