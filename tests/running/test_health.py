"""The watchdogs' pages say what is wrong in words, and lose no sleep over Redis."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django.fixtures import Settings

from approvals import tokens
from approvals.models import Timer
from config import health
from tests.cast import Stage

WELL = {"database": "ok", "migrations": "ok", "keys": "ok", "redis": "ok"}


@pytest.fixture(autouse=True)
def fresh(settings: Settings) -> None:
    """Nothing kept from another test, and keys that are set."""
    health._kept.clear()
    settings.REDIS_URL = ""


def ask(path: str = "/readyz") -> tuple[int, dict[str, object]]:
    answer = Client().get(path)
    return answer.status_code, answer.json()


def test_a_living_process_says_so_without_a_database() -> None:
    assert ask("/healthz") == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_with_nothing_late() -> None:
    status, body = ask()
    assert (status, body) == (
        200,
        {
            "status": "ready",
            "checks": WELL,
            "late": {
                "within_limits": True,
                "unfired_timer": {"seconds": 0.0, "limit": 60},
                "unsent_promise": {"seconds": 0.0, "limit": 300},
                "unanswered_action": {"seconds": 0.0, "limit": 3600},
                "escalation_auditor": {"seconds": 0.0, "limit": 120},
                "unheard_action": {"seconds": 0.0, "limit": 300},
                "unsequenced_event": {"seconds": 0.0, "limit": 30},
                "unsigned_log": {"seconds": 0.0, "limit": 30},
            },
        },
    )


@pytest.mark.django_db
def test_without_redis_it_is_degraded_and_ready(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    status, body = ask()
    assert (status, body["status"]) == (200, "degraded")
    assert body["checks"] == {
        **WELL,
        "redis": "Redis does not answer. Live pages fall back to polling and deliveries wait; decisions go on.",
    }


@pytest.mark.redis
@pytest.mark.django_db
def test_with_redis_it_is_ready(settings: Settings) -> None:
    assert health._redis() == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KEY_PEPPER", "", "Set COUNTERSIGN_KEY_PEPPER."),
        (
            "GRANT_KEYS_RETIRED",
            ["/nowhere/old.pem"],
            "COUNTERSIGN_GRANT_KEY or a file in COUNTERSIGN_GRANT_KEYS_RETIRED",
        ),
    ],
)
def test_keys_that_cannot_be_used_are_named(
    settings: Settings, name: str, value: object, said: str, no_keys_kept: None
) -> None:
    setattr(settings, name, value)
    status, body = ask()
    checks = body["checks"]
    assert isinstance(checks, dict)
    assert (status, body["status"], checks["keys"][: len(said)]) == (503, "unready", said)


@pytest.fixture
def no_keys_kept() -> Iterator[None]:
    tokens.public_keys.cache_clear()
    yield
    tokens.public_keys.cache_clear()


def test_a_migration_that_was_taken_back_is_noticed(committed: None) -> None:
    recorder = MigrationRecorder(connection)
    last = MigrationExecutor(connection).loader.graph.leaf_nodes("approvals")[0]
    recorder.record_unapplied(*last)
    try:
        status, body = ask()
    finally:
        recorder.record_applied(*last)
    assert (status, body) == (
        503,
        {"status": "unready", "checks": {**WELL, "migrations": "Migrations are missing. Run manage.py migrate."}},
    )


@pytest.mark.django_db
def test_what_is_late_is_told_in_seconds(stage: Stage) -> None:
    view = stage.submit()
    Timer.everywhere.filter(action_id=view.id).update(due_at=datetime.now(UTC) - timedelta(seconds=90))
    late = health.late(1)
    assert (late["within_limits"], round(late["unfired_timer"]["seconds"])) == (False, 90)
    assert late["unsent_promise"]["seconds"] < 60


@pytest.mark.django_db
def test_an_action_past_its_target_counts_from_the_target(stage: Stage) -> None:
    stage.submit(at=stage.at - timedelta(hours=2))
    assert health.late(2)["unanswered_action"]["seconds"] == pytest.approx(2 * 3600 - 15 * 60, abs=30)


@pytest.mark.django_db
def test_lateness_is_read_once_in_a_tick(stage: Stage) -> None:
    first = health.late(3)
    stage.submit(at=stage.at - timedelta(hours=2))
    assert health.late(3) == first
    assert health.late(4) != first
