"""Whether an agent still listens for the answer to what it asked."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals.models import Listening
from approvals.services import agents_work, listening, note_listening
from approvals.services.agents_work import Leash, OpenWork
from tests.cast import POLICY, Stage, use_policy

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def nobody_heard() -> None:
    listening.forget_heard()


def hear(stage: Stage, action_id: str, after: float = 0, seconds: float = 0) -> None:
    at = stage.at + after * SECOND
    note_listening(workspace_id=stage.id, action_id=action_id, at=at, seconds=seconds)


def is_gone(stage: Stage, action_id: str, after: float) -> bool:
    return action_id in listening.gone(stage.id, [action_id], stage.at + after * SECOND)


def test_who_never_listened_is_not_gone(stage: Stage) -> None:
    assert not is_gone(stage, stage.submit().id, 10_000)


def test_an_open_wait_listens_to_its_end_and_a_little_longer(stage: Stage) -> None:
    view = stage.submit()
    hear(stage, view.id, seconds=60)
    assert not is_gone(stage, view.id, 60)
    assert not is_gone(stage, view.id, 60 + 3 * 5 + 15)
    assert is_gone(stage, view.id, 60 + 3 * 5 + 15 + 1)
    assert listening.gone(stage.id, [view.id], stage.at + 200 * SECOND) == {view.id: stage.at}


def test_a_poll_counts_for_three_of_its_own_intervals(stage: Stage) -> None:
    view = stage.submit()
    for after in (0, 120, 240):
        hear(stage, view.id, after)
    assert not is_gone(stage, view.id, 240 + 3 * 120 + 15)
    assert is_gone(stage, view.id, 240 + 3 * 120 + 15 + 1)


def test_who_polls_on_is_never_gone(stage: Stage) -> None:
    view = stage.submit()
    for after in range(200):
        hear(stage, view.id, after)
        assert not is_gone(stage, view.id, after + 1)


def test_a_wait_after_a_quick_poll_is_noted_at_once(stage: Stage) -> None:
    view = stage.submit()
    hear(stage, view.id, 0)
    hear(stage, view.id, 1, seconds=300)
    assert not is_gone(stage, view.id, 300)


def test_a_fast_poller_is_written_down_every_15_seconds(stage: Stage) -> None:
    view = stage.submit()
    with CaptureQueriesContext(connection) as asked:
        for tenth in range(310):
            hear(stage, view.id, tenth / 10)
    assert len(asked) == 3
    assert Listening.everywhere.get().heard_at == stage.at + 30 * SECOND


def test_what_is_decided_needs_no_listener(stage: Stage) -> None:
    view = stage.submit()
    hear(stage, view.id, seconds=1)
    stage.review("ada", view)
    assert not is_gone(stage, view.id, 1000)


def test_another_workspace_hears_nothing(stage: Stage, other: Stage) -> None:
    view = stage.submit()
    hear(stage, view.id)
    assert listening.gone(other.id, [view.id], stage.at + 10_000 * SECOND) == {}


def test_the_open_work_of_an_agent_is_counted_with_who_is_gone(stage: Stage, other: Stage) -> None:
    views = [stage.submit() for _ in range(3)]
    hear(stage, views[0].id)
    hear(stage, views[1].id, seconds=60)
    later = stage.at + 80 * SECOND
    Listening.everywhere.filter(action_id=views[0].id).update(until=later - SECOND)
    assert agents_work.open_work(stage.id, later) == {stage.otto.agent_id: OpenWork(3, 1)}
    assert agents_work.open_work(other.id, later) == {}
    rows = agents_work.waiting_of(stage.id, stage.otto.agent_id, later)
    found = {row.id: (row.heard_at, row.is_gone) for row in rows}
    assert found == {
        views[0].id: (stage.at, True),
        views[1].id: (stage.at, False),
        views[2].id: (None, False),
    }


def test_the_policy_says_what_an_agent_may(stage: Stage) -> None:
    tools = 'tools: {"billing.*": {tier: limits}, "crm.*": {}}, versions: {v4: live, v5: {canary: 10%}}}'
    use_policy(stage, POLICY.replace('tools: {"*": {}}}', tools))
    assert agents_work.leash(stage.id, "otto") == Leash(
        is_listed=True,
        tier="autonomous",
        tools=(("billing.*", "limits"), ("crm.*", "autonomous")),
        versions=(("v4", "live"), ("v5", "canary, 10 %")),
    )
    assert agents_work.leash(stage.id, "lotte") == Leash(is_listed=False, tier="approvals", tools=(), versions=())


def test_rotations_are_read_from_the_policy(stage: Stage) -> None:
    assert agents_work.rotations(stage.id) == ()
    use_policy(stage, POLICY + "schedules: {finance: {members: [ada, ben], hours: 'Mon-Fri 08:00-18:00'}}\n")
    [rotation] = agents_work.rotations(stage.id)
    assert (rotation.name, rotation.members, rotation.rotation, rotation.timezone) == (
        "finance",
        ("ada", "ben"),
        "weekly",
        "UTC",
    )
