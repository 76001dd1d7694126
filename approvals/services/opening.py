"""open: somebody who may review opens a piece of evidence that the rule wants opened. It is kept, and never twice."""

from dataclasses import dataclass
from datetime import datetime

from accounts.queries import Member
from approvals import queries, rights
from approvals.answers import ActionView
from approvals.errors import EvidenceRequired, Fault, NotFound, StaleRevision
from approvals.evidence import Item, items, unopened
from approvals.models import Opening


@dataclass(frozen=True, slots=True)
class Piece:
    """`opened_at` is when this person opened it on the newest revision, None before."""

    item: Item
    opened_at: datetime | None


def open_evidence(*, at: datetime, member: Member, action_id: str, revision: int, item: str) -> ActionView:
    """Keeps that this person opened it, on the revision that they see.

    Raises NotFound, StaleRevision, and whatever keeps the person from reviewing.
    """
    view = queries.find(member.workspace_id, action_id, envelope=True)
    refused = rights.refusal(view, member, "ask")
    if refused:
        raise refused
    if view.revision != revision:
        raise StaleRevision(f"Revision {view.revision} is the newest. Look at it, and open its evidence.")
    if item not in {one.key for one in items(view) if not one.is_missing}:
        raise NotFound("The rule asks for no such evidence here.")
    if item in opened(view, member.user_id):
        return view
    made = Opening(
        workspace_id=view.workspace_id,
        action_id=view.id,
        revision=view.revision,
        user_id=member.user_id,
        item=item,
        opened_at=at,
    )
    # Looked for first: SQLite's guard against replacing refuses even what is to be ignored.
    Opening.everywhere.bulk_create([made], ignore_conflicts=True)
    return view


def opened(view: ActionView, user_id: str) -> dict[str, datetime]:
    """What this person opened of the newest revision, and when. Asks nothing where no rule does."""
    if not view.terms.get("evidence"):
        return {}
    rows = Opening.everywhere.filter(action_id=view.id, revision=view.revision, user_id=user_id)
    return dict(rows.values_list("item", "opened_at"))


def pieces(view: ActionView, user_id: str) -> list[Piece]:
    """What the rule wants opened, in its order; empty where it wants nothing."""
    done = opened(view, user_id)
    return [Piece(item, done.get(item.key)) for item in items(view)]


def refuse_unopened(view: ActionView, user_id: str) -> tuple[str, ...]:
    """The keys of what had to be opened and was, of the revision that the person looked at: where they approve an edit
    of their own, the one before. Raises EvidenceRequired with what is left.
    """
    done = opened(view, user_id)
    left = unopened(view, done)
    if not left:
        return tuple(item.key for item in items(view))
    missing = [item.name for item in left if item.is_missing]
    if missing:
        told = f"The rule wants it opened, and the agent sent none: {', '.join(missing)}. Ask for it, or reject."
    else:
        told = f"Each approver opens the evidence first. Not opened: {'; '.join(item.name for item in left)}."
    faults = [Fault("/evidence", "missing" if item.is_missing else "unopened", f"Open: {item.name}") for item in left]
    raise EvidenceRequired(f"{told} Nothing was changed.", faults=faults)
