"""What the pages about agents ask: what waits for whom, who listens, and what the policy lets them do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from approvals import policies
from approvals.models import Action
from approvals.policy.model import Canary, Schedule, VersionState
from approvals.states import State
from tenancy import sql

COUNT_MAX = 10_000
LISTED = 50


@dataclass(frozen=True, slots=True)
class OpenWork:
    """How many actions of an agent wait for people, and for how many of these it has stopped waiting itself."""

    waiting: int
    gone: int


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One open action of an agent. `heard_at` is when it last asked for the answer; None: never yet."""

    id: str
    tool: str
    risk: str
    created_at: datetime
    expires_at: datetime
    heard_at: datetime | None
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Leash:
    """What the active policy says about an agent. `tools` are (pattern, tier), `versions` (label, state in words).

    `is_listed` is False for an agent that the policy does not name: every tool, in tier approvals.
    """

    is_listed: bool
    tier: str
    tools: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]


_OPEN = """select t.agent_id, count(*) waiting, sum(case when l.until < %s then 1 else 0 end) gone
 from (select id, agent_id from approvals_action where workspace_id = %s and state = 'pending' limit %s) t
 left join approvals_listening l on l.action_id = t.id group by t.agent_id"""


def open_work(workspace_id: str, at: datetime) -> dict[str, OpenWork]:
    """By agent id, over at most COUNT_MAX waiting actions of the workspace."""
    rows = sql.many(_OPEN, [at, workspace_id, COUNT_MAX])
    return {row["agent_id"]: OpenWork(int(row["waiting"]), int(row["gone"] or 0)) for row in rows}


def waiting_of(workspace_id: str, agent_id: str, at: datetime) -> list[WaitingRow]:
    """The agent's open actions, the oldest first; the first LISTED."""
    rows = Action.everywhere.filter(workspace_id=workspace_id, agent_id=agent_id, state=State.PENDING)
    columns = ("id", "tool", "risk", "created_at", "expires_at", "listening__heard_at", "listening__until")
    found = rows.order_by("id").values_list(*columns)[:LISTED]
    return [
        WaitingRow(id_, tool, risk, asked, expires, heard, until is not None and until < at)
        for id_, tool, risk, asked, expires, heard, until in found
    ]


def leash(workspace_id: str, agent_name: str) -> Leash:
    """Read from the policy that is active now."""
    active = policies.active(workspace_id)
    spec = active.policy.document.agents.get(agent_name) if active else None
    if spec is None:
        return Leash(is_listed=False, tier="approvals", tools=(), versions=())
    return Leash(
        is_listed=True,
        tier=spec.tier,
        tools=tuple((grant.pattern, grant.tier or spec.tier) for grant in spec.tools),
        versions=tuple((label, _in_words(state)) for label, state in spec.versions.items()),
    )


def leashes(workspace_id: str, agent_names: Sequence[str]) -> dict[str, Leash]:
    """By name; one read of the policy for all."""
    return {name: leash(workspace_id, name) for name in agent_names}


def rotations(workspace_id: str) -> tuple[Schedule, ...]:
    """The schedules of the active policy, by name."""
    active = policies.active(workspace_id)
    found = active.policy.document.schedules if active else {}
    return tuple(found[name] for name in sorted(found))


def _in_words(state: VersionState) -> str:
    return f"canary, {state.percent:f} %" if isinstance(state, Canary) else str(state)
