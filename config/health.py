"""Is it well? /healthz asks the process alone, /readyz whether it can serve; both answer JSON that says what is wrong.

503 means that requests should go elsewhere. Redis only wakes people up, so without it the answer is `degraded` and 200.
`late` holds what should have happened by now, in seconds past its moment; lateness is for an alarm, not for a balancer.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone

from accounts.models import Workspace
from approvals import tokens
from approvals.models import Action, Heartbeat, Timer
from approvals.services import auditing
from approvals.states import State
from audit.log_queries import oldest_unsigned, oldest_waiting
from outbox.queries import oldest_unsent

REDIS_SECONDS = 0.5
BELIEVED_SECONDS = 5.0

# What this process saw and need not read at every question.
_kept: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Lateness:
    """`oldest` reads the moment at which the oldest thing of its kind should have happened; `limit` in seconds."""

    name: str
    limit: int
    oldest: Callable[[], datetime | None]


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    wrong = {name: detail for name, check in CHECKS if (detail := check())}
    body: dict[str, Any] = {
        "status": "unready" if wrong.keys() - {"redis"} else "degraded" if wrong else "ready",
        "checks": {name: wrong.get(name, "ok") for name, _ in CHECKS},
    }
    if "database" not in wrong and "migrations" not in wrong:
        body["late"] = late(int(time.monotonic() / BELIEVED_SECONDS))
    return JsonResponse(body, status=503 if body["status"] == "unready" else 200)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return "The database does not answer. Check DATABASE_URL and the database itself."
    return ""


def _migrations() -> str:
    try:
        return "" if _migrated() else "Migrations are missing. Run manage.py migrate."
    except DatabaseError:
        return "The database does not answer."


def _migrated() -> bool:
    """Read again until it is so; a later migration comes with another release, and with it another process."""
    if not _kept.get("migrated"):
        executor = MigrationExecutor(connection)
        _kept["migrated"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return bool(_kept["migrated"])


def _keys() -> str:
    missing = [name for name in ("SECRET_KEY", "KEY_PEPPER", "GRANT_KEY") if not getattr(settings, name)]
    if missing:
        return f"Set {' and '.join(f'COUNTERSIGN_{name}' for name in missing)}."
    try:
        tokens.public_keys()
    except (ValueError, TypeError, OSError):
        return "COUNTERSIGN_GRANT_KEY or a file in COUNTERSIGN_GRANT_KEYS_RETIRED holds no Ed25519 key in PEM."
    return ""


def _redis() -> str:
    if not settings.REDIS_URL:
        return ""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=REDIS_SECONDS, retry=None) as client:
            client.ping()
    except (redis.RedisError, OSError):
        return "Redis does not answer. Live pages fall back to polling and deliveries wait; decisions go on."
    return ""


CHECKS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("database", _database),
    ("migrations", _migrations),
    ("keys", _keys),
    ("redis", _redis),
)


def _oldest_timer() -> datetime | None:
    open_ones = Timer.everywhere.filter(fired_at=None, cancelled_at=None)
    return open_ones.order_by("due_at").values_list("due_at", flat=True).first()


def _oldest_action() -> datetime | None:
    """The target of the longest waiting action of each workspace, by the index that keeps them in order."""
    waiting = Action.everywhere.filter(workspace=OuterRef("pk"), state=State.PENDING).order_by("id")
    oldest = Workspace.objects.annotate(target_at=Subquery(waiting.values("target_at")[:1])).exclude(target_at=None)
    found: datetime | None = oldest.order_by("target_at").values_list("target_at", flat=True).first()
    return found


def _auditor() -> datetime | None:
    """When the auditor of escalations looked last; before it ever did, the target of the longest waiting action."""
    beat = Heartbeat.objects.filter(name=auditing.NAME).values_list("beat_at", flat=True).first()
    return beat or _oldest_action()


def _unheard_action() -> datetime | None:
    """Since when the oldest action waits that nobody could be told of."""
    return Heartbeat.objects.filter(name=auditing.NAME).values_list("oldest_at", flat=True).first()


LATE = (
    Lateness("unfired_timer", 60, _oldest_timer),
    Lateness("unsent_promise", 300, oldest_unsent),
    Lateness("unanswered_action", 3600, _oldest_action),
    Lateness("escalation_auditor", 120, _auditor),
    Lateness("unheard_action", 300, _unheard_action),
    Lateness("unsequenced_event", 30, oldest_waiting),
    Lateness("unsigned_log", 30, oldest_unsigned),
)


def late(tick: int) -> dict[str, Any]:
    """Read once in a tick of `BELIEVED_SECONDS`, however often it is asked for."""
    if _kept.get("tick") != tick:
        found = {each.name: _late(each, timezone.now()) for each in LATE}
        within = all(each["seconds"] <= each["limit"] for each in found.values())
        _kept.update(tick=tick, late={"within_limits": within, **found})
    return dict(_kept["late"])


def _late(each: Lateness, now: datetime) -> dict[str, Any]:
    oldest = each.oldest()
    seconds = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
    return {"seconds": round(seconds, 1), "limit": each.limit}


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
