"""The pulse looks at every duty, survives each one's failure and a lost database, and leaves the stage when asked."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import BrowserSession
from approvals.models import Action, IdempotencyKey
from audit.models import Checkpoint, Event, Leaf, PendingEvent, UnsignedLog
from config import pulse
from config.pulse import Duty, Pulse, Pulses
from outbox import wake
from outbox.models import Message
from tests.cast import POLICY, Stage, use_policy

PATIENCE = 10.0
# Far below every wait that would have to end first, and enough for two loaded cores.
PROMPT = 5.0


@contextmanager
def running(*pulses: Pulse | Pulses) -> Iterator[None]:
    threads = [threading.Thread(target=each.run, daemon=True) for each in pulses]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for each in pulses:
            each.stop()
        began = time.monotonic()
        for thread in threads:
            thread.join(PATIENCE)
        assert time.monotonic() - began < PROMPT


class Count:
    """A duty that counts, and fails while it is told to."""

    def __init__(self, more: int = 0) -> None:
        self.done = 0
        self.failing = False
        self.more = more
        self.looked = threading.Semaphore(0)

    def __call__(self, at: datetime) -> bool:
        self.looked.release()
        if self.failing:
            raise RuntimeError("out of order")
        self.done += 1
        return self.done < self.more

    def times(self, count: int) -> bool:
        """Waits until it was looked at so many times more."""
        return all(self.looked.acquire(timeout=PATIENCE) for _ in range(count))


def until(happened: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.02)


def duty(work: Count, every: float = 0) -> Duty:
    return Duty(f"work-{id(work)}", every, work)


def test_it_looks_again_and_again(committed: None) -> None:
    work = Count()
    with running(Pulse(work=[duty(work)])):
        assert work.times(3)


def test_it_stops_when_an_event_of_the_caller_is_set(committed: None) -> None:
    stop, work = threading.Event(), Count()
    thread = threading.Thread(target=Pulse(stop, [duty(work)]).run)
    thread.start()
    assert work.times(1)
    stop.set()
    thread.join(PROMPT)
    assert not thread.is_alive()


def test_a_failing_duty_keeps_no_other_waiting(committed: None, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = Count(), Count()
    bad.failing = True
    with running(Pulse(work=[duty(bad), duty(good)])):
        assert good.times(3)
        assert bad.done == 0
        bad.failing = False
        until(lambda: bad.done > 0)
    assert {record.levelno for record in caplog.records if record.name == "config.pulse"} <= {
        logging.INFO,
        logging.ERROR,
    }


def test_where_more_is_waiting_it_does_not_wait(committed: None) -> None:
    work = Count(more=200)
    with running(Pulse(work=[duty(work)])):
        began = time.monotonic()
        assert work.times(200)
    assert time.monotonic() - began < 200 * pulse.LOOK_POSTGRESQL / 4


def test_a_rare_duty_is_done_rarely(committed: None) -> None:
    rare, often = Count(), Count()
    with running(Pulse(work=[duty(rare, 60), duty(often)])):
        assert often.times(4)
    assert rare.done == 1


def test_a_poke_makes_it_immediate(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "LOOK_EMBEDDED", 60.0)
    monkeypatch.setattr(pulse, "LOOK_POSTGRESQL", 60.0)
    work = Count()
    waiting = Pulse(work=[duty(work)])
    thread = threading.Thread(target=waiting.run, daemon=True)
    thread.start()
    assert work.times(1)
    time.sleep(0.1)
    began = time.monotonic()
    poke()
    assert work.times(1)
    assert time.monotonic() - began < PROMPT
    waiting.stop()
    poke()
    thread.join(PROMPT)
    assert not thread.is_alive()


def poke() -> None:
    """What a committed move does."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("select pg_notify(%s, 'act_1')", [wake.CHANNEL])
    else:
        wake.publish(wake.OUTBOX)


def test_what_is_due_expires_by_itself(open_stage: Stage) -> None:
    view = open_stage.submit(at=timezone.now(), expires_in=1)
    with running(Pulse()):
        until(lambda: Action.everywhere.get(pk=view.id).state == "expired")
    action = Action.everywhere.get(pk=view.id)
    assert action.decided_at is not None
    assert 0 <= (action.decided_at - view.expires_at).total_seconds() < PROMPT


def test_an_undo_window_closes_by_itself_and_not_before_its_end(open_stage: Stage) -> None:
    use_policy(open_stage, POLICY.replace("undo: {medium: 0s", "undo: {medium: 1s"))
    at = timezone.now()
    view = open_stage.review("ada", open_stage.submit(at=at), at=at)
    with running(Pulse()):
        until(lambda: Action.everywhere.get(pk=view.id).state == "approved")
    action = Action.everywhere.get(pk=view.id)
    assert action.decided_at is not None
    assert view.closing_at is not None
    late = (action.decided_at - view.closing_at).total_seconds()
    assert 0 <= late < PROMPT


def test_a_serious_action_becomes_a_letter_by_itself(open_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "LETTERS_EVERY", 0.05)
    use_policy(open_stage, POLICY.replace("risk: medium", "risk: high"))
    view = open_stage.submit(at=timezone.now())
    letters = Message.objects.filter(sink="mail", kind="action.notices", subject=view.id)
    with running(Pulse()):
        until(lambda: letters.count() == 2)
    assert {letter.payload["user"] for letter in letters} == {open_stage.people["ada"], open_stage.people["ben"]}


def test_it_tidies_up(open_stage: Stage) -> None:
    old = open_stage.at.replace(year=2020)
    IdempotencyKey.objects.create(caller_id="key_1", key="k", body_sha256=b"", status=201, answer=b"", created_at=old)
    BrowserSession.objects.create(id="s", data="", began_at=old, seen_at=old, expires_at=old)
    with running(Pulse()):
        until(lambda: not IdempotencyKey.objects.exists() and not BrowserSession.objects.exists())


@pytest.mark.postgres
def test_one_is_active_and_the_others_stand_by(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "STANDBY", 0.05)
    first, second = Count(), Count()
    active, standby = Pulse(work=[duty(first)]), Pulse(work=[duty(second)])
    with running(active):
        assert first.times(1)
        with running(standby):
            assert first.times(5)
            assert second.done == 0
            active.stop()
            assert second.times(2)


@pytest.mark.postgres
def test_it_survives_that_the_database_throws_it_out(open_stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with running(Pulse()):
        for _ in range(3):
            throw_everybody_out()
            time.sleep(0.3)
        view = open_stage.submit(at=timezone.now(), expires_in=1)
        until(lambda: Action.everywhere.get(pk=view.id).state == "expired")


def throw_everybody_out() -> None:
    """Ends all connections to the test's database but this one, as a restart does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


@pytest.mark.postgres
def test_a_lost_lock_is_taken_again(committed: None) -> None:
    work = Count()
    with running(Pulse(work=[duty(work)])):
        assert work.times(2)
        throw_everybody_out()
        assert work.times(2)
        assert locks_held() == 1
    until(lambda: locks_held() == 0)


def locks_held() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_locks join pg_database d on d.oid = database"
            " where locktype = 'advisory' and d.datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def test_the_log_is_kept_beside_everything_else(open_stage: Stage) -> None:
    with running(Pulses()):
        until(lambda: not PendingEvent.objects.exists() and Checkpoint.objects.exists())
        view = open_stage.submit()
        events = Event.objects.filter(action_id=view.id).values_list("id", flat=True)
        until(lambda: Leaf.objects.filter(event_id__in=events).exists() and not UnsignedLog.objects.exists())
    newest = Checkpoint.objects.filter(log_id=open_stage.id).order_by("-size")[0]
    assert newest.size == Leaf.objects.filter(log_id=open_stage.id).count()
