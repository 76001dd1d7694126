"""Votes as they were cast, for the view of one's own care and for sums over the workspace."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from approvals import care, exercises
from approvals.care import Care, Cast
from tenancy import ids, sql

OWN_MAX = 2000
TOGETHER_MAX = 5000
PEOPLE_MIN = 3

# When the voter could begin to look: the revision before their own edit, else the one that they voted on. A door that
# measures when an action was opened belongs here, and nowhere else.
_SEEN = "coalesce(p.created_at, r.created_at)"
_VOTES = f"""
select v.user_id, v.created_at at, v.verdict, r.author_id = v.user_id edited, {_SEEN} seen,
 case when g.is_built_in and d.source = 'people' then cast(a.terms as text) end terms, cast(d.changes as text) changes
 from (select * from approvals_review where {{who}} and workspace_id = %s and id >= %s order by id desc limit %s) v
 join approvals_action a on a.id = v.action_id join accounts_agent g on g.id = a.agent_id
 join approvals_revision r on r.action_id = v.action_id and r.n = v.revision
 left join approvals_revision p on p.action_id = v.action_id and p.n = v.revision - 1 and r.author_id = v.user_id
 left join approvals_decision d on d.action_id = a.id
"""  # noqa: S608 (constant text; values are bound)


@dataclass(frozen=True, slots=True)
class Together:
    """Sums over everybody who voted; `care` is None below PEOPLE_MIN of them, so that no sum is one person's."""

    people: int
    care: Care | None


def care_of(workspace_id: str, user_id: str, at: datetime) -> Care:
    """One person's own votes of the last days, at most the newest OWN_MAX."""
    rows = sql.many(_VOTES.format(who="user_id = %s"), [user_id, workspace_id, _since(at), OWN_MAX])
    return care.care([_cast(row) for row in rows], at)


def care_together(workspace_id: str, at: datetime) -> Together:
    """Everybody's, at most the newest TOGETHER_MAX."""
    who = "user_id in (select m.user_id from accounts_membership m where m.workspace_id = %s)"
    rows = sql.many(_VOTES.format(who=who), [workspace_id, workspace_id, _since(at), TOGETHER_MAX])
    people = len({row["user_id"] for row in rows})
    return Together(people, care.care([_cast(row) for row in rows], at) if people >= PEOPLE_MIN else None)


def _since(at: datetime) -> str:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return ids.floor("vot", midnight - timedelta(days=care.DAYS - 1))


def _cast(row: Mapping[str, Any]) -> Cast:
    cast_at, seen = sql.moment(row["at"]), sql.moment(row["seen"])
    if cast_at is None or seen is None:
        raise ValueError("a vote without its moment")
    right = None
    if row["terms"] is not None:
        seeded = orjson.loads(row["terms"])["seeded"]
        right = exercises.caught(seeded, row["verdict"], orjson.loads(row["changes"]))
    return Cast(
        at=cast_at,
        approved=row["verdict"] == "approve",
        edited=bool(row["edited"]),
        seconds=max(0.0, (cast_at - seen).total_seconds()),
        right=right,
    )
