"""Is the machine still allowed in? A key is believed for some seconds at the door; a write asks again."""

from datetime import datetime

from accounts import queries as accounts_queries
from accounts.queries import Caller
from approvals.errors import CallerGone


def refuse_gone(caller: Caller, at: datetime) -> None:
    """Raises CallerGone where the key was revoked or ran out, or its agent was disabled."""
    if not accounts_queries.is_live(caller, at):
        raise CallerGone("This key or its agent was switched off. Nothing was stored; use a live key.")
