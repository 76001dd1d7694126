"""Time ends what nobody decided. It can only end it as expired."""

from datetime import datetime

from approvals import lifecycle
from approvals.answers import ActionView
from approvals.endings import Ending
from approvals.lifecycle import Extras, Written
from approvals.states import Source, State
from audit.actor import SYSTEM


def expire(view: ActionView, at: datetime) -> bool:
    """Ends a pending action as expired; False when the database's clock says that it still has time, or it is over."""
    ending = Ending(State.EXPIRED, Source.TIMEOUT, "expired")
    # A door's clock may be behind the database's; nothing expires before its time.
    moment = max(at, view.expires_at)
    written, _ = lifecycle.decide(view, ending, actor=SYSTEM, at=moment, extras=Extras())
    return written is Written.YES
