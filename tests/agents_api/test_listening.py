"""Asking for an action notes that its agent listens; others who read it note nothing."""

from datetime import datetime, timedelta

import pytest

from approvals.models import Listening
from approvals.services import listening
from tests.agents_api.calling import otto, person
from tests.cast import Stage

# A wait starts the ears of the process; they have to be closed again.
pytestmark = pytest.mark.usefixtures("own_listener")


@pytest.fixture(autouse=True)
def nobody_heard() -> None:
    listening.forget_heard()


def until() -> dict[str, datetime]:
    return dict(Listening.everywhere.values_list("action_id", "until"))


def test_a_poll_of_the_agent_is_noted(stage: Stage) -> None:
    action = otto(stage).submit().action
    assert until() == {}
    assert otto(stage).get(f"/actions/{action.id}").status == 200
    [row] = Listening.everywhere.all()
    assert (row.action_id, row.workspace_id) == (action.id, stage.id)
    assert row.until - row.heard_at == 3 * listening.UNKNOWN + listening.EVERY


def test_an_open_wait_counts_to_its_end(stage: Stage) -> None:
    action = otto(stage).submit().action
    assert otto(stage).get(f"/actions/{action.id}?wait=1").status == 200
    [row] = Listening.everywhere.all()
    assert row.until - row.heard_at == timedelta(seconds=1) + 3 * listening.SHORTEST + listening.EVERY


def test_a_person_who_reads_is_no_listener(stage: Stage) -> None:
    action = otto(stage).submit().action
    assert person(stage, "ada").get(f"/actions/{action.id}").status == 200
    assert until() == {}


def test_what_is_decided_is_noted_no_more(stage: Stage) -> None:
    action = otto(stage).submit().action
    person(stage, "ada").review(action)
    assert otto(stage).get(f"/actions/{action.id}").action.state == "approved"
    assert until() == {}
