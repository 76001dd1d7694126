"""Labels become sums by day: how often people overrode, how late they were, and what came in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F

from approvals.escalation.calls import Kind
from approvals.models import Action, Escalation
from feedback import features
from feedback.labels import LabelKind
from feedback.models import Label, SignalDay, StreamDay
from tenancy import ids

JUDGED = {LabelKind.APPROVED, LabelKind.APPROVED_WITH_CHANGES, LabelKind.REJECTED}
BATCH = 500
KEPT = timedelta(days=90)

Key = tuple[str, str, str, Any, str, str]
Came = tuple[str, str, date, str, str]


@dataclass(frozen=True, slots=True)
class Waited:
    """How an action waited for people: until when it should have been decided, and whether it was escalated."""

    target_at: datetime
    escalated: bool


def add(workspace_id: str, labels: Sequence[Label]) -> None:
    """Counts these labels, in the caller's transaction and lock. Tombstones say nothing any more."""
    live = [label for label in labels if label.erased_at is None]
    waited = _waited([label.action_id for label in live])
    _add_signals(workspace_id, live, waited)
    _add_stream(workspace_id, live)


def forget(*, at: datetime, workspace_id: str) -> int:
    """Drops what came in longer ago than anything is held against; says how many sums went."""
    old = StreamDay.everywhere.filter(workspace_id=workspace_id, day__lt=(at - KEPT).date())
    return old.delete()[0]


def _waited(action_ids: Sequence[str]) -> dict[str, Waited]:
    called = Escalation.objects.filter(action_id__in=action_ids, kind__in=(Kind.ESCALATE, Kind.REASSIGN))
    told = set(called.values_list("action_id", flat=True))
    targets = Action.objects.filter(pk__in=action_ids).values_list("pk", "target_at")
    return {action_id: Waited(target_at, action_id in told) for action_id, target_at in targets}


def _add_signals(workspace_id: str, labels: Sequence[Label], waited: Mapping[str, Waited]) -> None:
    seen: Counter[Key] = Counter()
    hit: Counter[Key] = Counter()
    for label in labels:
        for metric, is_hit in _metrics(label, waited.get(label.action_id)):
            asked = ids.created_at(label.action_id).date()
            policy = label.context["policy"]["version"] or ""
            key = (metric, label.agent_id, label.tool, asked, policy, label.agent_version_id)
            seen[key] += 1
            hit[key] += is_hit
    for key, n in sorted(seen.items(), key=lambda pair: str(pair[0])):
        place: dict[str, Any] = dict(zip(("metric", "agent_id", "tool", "day", "policy", "version"), key, strict=True))
        row, _ = SignalDay.objects.get_or_create(workspace_id=workspace_id, **place)
        SignalDay.objects.filter(pk=row.pk).update(x=F("x") + hit[key], n=F("n") + n)


def _metrics(label: Label, waited: Waited | None) -> list[tuple[str, bool]]:
    """An override is a rejection or a material edit by people; a violation is what policy denied; late and escalated
    are of what people were asked, as far as the action is still there.
    """
    kind = LabelKind(label.kind)
    found = [("violation", kind is LabelKind.DENIED_BY_POLICY), ("unanswered", kind is LabelKind.EXPIRED)]
    if kind in JUDGED:
        changed = kind is LabelKind.APPROVED_WITH_CHANGES and label.material
        found.append(("override", kind is LabelKind.REJECTED or changed))
    if waited is not None and (kind in JUDGED or kind is LabelKind.EXPIRED):
        found += [("late", label.decided_at > waited.target_at), ("escalated", waited.escalated)]
    return found


def _add_stream(workspace_id: str, labels: Sequence[Label]) -> None:
    came: Counter[Came] = Counter()
    for label in labels:
        asked = ids.created_at(label.action_id).date()
        for feature, value in _features(label):
            came[label.agent_id, label.tool, asked, feature, value] += 1
    rows = _rows(workspace_id, came)
    for key, row in rows.items():
        row.n += came.pop(key)
    StreamDay.objects.bulk_update(rows.values(), ["n"], batch_size=BATCH)
    names = ("agent_id", "tool", "day", "feature", "value")
    fresh = [
        StreamDay(workspace_id=workspace_id, n=n, **dict(zip(names, key, strict=True)))
        for key, n in sorted(came.items())
    ]
    StreamDay.objects.bulk_create(fresh, batch_size=BATCH)


def _rows(workspace_id: str, came: Mapping[Came, int]) -> dict[Came, StreamDay]:
    """Those of these sums that are there already."""
    agents, tools, days = ({key[place] for key in came} for place in range(3))
    there = StreamDay.objects.filter(agent_id__in=agents, tool__in=tools, day__in=days)
    found = {(row.agent_id, row.tool, row.day, row.feature, row.value): row for row in there}
    return {key: row for key, row in found.items() if key in came}


def _features(label: Label) -> set[features.Feature]:
    args = label.proposed["args"]
    found = features.of_call(args if isinstance(args, dict) else {}, label.context["claims"])
    found.add(("policy", label.context["policy"]["version"] or ""))
    found.add(("version", label.agent_version_id))
    if LabelKind(label.kind) in JUDGED:
        found |= {("door", label.door), features.minutes(label.decided_at - ids.created_at(label.action_id))}
    return found
