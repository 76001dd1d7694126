"""Signals: labels become counts by day, counts become alerts, and people say what came of those."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts import queries as accounts
from approvals.errors import BadRequest, Conflict, Fault, NotFound
from audit import record
from audit.actor import SYSTEM, Actor
from audit.canonical import plain
from audit.kinds import EventKind
from audit.record import Secret
from feedback.drift.watch import Alarm
from feedback.labels import LabelKind
from feedback.models import Alert, Label, SignalDay, SignalState
from feedback.queries import series as queries
from tenancy import ids, scope

CHUNK = 2_000
# Ids of one moment have no order, so a label is counted once nothing older can still come in.
SETTLED = timedelta(seconds=30)
# An alarm older than this is history, told by the chart.
FRESH_DAYS = 7
NOTE_MAX = 4000
JUDGED = {LabelKind.APPROVED, LabelKind.APPROVED_WITH_CHANGES, LabelKind.REJECTED}

Key = tuple[str, str, str, Any, str, str]


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
            _add(workspace_id, labels)
            state.after = labels[-1].pk
            state.save(update_fields=["after"])
    return len(labels)


def watch(*, at: datetime, workspace_id: str) -> int:
    """Looks at every series that had something within the last days and raises what left its limits; says how many."""
    names = accounts.agent_names(workspace_id, sorted({key[1] for key in queries.series_of(workspace_id)}))
    raised = 0
    for series in queries.all_series(workspace_id, at):
        for alarm in series.alarms:
            if (at.date() - alarm.day).days <= FRESH_DAYS:
                raised += _raise(workspace_id, series.metric, series.agent_id, names, series.tool, alarm, at)
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
        secrets = [Secret("note", plain(note), alert.pk)] if note else []
        _note(EventKind.ALERT_CLOSED, alert, actor, at, {"outcome": outcome}, secrets)


def _check(outcome: str, note: str) -> None:
    if outcome not in {"true", "false"}:
        detail = "Say whether something was really wrong."
        raise BadRequest(detail, code="unknown_word", faults=[Fault("/outcome", "unknown_word", detail)])
    if len(note) > NOTE_MAX:
        detail = f"Write at most {NOTE_MAX} characters."
        raise BadRequest(detail, code="bad_length", faults=[Fault("/note", "bad_length", detail)])


def _add(workspace_id: str, labels: list[Label]) -> None:
    seen: Counter[Key] = Counter()
    hit: Counter[Key] = Counter()
    for label in labels:
        for metric, is_hit in _metrics(label):
            asked = ids.created_at(label.action_id).date()
            policy = label.context["policy"]["version"] or ""
            key = (metric, label.agent_id, label.tool, asked, policy, label.agent_version_id)
            seen[key] += 1
            hit[key] += is_hit
    for key, n in sorted(seen.items(), key=lambda pair: str(pair[0])):
        metric, agent_id, tool, day, policy, version = key
        place: dict[str, Any] = {
            "metric": metric,
            "agent_id": agent_id,
            "tool": tool,
            "day": day,
            "policy": policy,
            "version": version,
        }
        row, _ = SignalDay.objects.get_or_create(workspace_id=workspace_id, **place)
        SignalDay.objects.filter(pk=row.pk).update(x=F("x") + hit[key], n=F("n") + n)


def _metrics(label: Label) -> list[tuple[str, bool]]:
    """An override is a rejection or a material edit by people; a violation is what policy denied."""
    kind = LabelKind(label.kind)
    found = [("violation", kind is LabelKind.DENIED_BY_POLICY), ("unanswered", kind is LabelKind.EXPIRED)]
    if kind in JUDGED:
        changed = kind is LabelKind.APPROVED_WITH_CHANGES and label.material
        found.append(("override", kind is LabelKind.REJECTED or changed))
    return found


def _raise(
    workspace_id: str, metric: str, agent_id: str, names: dict[str, str], tool: str, alarm: Alarm, at: datetime
) -> bool:
    """False where one is open for it, or where somebody closed one on that day or later: they have seen it."""
    with scope.acting(workspace_id), transaction.atomic():
        mine = Alert.objects.filter(metric=metric, agent_id=agent_id, tool=tool, cause=alarm.cause.value)
        seen = datetime.combine(alarm.day, time.min, UTC)
        if mine.filter(closed_at=None).exists() or mine.filter(closed_at__gte=seen).exists():
            return False
        alert = Alert(
            id=ids.new("alr", at),
            workspace_id=workspace_id,
            metric=metric,
            agent_id=agent_id,
            agent_name=names.get(agent_id, agent_id),
            tool=tool,
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
        data = {"metric": metric, "agent": agent_id, "tool": tool, "cause": alert.cause, "detector": alert.detector}
        _note(EventKind.ALERT_RAISED, alert, SYSTEM, at, data)
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
) -> None:
    record.record(
        kind=kind,
        workspace_id=alert.workspace_id,
        actor=actor,
        at=at,
        subject=("alert", alert.pk),
        data=data,
        secrets=secrets or [],
    )
