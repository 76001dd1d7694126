"""Reads of labels, all of one workspace. Tombstones are left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from approvals.states import Source
from feedback.labels import LabelKind
from feedback.models import Label

CHUNK = 500
# A label that lost a comment alone still teaches.
TOMBSTONE = Q(erased_at__isnull=False, context={})
KINDS = tuple(kind.value for kind in LabelKind)


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
    alternative: dict[str, Any] | None
    reason_code: str
    taxonomy: str
    comment: str
    reviewers: list[str]
    door: str
    context: dict[str, Any]
    decided_at: datetime
    created_at: datetime

    @property
    def purpose(self) -> str | None:
        """Why somebody looked at the call: every label is of a live decision. None where nobody looked."""
        return "live" if self.source == Source.PEOPLE else None

    @property
    def included(self) -> int | None:
        """How likely the call was to be looked at: what policy sends to people always is."""
        return 1 if self.source == Source.PEOPLE else None


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
    labels = Label.everywhere.filter(workspace_id=workspace_id).exclude(TOMBSTONE)
    return labels if since is None else labels.filter(decided_at__gte=since)


def _view(label: Label) -> LabelView:
    return LabelView(**{name: getattr(label, name) for name in LabelView.__dataclass_fields__})


def newest_labels(workspace_id: str, *, kind: str = "", after: str = "", limit: int) -> list[LabelView]:
    """Newest first; `after` is the id of the last of the page before."""
    found = Label.everywhere.filter(workspace_id=workspace_id)
    found = found.filter(kind=kind) if kind else found
    found = found.filter(id__lt=after) if after else found
    return [_view(label) for label in found.order_by("-id")[:limit]]
