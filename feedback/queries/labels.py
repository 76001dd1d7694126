"""Reads of labels, all of one workspace."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from feedback.models import Label

CHUNK = 500


@dataclass(frozen=True, slots=True)
class LabelView:
    """`proposed` and `final` are `{"tool", "args"}`; `patch` (RFC 6902) turns the arguments of one into the other's."""

    id: str
    workspace_id: str
    action_id: str
    decision_id: str
    kind: str
    source: str
    tool: str
    agent_id: str
    agent_version_id: str
    proposed: dict[str, Any]
    final: dict[str, Any] | None
    patch: list[dict[str, Any]]
    material: bool
    reason_code: str
    taxonomy: str
    comment: str
    reviewers: list[str]
    door: str
    context: dict[str, Any]
    decided_at: datetime
    created_at: datetime


def extent(workspace_id: str, since: datetime | None = None) -> tuple[int, str]:
    """How many labels were decided at `since` or later, and the id of the newest; ("" where there is none)."""
    found = _selected(workspace_id, since)
    return found.count(), found.order_by("-id").values_list("id", flat=True).first() or ""


def stream(workspace_id: str, since: datetime | None = None, *, through: str) -> Iterator[LabelView]:
    """Labels up to the id `through`, oldest first, in bounded memory."""
    labels, after = _selected(workspace_id, since).filter(id__lte=through).order_by("id"), ""
    while chunk := list(labels.filter(id__gt=after)[:CHUNK]):
        yield from map(_view, chunk)
        after = chunk[-1].id


def _selected(workspace_id: str, since: datetime | None) -> QuerySet[Label]:
    labels = Label.everywhere.filter(workspace_id=workspace_id)
    return labels if since is None else labels.filter(decided_at__gte=since)


def _view(label: Label) -> LabelView:
    return LabelView(**{name: getattr(label, name) for name in LabelView.__dataclass_fields__})
