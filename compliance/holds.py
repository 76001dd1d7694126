"""Legal holds: which are on, and whether one stands against an erasure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from approvals.errors import Conflict, NotFound
from compliance import subjects
from compliance.models import Hold
from compliance.subjects import Target
from compliance.words import Subject
from tenancy import ids

PAGE = 50


@dataclass(frozen=True, slots=True)
class HoldView:
    """`kind` is "" where the whole workspace is held; `is_on` until two people have lifted it."""

    id: str
    kind: str
    subject: str
    reason: str
    placed_by: str
    placed_name: str
    placed_at: datetime
    asked_by: str
    asked_name: str
    asked_at: datetime | None
    lifted_name: str
    lifted_at: datetime | None

    @property
    def is_on(self) -> bool:
        return self.lifted_at is None

    @property
    def told(self) -> str:
        return f"{self.kind} {self.subject}" if self.kind else "the whole workspace"


def page(workspace_id: str, *, after: str = "", limit: int = PAGE) -> list[HoldView]:
    """Newest first."""
    rows = Hold.everywhere.filter(workspace_id=workspace_id)
    if after:
        rows = rows.filter(id__lt=after)
    return [view(row) for row in rows.order_by("-id")[:limit]]


def find(workspace_id: str, hold_id: str) -> HoldView:
    """Raises NotFound."""
    row = Hold.everywhere.filter(pk=hold_id, workspace_id=workspace_id).first() if ids.is_id(hold_id, "hld") else None
    if row is None:
        raise NotFound(f"There is no hold {hold_id[:60]} here.")
    return view(row)


def refuse_held(workspace_id: str, of: Target) -> None:
    """Raises Conflict where a hold covers any of it."""
    on = _on(workspace_id)
    if not on:
        return
    action_ids = subjects.actions_of(workspace_id, of)
    if of.kind == Subject.PERSON:
        action_ids = subjects.actions_of_person(workspace_id, of.value)
    for hold in on:
        if not hold.kind or (hold.kind, hold.subject) == (of.kind, of.value) or _covers(hold, action_ids):
            detail = f"A legal hold covers it: {view(hold).told}. Lift the hold first; that takes two people."
            raise Conflict(detail, code="on_hold")


def held(workspace_id: str, action_ids: Sequence[str]) -> set[str]:
    """Those of the actions that a hold covers now."""
    on = _on(workspace_id)
    if any(not hold.kind for hold in on):
        return set(action_ids)
    covered: set[str] = set()
    for hold in on:
        covered |= _covered(hold)
    return covered & set(action_ids)


def view(row: Hold) -> HoldView:
    return HoldView(**{name: getattr(row, name) for name in HoldView.__dataclass_fields__})


def _on(workspace_id: str) -> list[Hold]:
    return list(Hold.everywhere.filter(workspace_id=workspace_id, lifted_at=None).order_by("id"))


def _covers(hold: Hold, action_ids: Sequence[str]) -> bool:
    return bool(_covered(hold) & set(action_ids))


def _covered(hold: Hold) -> set[str]:
    """What a person did is held with the person."""
    if hold.kind == Subject.PERSON:
        return set(subjects.actions_of_person(hold.workspace_id, hold.subject))
    return set(subjects.actions_of(hold.workspace_id, Target(hold.kind, hold.subject)))
