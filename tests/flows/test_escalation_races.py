"""Whoever is quicker: a decision, a colleague's press, another sweep, or a kill. Each moment is told exactly once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import F

from approvals import errors, services
from approvals.answers import ActionView
from approvals.models import Action, Escalation, Notification, Timer
from audit.actor import Door
from audit.models import Event
from tests.approvals import invariants
from tests.approvals.escalating import MINUTE, with_plan
from tests.cast import Stage, use_policy
from tests.flows.at_once import press
from tests.flows.parts import until
from tests.flows.test_races import events, voting
from tests.soaking import SOAK

pytestmark = pytest.mark.race
ROUNDS = 15
# (timers, the seconds over which they fall due)
LOAD = (10_000, 20.0) if SOAK else (240, 2.0)
ROOT = Path(__file__).resolve().parents[2]
ONE_LEVEL = "\nescalations: {ring: [{after: 1h, notify: [{person: ben}], channels: [console, email]}]}\n"


def live(view: ActionView) -> int:
    return Timer.everywhere.filter(action_id=view.id, fired_at=None, cancelled_at=None).count()


def test_a_decision_and_an_escalation_at_once(open_stage: Stage) -> None:
    """Where people were told first, the decision comes after it; where it came first, its timer does nothing."""
    use_policy(open_stage, with_plan())
    for _ in range(ROUNDS):
        view = open_stage.submit()
        swept, voted = press([partial(services.escalate_due, at=open_stage.at), voting(open_stage, "ada", view)])
        assert isinstance(voted, ActionView), voted
        done = invariants.hold(open_stage.id, view.id, ("Ada", "Ben"))
        told = Escalation.everywhere.filter(action_id=view.id).count()
        assert (done.state, swept.told, swept.over, swept.failed) == ("approved", told, 0, 0)
        assert live(view) == 1  # the grant's own
        services.escalate_due(at=open_stage.at + timedelta(hours=1))
        assert Escalation.everywhere.filter(action_id=view.id).count() == told <= 1


def test_two_sweeps_at_once_tell_each_action_once(open_stage: Stage) -> None:
    use_policy(open_stage, with_plan())
    views = [open_stage.submit() for _ in range(40)]
    sweep = partial(services.escalate_due, at=open_stage.at, limit=30)
    swept = press([sweep, sweep, sweep])
    while services.escalate_due(at=open_stage.at).looked_at:
        pass
    assert [one.failed for one in swept] == [0, 0, 0]
    assert Escalation.everywhere.count() == Notification.everywhere.count() == 40
    assert all(events(view) == {"action:submitted": 1, "action:escalated": 1} for view in views)


def test_a_colleagues_press_and_the_sweep_go_on_from_each_other(open_stage: Stage) -> None:
    use_policy(open_stage, with_plan())
    ada = open_stage.member("ada")
    for _ in range(ROUNDS):
        view = open_stage.submit()
        by_hand = partial(
            services.escalate,
            actor=ada.actor(Door.WEB),
            at=open_stage.at,
            member=ada,
            action_id=view.id,
            reason="Urgent.",
        )
        press([partial(services.escalate_due, at=open_stage.at), by_hand])
        services.escalate_due(at=open_stage.at)
        rows = list(Escalation.everywhere.filter(action_id=view.id).order_by("n").values_list("n", "level", "cause"))
        # Told by the plan and then refused as too soon, or told by Ada: never twice the same level.
        assert rows in ([(1, 0, "timer")], [(1, 0, "person")])


def test_of_two_colleagues_one_escalates(open_stage: Stage) -> None:
    use_policy(open_stage, with_plan())
    view = open_stage.submit()
    buttons = [
        partial(
            services.escalate,
            actor=open_stage.member(name).actor(Door.WEB),
            at=open_stage.at + MINUTE,
            member=open_stage.member(name),
            action_id=view.id,
            reason="Urgent.",
        )
        for name in ("ada", "ben")
    ]
    told = press(buttons)
    assert [type(one) for one in told if one is not None] == [errors.Conflict]
    # A level that would only reach whoever pressed is skipped.
    assert len(set(Escalation.everywhere.filter(action_id=view.id).values_list("by_id", flat=True))) == 1


@contextmanager
def sweeping() -> Iterator[subprocess.Popen[str]]:
    """A process of its own over this test's database, ready to go."""
    known = connection.settings_dict
    login = f"{quote(known['USER'])}:{quote(known['PASSWORD'] or '')}@{known['HOST']}:{known['PORT'] or 5432}"
    environment = {**os.environ, "DATABASE_URL": f"postgresql://{login}/{known['NAME']}", "REDIS_URL": ""}
    environment |= {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "tests.flows.sweeper"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def looks(process: subprocess.Popen[str]) -> list[tuple[int, float]]:
    """(told, seconds) of each look of a process that was killed; a line that it could not finish is left out."""
    assert process.stdout is not None
    lines = [line.split() for line in process.stdout.read().splitlines()]
    return [(int(words[0]), float(words[1])) for words in lines if len(words) == 2]


def told_of(count: int) -> bool:
    """Asked seldom, so that the asking is no part of what is measured."""
    time.sleep(0.1)
    return Escalation.everywhere.count() >= count


@pytest.mark.postgres
@pytest.mark.process
def test_two_sweepers_tell_each_due_timer_once_though_one_is_killed(open_stage: Stage) -> None:
    """At full size (`make soak`) the lag is a promise too: from its moment to the commit that told it."""
    count, seconds = LOAD
    use_policy(open_stage, with_plan(ONE_LEVEL))
    step = timedelta(seconds=seconds / count)
    views = [open_stage.submit(at=open_stage.at + n * step) for n in range(count)]
    with sweeping() as killed, sweeping() as survivor:
        # The first falls due in half a second.
        earlier = open_stage.at + timedelta(hours=1) - datetime.now(UTC) - timedelta(seconds=0.5)
        Action.everywhere.update(created_at=F("created_at") - earlier)
        Timer.everywhere.filter(kind="escalate").update(due_at=F("due_at") - earlier)
        until(lambda: told_of(count // 2), 60 + 5 * seconds, "half of them are told")
        killed.kill()
        killed.wait()
        until(lambda: told_of(count), 60 + 5 * seconds, "all of them are told")
        survivor.kill()
        survivor.wait()
        by_one, by_other = looks(killed), looks(survivor)
    told = Escalation.everywhere.values_list("action_id", "n", "outcome")
    assert sorted(told) == sorted((view.id, 1, "told") for view in views)
    assert Timer.everywhere.filter(kind="escalate", fired_at=None).count() == 0
    assert Event.objects.filter(kind="action:escalated").count() == count
    assert Notification.everywhere.count() == 2 * count
    assert by_one
    assert by_other
    slowest = max(took for _, took in [*by_one, *by_other])
    lags = sorted((row.fired_at - row.due_at).total_seconds() for row in Escalation.everywhere.all())
    p50, p99 = lags[count // 2], lags[int(count * 0.99)]
    sys.stdout.write(
        f"{count} timers over {seconds:.0f} s: lag p50 {p50:.3f} s, p99 {p99:.3f} s, look {slowest:.3f} s\n"
    )
    assert not SOAK or p99 + slowest < 2.0
