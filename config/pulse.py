"""The pulse: the one clock. It fires due timers, relays the outbox, keeps the audit log and tidies up, again and again.

Embedded it is a thread, else a process. On PostgreSQL one pulse of a database is active, whoever holds the advisory
lock, and the others stand by. Nothing depends on there being only one: timers and messages are locked one by one.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import psycopg
from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone

from accounts.sessions import SessionStore
from approvals import services
from approvals.services import auditing, limits, notifications, rollups
from approvals.services.boards import levels
from audit.services import Keeper, heads
from compliance import services as compliance
from compliance.elsewhere import Elsewhere
from compliance.services import anchoring, carrying, exports, schedules, verifying
from config import heartbeat
from console.services import slack
from feedback.services import planning, sweeping
from outbox import jobs, relay, tasks, wake

LOOK_EMBEDDED = 0.25
LOOK_POSTGRESQL = 0.1
STANDBY = 1.0
LONGEST_BACK_OFF = 5.0
LOCK = 0x636F756E74657273  # "counters" in ASCII
LOG_LOCK = LOCK + 1
TIMERS = 100
# Whatever is due for a person at one look goes into one letter, so this is also how often one gets a letter at most.
LETTERS_EVERY = 30.0
RETENTION_EVERY = 3600.0
LIMITS_EVERY = 600.0
# How often it is looked which log is due for verifying.
VERIFY_LOOK = 60.0
# Labels become signals and second looks at most so late.
SWEEP_EVERY = 300.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do `every` so many seconds (0: at each look). `work` says whether more of it is waiting."""

    name: str
    every: float
    work: Callable[[datetime], bool]


def duties() -> tuple[Duty, ...]:
    messages, numbers = relay.Relay(tasks.hand_over), rollups.Counting()
    heart = heartbeat.Heartbeat(settings.HEARTBEAT_URL)
    return (
        Duty("timers", 0, lambda at: services.fire_due(at=at, limit=TIMERS) >= TIMERS),
        Duty("escalations", 0, lambda at: services.escalate_due(at=at, limit=TIMERS).looked_at >= TIMERS),
        Duty("outbox", 0, lambda at: messages.run(at=at)),
        Duty("anchors", anchoring.EVERY, _anchor),
        Duty("streams", carrying.EVERY, _stream),
        Duty("verifying", VERIFY_LOOK, _verify),
        Duty("jobs", 1, lambda at: jobs.hand_out(tasks.hand_over_job, at=at)),
        Duty("test actions", 15, _seed),
        Duty("letters", LETTERS_EVERY, lambda at: services.promise_letters(at=at)),
        Duty("escalation auditor", auditing.EVERY, lambda at: services.audit_waiting(at=at).more),
        Duty("scheduled exports", 30, lambda at: schedules.fire_due(at=at)),
        Duty("old exports", 60, _let_exports_go),
        Duty("numbers", 1, lambda at: numbers.look(at=at)),
        Duty("what waits", levels.EVERY.total_seconds(), _count_waiting),
        Duty("heartbeat", heartbeat.EVERY, lambda at: heart.beat() and False),
        Duty("evaluation", SWEEP_EVERY, _sweep),
        Duty("scheduled gates", 30, lambda at: planning.fire_due(at=at)),
        Duty("tidying", 60, _tidy),
        Duty("limits", LIMITS_EVERY, lambda at: limits.forget_keys(at=at) >= limits.KEYS_AT_ONCE),
        Duty("retention", RETENTION_EVERY, _retain),
    )


def log_duties() -> tuple[Duty, ...]:
    """A loop of their own: a fact is to be signed within a second, however much there is to send."""
    keeper = Keeper.configured(Elsewhere(heads()))
    return (Duty("audit log", 0, lambda at: keeper.run(at=at)),)


def _anchor(at: datetime) -> bool:
    anchoring.promise_due(at=at)
    return False


def _stream(at: datetime) -> bool:
    carrying.promise_due(at=at)
    return False


def _verify(at: datetime) -> bool:
    verifying.order_due(at=at)
    return False


def _sweep(at: datetime) -> bool:
    sweeping.order(at=at)
    return False


def _count_waiting(at: datetime) -> bool:
    levels.keep(at=at)
    return False


def _seed(at: datetime) -> bool:
    services.seed_due(at=at, chance=random.SystemRandom())
    return False


def _let_exports_go(at: datetime) -> bool:
    more = exports.expire_due(at=at) >= exports.EXPIRED_AT_ONCE
    exports.sweep()
    return more


def _retain(at: datetime) -> bool:
    compliance.retain_due(at=at)
    return False


def _tidy(at: datetime) -> bool:
    services.forget_answers(at=at)
    services.forget_notices(at=at)
    services.forget_tallies(at=at)
    notifications.give_up(at=at)
    services.forget_shadows(at=at)
    rollups.recount_old(at=at)
    SessionStore.clear_expired()
    relay.straighten(at=at)
    relay.forget_sent(at=at)
    jobs.forget(at=at)
    if slack.is_on():
        slack.forget_old(at=at)
    close_old_connections()
    return False


class Turn(Protocol):
    """Whether it is this pulse's turn, and how it waits between two looks."""

    def mine(self) -> bool: ...
    def wait(self) -> None: ...
    def drop(self) -> None: ...


class Alone:
    """SQLite: there is one process, and a commit in it pokes the pulse."""

    def __init__(self, poked: threading.Event) -> None:
        self._poked = poked

    def mine(self) -> bool:
        return True

    def wait(self) -> None:
        self._poked.wait(LOOK_EMBEDDED)
        self._poked.clear()

    def drop(self) -> None:
        pass


class Elected:
    """PostgreSQL: one connection holds the lock and hears every NOTIFY; when it breaks, the lock is gone too."""

    def __init__(self, stop: threading.Event, lock: int) -> None:
        self._stop = stop
        self._lock = lock
        self._conn: psycopg.Connection | None = None

    def mine(self) -> bool:
        if self._conn is not None:
            return True
        parameters = connection.get_connection_params()
        for name in ("context", "cursor_factory", "prepare_threshold", "pool"):
            parameters.pop(name, None)
        conn = psycopg.connect(**parameters, autocommit=True)
        row = conn.execute("select pg_try_advisory_lock(%s)", [self._lock]).fetchone()
        if row is None or not row[0]:
            conn.close()
            return False
        conn.execute(f"listen {wake.CHANNEL}")
        self._conn = conn
        log.info("This pulse is the active one.")
        return True

    def wait(self) -> None:
        if self._conn is None:
            self._stop.wait(STANDBY)
        else:
            for _ in self._conn.notifies(timeout=LOOK_POSTGRESQL, stop_after=1):
                pass

    def drop(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            conn.close()


class Pulse:
    """`run` returns within a second of `stop()`, or of the event that was passed, unless a delivery takes longer."""

    def __init__(
        self, stop: threading.Event | None = None, work: Sequence[Duty] | None = None, lock: int = LOCK
    ) -> None:
        self._lock = lock
        self._stop = stop or threading.Event()
        self._poked = threading.Event()
        self._duties = duties() if work is None else tuple(work)
        self._next = dict.fromkeys((duty.name for duty in self._duties), 0.0)
        self._failures = dict.fromkeys((duty.name for duty in self._duties), 0)

    def stop(self) -> None:
        self._stop.set()
        self._poked.set()

    def run(self) -> None:
        turn: Turn = Elected(self._stop, self._lock) if connection.vendor == "postgresql" else Alone(self._poked)
        failures = 0
        with wake.hub.calling(wake.OUTBOX, self._poked.set):
            while not self._stop.is_set():
                try:
                    if not (turn.mine() and self.look(timezone.now())):
                        turn.wait()
                    failures = 0
                except psycopg.Error as error:
                    failures += 1
                    log.warning("The pulse lost its connection, trying again: %s", error)
                    turn.drop()
                    self._stop.wait(_back_off(failures))
        turn.drop()
        connection.close()

    def look(self, at: datetime) -> bool:
        """Does what is due of each duty; one that fails is logged and comes later, and keeps no other waiting."""
        more = [self._do(duty, at) for duty in self._duties]
        return True in more

    def _do(self, duty: Duty, at: datetime) -> bool:
        if time.monotonic() < self._next[duty.name]:
            return False
        try:
            more = duty.work(at)
        except Exception:
            self._failures[duty.name] += 1
            log.exception("The pulse's duty %r failed.", duty.name)
            connection.close()
            self._next[duty.name] = time.monotonic() + _back_off(self._failures[duty.name])
            return False
        self._failures[duty.name] = 0
        self._next[duty.name] = time.monotonic() + duty.every
        return more


class Pulses:
    """The pulse and beside it, in a thread, the one that keeps the log. `run` returns when both have ended."""

    def __init__(self) -> None:
        stop = threading.Event()
        self._pulse = Pulse(stop)
        self._log = Pulse(stop, log_duties(), LOG_LOCK)

    def stop(self) -> None:
        self._pulse.stop()
        self._log.stop()

    def run(self) -> None:
        beside = threading.Thread(target=self._log.run, name="log", daemon=True)
        beside.start()
        self._pulse.run()
        beside.join()


def _back_off(failures: int) -> float:
    return min(0.25 * 2.0 ** min(failures, 10), LONGEST_BACK_OFF)
