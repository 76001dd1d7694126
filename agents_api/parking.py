"""The net under parked requests: one statement a second for all of them together."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import DatabaseError

from approvals.answers import ActionView
from outbox import wake
from tenancy import sql

_MARKS = """select a.id, a.version, t.spent_at, t.revoked_at, x.reported_at from approvals_action a
 left join approvals_grant t on t.action_id = a.id left join approvals_execution x on x.action_id = a.id where a.id """


@dataclass(slots=True, eq=False)
class Place:
    """One parked request and the mark of what it saw last; "" while it is reading."""

    action_id: str
    mark: str = ""


class Lot:
    """Who is parked on one event loop."""

    def __init__(self, read: Callable[[Callable[[], Any]], Coroutine[Any, Any, Any]]) -> None:
        self._read = read
        self._places: set[Place] = set()
        self._watch: asyncio.Task[None] | None = None

    @contextmanager
    def parked(self, action_id: str) -> Iterator[Place]:
        place = Place(action_id)
        self._places.add(place)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.get_running_loop().create_task(self._look_again())
        try:
            yield place
        finally:
            self._places.discard(place)
            if not self._places and self._watch is not None:
                self._watch.cancel()
                self._watch = None

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(wake.SAFETY_NET)
            wanted = list({place.action_id for place in self._places})
            try:
                now: dict[str, str] = await self._read(partial(marks, wanted))
            except DatabaseError:
                continue  # the waiters' own reads say it better
            stale = {place.action_id for place in self._places if place.mark and place.mark != now.get(place.action_id)}
            for action_id in stale:
                wake.hub.publish(action_id)


def mark_of(view: ActionView) -> str:
    """Whatever changes in the answer about an action changes this."""
    grant, execution = view.grant, view.execution
    return _mark(
        view.version, grant and grant.spent_at, grant and grant.revoked_at, execution and execution.reported_at
    )


def marks(action_ids: list[str]) -> dict[str, str]:
    """The marks as the database has them now, in one statement."""
    rows = sql.many(_MARKS + sql.among(), [sql.listed(action_ids)])
    return {row["id"]: _mark(row["version"], row["spent_at"], row["revoked_at"], row["reported_at"]) for row in rows}


def _mark(version: int, *moments: Any) -> str:
    return f"{version}{''.join('+' if moment else '-' for moment in moments)}"
