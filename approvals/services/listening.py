"""Does the agent still listen for the answer?

It does while a wait is open, and until it has let three of its own intervals pass without asking again. What it does is
noted at most every `EVERY` an action and process, so that the note is no part of what a waiting fleet costs; for the
same time an agent that has stopped is still taken for listening.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError

from approvals.models import Listening
from approvals.states import State

EVERY = timedelta(seconds=15)
# Before an agent has asked twice, nobody knows its interval.
UNKNOWN, SHORTEST, LONGEST = timedelta(seconds=60), timedelta(seconds=5), timedelta(minutes=10)
INTERVALS = 3
_KEPT = 100_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Heard:
    """`free_at`: when the last wait ends at the latest; `written_at` and `until` stand in the row."""

    free_at: datetime
    written_at: datetime
    until: datetime


_heard: dict[str, _Heard] = {}


def note_listening(*, workspace_id: str, action_id: str, at: datetime, seconds: float = 0) -> None:
    """The agent asks for the action now, and stays for `seconds`. A note that fails is logged and spoils no answer."""
    known = _heard.get(action_id)
    interval = min(max(at - known.free_at, SHORTEST), LONGEST) if known else SHORTEST if seconds else UNKNOWN
    free_at = at + timedelta(seconds=seconds)
    until = free_at + INTERVALS * interval + EVERY
    is_noted = known is not None and at < known.written_at + EVERY and until <= known.until + EVERY
    if known is not None and is_noted:
        _heard[action_id] = _Heard(free_at, known.written_at, known.until)
        return
    if len(_heard) >= _KEPT:
        _heard.clear()
    _heard[action_id] = _Heard(free_at, at, until)
    note = Listening(action_id=action_id, workspace_id=workspace_id, heard_at=at, until=until)
    try:
        Listening.everywhere.bulk_create(
            [note], update_conflicts=True, unique_fields=["action"], update_fields=["heard_at", "until"]
        )
    except DatabaseError:
        log.exception("Could not note that the agent of %s is listening.", action_id)


def gone(workspace_id: str, action_ids: Sequence[str], at: datetime) -> dict[str, datetime]:
    """Those of the actions whose agent listened once and has stopped, with the moment at which it last asked."""
    if not action_ids:
        return {}
    rows = Listening.everywhere.filter(workspace_id=workspace_id, action_id__in=action_ids, until__lt=at)
    return dict(rows.filter(action__state=State.PENDING).values_list("action_id", "heard_at"))


def forget_heard() -> None:
    """This process has heard nobody."""
    _heard.clear()
