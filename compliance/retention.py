"""How long a workspace keeps what its actions were about."""

from datetime import datetime, timedelta

from approvals.models import Action
from approvals.states import State
from compliance.models import Retention
from tenancy import ids

# Seven years with their leap days; the least is six months (EU AI Act, Art. 19 and 26(6)), whichever months they are.
DEFAULT_DAYS = 2557
LEAST_DAYS = 184
MOST_DAYS = 36525
CHUNK = 50


def days_kept(workspace_id: str) -> int:
    days = Retention.everywhere.filter(workspace_id=workspace_id).values_list("days", flat=True).first()
    return DEFAULT_DAYS if days is None else days


def overdue(workspace_id: str, at: datetime, *, days: int, after: str, limit: int = 0) -> list[tuple[str, bool]]:
    """(action id, erased already) of those asked before the time of keeping, oldest first, after the id `after`;
    CHUNK of them where no limit is given.
    """
    until = ids.floor("act", at - timedelta(days=days))
    rows = Action.everywhere.filter(workspace_id=workspace_id, id__gt=after, id__lt=until).exclude(state=State.PENDING)
    found = rows.order_by("id").values_list("id", "terms")[: limit or CHUNK]
    return [(action_id, "erased" in terms) for action_id, terms in found]
