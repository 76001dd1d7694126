"""Searching the audit log: newest first, a page at a time, and never more than a bounded stretch of it at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from audit.kinds import EventKind
from audit.models import COMMON
from tenancy import ids, sql

PAGE = 50
# How many events one page looks at where no index leads to what is asked for.
STRETCH = 20_000
_LAST = "evt_~"

_COLUMNS = """select e.id, e.kind, e.occurred_at, e.actor_kind, e.actor_id, e.door, e.subject_type, e.subject_id,
 e.action_id, u.name actor_name, a.tool, a.state, a.policy ->> 'rule' rule,
 coalesce(a.terms -> 'seeded' ->> 'as', g.name) agent_name"""
_JOINED = """left join approvals_action a on a.id = e.action_id and a.workspace_id = e.workspace_id
 left join accounts_agent g on g.id = coalesce(a.agent_id, e.actor_id) left join accounts_membership m
 on m.user_id = e.actor_id and m.workspace_id = e.workspace_id left join accounts_user u on u.id = m.user_id"""
_OWN = "id, workspace_id, kind, occurred_at, actor_kind, actor_id, door, subject_type, subject_id, action_id"
_RARE = f"kind not in ({', '.join(repr(kind) for kind in COMMON)})"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look for; "" and None ask for nothing. `since` is inclusive, `before` exclusive.

    `word` is an id: of an event, an action, or whatever an event is about or by.
    """

    kinds: tuple[str, ...] = ()
    actor_id: str = ""
    agent_id: str = ""
    tool: str = ""
    outcome: str = ""
    rule: str = ""
    word: str = ""
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One event. What belongs to its action is as the action stands now, "" where it has none."""

    id: str
    kind: str
    occurred_at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    door: str
    subject_type: str
    subject_id: str
    action_id: str
    agent_name: str
    tool: str
    outcome: str
    rule: str


@dataclass(frozen=True, slots=True)
class Found:
    """`next` is where to go on, "" at the end of the log; `is_cut` says that the stretch ended before the page was
    full, so that more may follow though little was found.
    """

    rows: tuple[Row, ...]
    next: str
    is_cut: bool


@dataclass(slots=True)
class _Where:
    clauses: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, clause: str, *values: Any) -> None:
        self.clauses.append(clause)
        self.values += values

    @property
    def text(self) -> str:
        return " and ".join(self.clauses)


def find(workspace_id: str, asked: Asked, *, after: str = "", limit: int = PAGE) -> Found:
    """At most `limit` events older than the id `after`, in one read, or two where a stretch has to be walked."""
    inner, outer = _inner(workspace_id, asked, after), _outer(asked)
    walked = STRETCH if outer.clauses else limit + 1
    picked = f"(select {_OWN} from audit_event where {inner.text} order by id desc limit {walked}) e"  # noqa: S608
    where = f" where {outer.text}" if outer.clauses else ""
    statement = f"{_COLUMNS} from {picked} {_JOINED}{where} order by e.id desc limit {limit + 1}"
    found = [_row(row) for row in sql.many(statement, [*inner.values, *outer.values])]
    if len(found) > limit:
        return Found(tuple(found[:limit]), found[limit - 1].id, is_cut=False)
    if not outer.clauses:
        return Found(tuple(found), "", is_cut=False)
    beyond = f"select id from audit_event where {inner.text} order by id desc limit 1 offset {STRETCH - 1}"  # noqa: S608
    last = sql.one(beyond, inner.values)
    return Found(tuple(found), last["id"] if last else "", is_cut=last is not None)


def newest(workspace_id: str, kinds: Sequence[EventKind], *, after: str = "", limit: int = PAGE) -> Found:
    """The newest events of kinds that have an index."""
    return find(workspace_id, Asked(kinds=tuple(kind.value for kind in kinds)), after=after, limit=limit)


def _inner(workspace_id: str, asked: Asked, after: str) -> _Where:
    """What an index leads to."""
    where = _Where()
    where.add("workspace_id = %s", workspace_id)
    where.add("id < %s", after or _LAST)
    if asked.since:
        where.add("id >= %s", ids.floor("evt", asked.since))
    if asked.before:
        where.add("id < %s", ids.floor("evt", asked.before))
    if asked.kinds and not set(asked.kinds) & set(COMMON):
        # The doubled condition lets the planner see that the partial index fits.
        where.add(f"{_RARE} and kind in ({', '.join(['%s'] * len(asked.kinds))})", *asked.kinds)
    if ids.is_id(asked.word, "evt"):
        where.add("id = %s", asked.word)
    elif ids.is_id(asked.word, "act"):
        where.add("action_id = %s and action_id <> ''", asked.word)
    return where


def _outer(asked: Asked) -> _Where:
    """What has to be looked at event by event."""
    where = _Where()
    if set(asked.kinds) & set(COMMON):
        where.add(f"e.kind in ({', '.join(['%s'] * len(asked.kinds))})", *asked.kinds)
    if asked.word and not (ids.is_id(asked.word, "evt") or ids.is_id(asked.word, "act")):
        where.add("(e.subject_id = %s or e.actor_id = %s)", asked.word, asked.word)
    for clause, value in (
        ("e.actor_id = %s", asked.actor_id),
        ("coalesce(a.agent_id, e.actor_id) = %s", asked.agent_id),
        ("a.tool = %s", asked.tool),
        ("a.state = %s", asked.outcome),
        ("a.policy ->> 'rule' = %s", asked.rule),
    ):
        if value:
            where.add(clause, value)
    return where


def _row(row: dict[str, Any]) -> Row:
    return Row(
        id=row["id"],
        kind=row["kind"],
        occurred_at=sql.moment(row["occurred_at"]) or ids.created_at(row["id"]) + timedelta(0),
        actor_kind=row["actor_kind"],
        actor_id=row["actor_id"],
        actor_name=row["actor_name"] or (row["agent_name"] if row["actor_kind"] == "agent" else "") or "",
        door=row["door"],
        subject_type=row["subject_type"],
        subject_id=row["subject_id"],
        action_id=row["action_id"],
        agent_name=row["agent_name"] or "",
        tool=row["tool"] or "",
        outcome=row["state"] or "",
        rule=row["rule"] or "",
    )
