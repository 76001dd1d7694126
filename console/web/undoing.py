"""The time before an approval and after it: how long one still has to read, and how long one can still take it back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from approvals import services
from approvals.answers import ActionView
from approvals.marks import spell
from approvals.services import looking
from audit.actor import Door
from console.web.access import MemberRequest

MILLISECOND = timedelta(milliseconds=1)
TAG = "undo"


@dataclass(frozen=True, slots=True)
class Offer:
    """A notice under which a vote can be taken back for so long."""

    action_id: str
    left_ms: int


def opened(request: MemberRequest, view: ActionView, now: datetime) -> datetime | None:
    """Keeps that this person has the action open, and says since when; None where they may not review it."""
    return services.look(at=now, member=request.member, view=view, door=Door.WEB)


def is_prefetch(request: HttpRequest) -> bool:
    """Whether the answer is fetched ahead and nobody looks at it yet."""
    return request.GET.get("prefetch") == "1" or "prefetch" in request.headers.get("Sec-Purpose", "")


def reading(request: MemberRequest, view: ActionView, now: datetime) -> dict[str, Any]:
    """What the action's bar says of time: `reads_ms` until approving works, `closes_ms` until it takes effect, and
    whether this person has a vote to take back.
    """
    first = None if is_prefetch(request) else opened(request, view, now)
    return {
        "reads_ms": looking.left(view, first, now) // MILLISECOND,
        "closes_ms": max(0, (view.closing_at - now) // MILLISECOND) if view.closing_at else 0,
        "too_late": view.closing_at is not None and view.closing_at >= view.expires_at,
        "may_undo": view.is_open and any(vote.user_id == request.member.user_id for vote in view.votes),
    }


def offer(request: MemberRequest, view: ActionView) -> None:
    """The notice that goes along to the next page: what was approved, until when it can be taken back."""
    if view.closing_at is None:
        return
    changed = " with your changes" if view.proposed else ""
    told = f"Approved {spell(view.tool)}{changed}. It takes effect at {view.closing_at:%H:%M:%S} UTC."
    if view.closing_at >= view.expires_at:
        told = f"{spell(view.tool)} expires before the time to undo is over, so it will not run."
    messages.success(request, told, extra_tags=f"{TAG} {view.id} {view.closing_at.isoformat()}")


def offered(message: Message, now: datetime) -> Offer | None:
    """The offer that a notice carries; None for an ordinary one, and where it is over."""
    word, _, rest = (message.extra_tags or "").partition(" ")
    action_id, _, until = rest.partition(" ")
    at = parse_datetime(until) if word == TAG else None
    return Offer(action_id, (at - now) // MILLISECOND) if at and at > now else None
