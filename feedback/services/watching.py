"""Signals: labels become counts by day, counts become alerts, and people say what came of those."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import transaction

from accounts import queries as accounts
from approvals.errors import BadRequest, Conflict, Fault, NotFound
from audit import record
from audit.actor import SYSTEM, Actor
from audit.canonical import plain
from audit.kinds import EventKind
from audit.record import Secret
from feedback.drift.watch import Alarm
from feedback.models import Alert, Label, SignalState
from feedback.queries import drifts, streams
from feedback.queries import series as queries
from feedback.services import tallying
from outbox import endpoints, post
from tenancy import ids, scope

CHUNK = 2_000
# Ids of one moment have no order, so a label is counted once nothing older can still come in.
SETTLED = timedelta(seconds=30)
# An alarm older than this is history, told by the chart.
FRESH_DAYS = 7
NOTE_MAX = 4000


@dataclass(frozen=True, slots=True)
class About:
    """What an alert is about; `detail` says what moved where no share does."""

    metric: str
    agent_id: str
    agent_name: str
    tool: str
    detail: str = ""


def count(*, at: datetime, workspace_id: str) -> int:
    """Counts the next labels, each once; says how many. Call it again while it finds some."""
    with scope.acting(workspace_id):
        state = SignalState.objects.select_for_update().filter(pk=workspace_id).first()
        if state is None:
            state = SignalState(workspace_id=workspace_id)
            state.save(force_insert=True)
        found = Label.objects.filter(id__gt=state.after, id__lt=ids.floor("lbl", at - SETTLED)).order_by("id")
        labels = list(found[:CHUNK])
        if labels:
            tallying.add(workspace_id, labels)
            state.after = labels[-1].pk
            state.save(update_fields=["after"])
    return len(labels)


def watch(*, at: datetime, workspace_id: str) -> int:
    """Looks at every series that had something within the last days and raises what left its limits; says how many."""
    found = [(one.metric, one.agent_id, one.tool, one.alarms) for one in queries.all_series(workspace_id, at)]
    found += [(one.metric, one.agent_id, "", one.alarms) for one in queries.all_costs(workspace_id, at)]
    names = accounts.agent_names(workspace_id, sorted({agent_id for _, agent_id, _, _ in found}))
    raised = 0
    for metric, agent_id, tool, alarms in found:
        about = About(metric, agent_id, names.get(agent_id, agent_id), tool)
        for alarm in alarms:
            if (at.date() - alarm.day).days <= FRESH_DAYS:
                raised += _raise(workspace_id, about, alarm, at)
    return raised


def watch_streams(*, at: datetime, workspace_id: str) -> int:
    """Raises what came in otherwise than in the four weeks before: shapes and sources at once, mixes where they moved
    far and surely; says how many.
    """
    found = list(streams.streams(workspace_id, at))
    names = accounts.agent_names(workspace_id, sorted({one.agent_id for one in found}))
    raised = 0
    for one in found:
        for metric, alarm, detail in drifts.alarms_of(one, at.date()):
            about = About(metric, one.agent_id, names.get(one.agent_id, one.agent_id), one.tool, detail)
            raised += _raise(workspace_id, about, alarm, at)
    return raised


def acknowledge(*, actor: Actor, at: datetime, workspace_id: str, alert_id: str) -> None:
    """Whoever acknowledges an alert owns it. Raises NotFound, Conflict (it is closed)."""
    with scope.acting(workspace_id):
        alert = _open(alert_id)
        alert.owner_id, alert.owner_name, alert.acknowledged_at = actor.id, actor.label, at
        alert.save(update_fields=["owner_id", "owner_name", "acknowledged_at"])
        _note(EventKind.ALERT_ACKNOWLEDGED, alert, actor, at, {})


def close(*, actor: Actor, at: datetime, workspace_id: str, alert_id: str, outcome: str, note: str = "") -> None:
    """`outcome` is "true" where something was wrong, else "false". Raises NotFound, Conflict, BadRequest."""
    with scope.acting(workspace_id):
        alert = _open(alert_id)
        _check(outcome, note)
        alert.closed_at, alert.closed_by, alert.outcome, alert.note = at, actor.label, outcome, note
        alert.save(update_fields=["closed_at", "closed_by", "outcome", "note"])
        secrets = [Secret("note", plain(note), actor.id)] if note else []
        _note(EventKind.ALERT_CLOSED, alert, actor, at, {"outcome": outcome}, secrets)


def _check(outcome: str, note: str) -> None:
    if outcome not in {"true", "false"}:
        detail = "Say whether something was really wrong."
        raise BadRequest(detail, code="unknown_word", faults=[Fault("/outcome", "unknown_word", detail)])
    if len(note) > NOTE_MAX:
        detail = f"Write at most {NOTE_MAX} characters."
        raise BadRequest(detail, code="bad_length", faults=[Fault("/note", "bad_length", detail)])


def _raise(workspace_id: str, about: About, alarm: Alarm, at: datetime) -> bool:
    """False where one is open for it, or where somebody closed one on that day or later: they have seen it."""
    with scope.acting(workspace_id), transaction.atomic():
        mine = Alert.objects.filter(
            metric=about.metric, agent_id=about.agent_id, tool=about.tool, cause=alarm.cause.value
        )
        seen = datetime.combine(alarm.day, time.min, UTC)
        closed = mine.filter(closed_at__gte=seen)
        if about.detail:
            # What is new stays new for a week: whoever closed that once need not close it every day.
            closed = mine.filter(closed_at__date__gte=alarm.since, detail=about.detail)
        if mine.filter(closed_at=None).exists() or closed.exists():
            return False
        alert = Alert(
            id=ids.new("alr", at),
            workspace_id=workspace_id,
            metric=about.metric,
            agent_id=about.agent_id,
            agent_name=about.agent_name,
            tool=about.tool,
            detail=about.detail,
            detector=alarm.detector,
            cause=alarm.cause.value,
            day=alarm.day,
            since=alarm.since,
            baseline=alarm.baseline,
            rate=alarm.rate,
            n=alarm.n,
            raised_at=at,
        )
        alert.save(force_insert=True)
        data = {
            "metric": about.metric,
            "agent": about.agent_id,
            "tool": about.tool,
            "cause": alert.cause,
            "detector": alert.detector,
        }
        event_id = _note(EventKind.ALERT_RAISED, alert, SYSTEM, at, data)
        post.post_webhook(
            kind=endpoints.ALERTED, workspace_id=alert.workspace_id, subject=alert.pk, ref=event_id, at=at
        )
    return True


def _open(alert_id: str) -> Alert:
    alert = Alert.objects.select_for_update().filter(pk=alert_id).first() if ids.is_id(alert_id, "alr") else None
    if alert is None:
        raise NotFound(f"There is no alert {alert_id[:60]} here.")
    if alert.closed_at is not None:
        raise Conflict(f"{alert.closed_by} closed this alert. Nothing was changed.")
    return alert


def _note(
    kind: EventKind, alert: Alert, actor: Actor, at: datetime, data: dict[str, Any], secrets: list[Secret] | None = None
) -> str:
    return record.record(
        kind=kind,
        workspace_id=alert.workspace_id,
        actor=actor,
        at=at,
        subject=("alert", alert.pk),
        data=data,
        secrets=secrets or [],
    )
