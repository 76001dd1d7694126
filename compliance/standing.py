"""How the log of a workspace stands. Counts stop at MOST: no page counts a whole table."""

from dataclasses import dataclass
from datetime import datetime

from tenancy import sql

MOST = 10_000

_COUNTED = """select (select count(*) from (select 1 from audit_event where workspace_id = %s limit {most}) e) recorded,
 (select count(*) from (select 1 from audit_pendingevent where workspace_id = %s limit {most}) p) pending"""
_ENDS = """select (select occurred_at from audit_event where workspace_id = %s order by id limit 1) oldest,
 (select occurred_at from audit_event where workspace_id = %s order by id desc limit 1) newest"""


@dataclass(frozen=True, slots=True)
class Standing:
    """`recorded` and `pending` (in no tree yet) are at most MOST, which then means "that many or more"."""

    recorded: int
    pending: int
    oldest_at: datetime | None
    newest_at: datetime | None

    @property
    def recorded_told(self) -> str:
        return _told(self.recorded)

    @property
    def pending_told(self) -> str:
        return _told(self.pending)


def standing(workspace_id: str) -> Standing:
    counted = sql.one(_COUNTED.replace("{most}", str(MOST)), [workspace_id, workspace_id]) or {}
    ends = sql.one(_ENDS, [workspace_id, workspace_id]) or {}
    return Standing(
        counted.get("recorded", 0),
        counted.get("pending", 0),
        sql.moment(ends.get("oldest")),
        sql.moment(ends.get("newest")),
    )


def _told(count: int) -> str:
    return f"{count:,}" if count < MOST else f"{MOST:,} or more"
