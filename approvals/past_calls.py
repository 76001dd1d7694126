"""The actions of a window as a backtest wants them: what was asked, when, and what became of it. Read in chunks."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from approvals import asking, envelope
from approvals.answers import moment
from approvals.policy.backtest import Outcome, PastAction
from tenancy import ids, sql

CHUNK = 500
FIRST = "act_"

# Test actions were never an agent's wish, and of one that was erased nobody knows what it was.
_WINDOW = (
    "a.workspace_id = %s and a.id >= %s and a.id < %s and a.terms -> 'seeded' is null and a.terms -> 'erased' is null"
)
_CALLS = f"""select a.id, a.tool, a.state, a.created_at, g.name agent, v.bound_label, a.agent_version_id,
 cast(a.envelope as text) envelope, r.args, d.source, d.edited
 from approvals_action a join accounts_agent g on g.id = a.agent_id
 join approvals_revision r on r.action_id = a.id and r.n = 1
 left join accounts_agentversion v on v.id = a.agent_version_id
 left join approvals_decision d on d.action_id = a.id
 where {_WINDOW} and a.id > %s order by a.id limit %s"""  # noqa: S608 (constant text)
_COUNT = f"select count(*) n from approvals_action a where {_WINDOW}"  # noqa: S608 (constant text)


def count(workspace_id: str, since: datetime, until: datetime) -> int:
    """How many actions of the window were asked for; walks the window, so it is for workers alone."""
    row = sql.one(_COUNT, [workspace_id, ids.floor("act", since), ids.floor("act", until)])
    return int(row["n"]) if row else 0


def chunks(workspace_id: str, since: datetime, until: datetime) -> Iterator[list[PastAction]]:
    """Oldest first, CHUNK at a time."""
    after = FIRST
    while True:
        given = [workspace_id, ids.floor("act", since), ids.floor("act", until), after, CHUNK]
        rows = sql.many(_CALLS, given)
        if rows:
            yield [_past(row) for row in rows]
        if len(rows) < CHUNK:
            return
        after = rows[-1]["id"]


def _past(row: dict[str, Any]) -> PastAction:
    args = orjson.loads(bytes(row["args"]))
    claims = orjson.loads(row["envelope"])
    asked = envelope.read({**claims, "tool_call": {"name": row["tool"], "args": args}})
    at = moment(row["created_at"])
    return PastAction(
        id=row["id"],
        call=asking.context(asked, agent=row["agent"], manifest=None, args=args, at=at),
        label=row["bound_label"] or None,
        has_manifest=row["agent_version_id"] is not None,
        outcome=_outcome(row),
        ran=row["state"] == "approved",
    )


def _outcome(row: dict[str, Any]) -> Outcome:
    """Only what people said is a judgement."""
    if row["state"] == "pending":
        return "waiting"
    if row["source"] in {"policy", "stop_switch"}:
        return "policy"
    if row["state"] == "approved":
        return "edited" if row["edited"] else "approved"
    found: dict[str, Outcome] = {"rejected": "rejected", "expired": "expired", "withdrawn": "withdrawn"}
    return found[row["state"]]
