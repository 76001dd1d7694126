"""Keeps small what is counted of open actions: what was told or heard of one that has ended is let go.

Nobody waits for it: whoever counts asks the action as well, so a row that is left over costs time and changes nothing.
"""

from collections.abc import Sequence

from approvals.models import Action, Escalation, Listening
from approvals.states import State


def let_go(action_ids: Sequence[str]) -> None:
    """Of those that have ended: their tellings wait no more, and nobody needs to know who listened."""
    ended = list(Action.everywhere.filter(pk__in=action_ids).exclude(state=State.PENDING).values_list("pk", flat=True))
    if ended:
        Escalation.everywhere.filter(action_id__in=ended, waits=True).update(waits=None)
        Listening.everywhere.filter(action_id__in=ended).delete()
