"""look: somebody who may review opens a revision. From then on it counts how long they have looked."""

from datetime import datetime, timedelta

from accounts.queries import Member
from approvals import rights
from approvals.answers import ActionView
from approvals.errors import TooSoon
from approvals.models import Look
from audit.actor import Door

MILLISECOND = timedelta(milliseconds=1)


def look(*, at: datetime, member: Member, view: ActionView, door: Door) -> datetime | None:
    """Keeps when this person first opened the newest revision, and says when that was.

    None, and nothing kept, for whoever may not review it.
    """
    if member.workspace_id != view.workspace_id or rights.refusal(view, member, "ask") is not None:
        return None
    looks = Look.everywhere.filter(action_id=view.id, revision=view.revision, user_id=member.user_id)
    first = looks.values_list("first_at", flat=True).first()
    if first is None:
        # Looked for first: SQLite's guard against replacing refuses even what is to be ignored.
        made = Look(
            workspace_id=view.workspace_id,
            action_id=view.id,
            revision=view.revision,
            user_id=member.user_id,
            door=door.value,
            first_at=at,
        )
        Look.everywhere.bulk_create([made], ignore_conflicts=True)
    return first or at


def left(view: ActionView, opened_at: datetime | None, at: datetime) -> timedelta:
    """How long somebody still has to look before they may approve; zero when they may."""
    dwell = timedelta(seconds=view.terms.get("dwell", 0))
    looked = at - opened_at if opened_at else timedelta(0)
    return max(dwell - looked, timedelta(0)) if dwell else dwell


def refuse_hasty(view: ActionView, opened_at: datetime | None, at: datetime) -> None:
    """Raises TooSoon where an approval comes faster than the policy lets anybody read."""
    wait = left(view, opened_at, at)
    if not wait:
        return
    seconds = -(-wait // timedelta(seconds=1))
    so = f"Approve in {seconds} s" if opened_at else f"Open it, read it, and approve after {seconds} s"
    raise TooSoon(
        f"An action of {view.risk} risk is read for {view.terms['dwell']} s at least. Nothing was changed. {so}.",
        seconds=seconds,
    )
