"""What doors read: an action with its votes, decision, grant and execution as plain values.

The values are msgspec's structs: they are made and changed several times a request, in a tenth of a dataclass's time.
One SELECT feeds every reader (a door's GET, a list, a waiting agent, a review about to move it), and the values are
equal whether they come from the database or from a move that was just prepared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import orjson
from msgspec import Struct

from approvals.states import State
from audit import keys
from tenancy import sql


class Vote(Struct, frozen=True):
    """`opened_at` is when this person first opened the revision, `checks` what they ticked, `evidence` what they had to
    open and did; `authenticated_by` is how they proved who they are: "passkey", "password", or a token's id.
    """

    id: str
    user_id: str
    name: str
    verdict: str
    groups: tuple[str, ...]
    door: str
    at: datetime
    opened_at: datetime | None = None
    checks: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    authenticated_by: str = ""

    @property
    def dwell_ms(self) -> int | None:
        """How long they had it open before they voted; None where they never opened it."""
        return None if self.opened_at is None else max(0, (self.at - self.opened_at) // timedelta(milliseconds=1))


def in_order(votes: Iterable[Vote]) -> tuple[Vote, ...]:
    """As they were cast. Those of one moment have an order that every reader gives them, so that a snapshot taken at
    the vote equals what is read later.
    """
    return tuple(sorted(votes, key=lambda vote: (vote.at, vote.id)))


class DecisionView(Struct, frozen=True):
    """`decided_by` lists `{"id", "name"}`; `changes` is a JSON Patch (RFC 6902) from the proposal, and `material` if
    they change what the call means.
    """

    id: str
    outcome: str
    source: str
    revision: int
    edited: bool
    material: bool
    changes: list[dict[str, Any]]
    reason_code: str
    comment: str
    decided_by: list[dict[str, str]]
    decided_at: datetime
    door: str
    event_id: str


class GrantView(Struct, frozen=True):
    id: str
    issued_at: datetime
    expires_at: datetime
    args_sha256: str
    spent_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_because: str = ""


class ExecutionView(Struct, frozen=True):
    status: str
    spent_at: datetime
    reported_at: datetime | None
    report: dict[str, Any]
    drifted: bool


class ActionView(Struct, frozen=True):
    """`args` are the newest revision's canonical bytes, `proposed` the first one's where people edited.

    `terms` are the obligations of the policy, frozen at opening; an edit can only raise them. `author_id` wrote the
    newest revision: the agent, or the person who edited. `closing_at` is set while the votes suffice and can still be
    taken back; `undone` names whoever took a vote on this revision back, once for each.
    `agent_name` and `agent_owner_id` of a test action are those of the agent whose call it resembles; `agent_id` is
    its own.
    """

    id: str
    workspace_id: str
    workspace_slug: str
    state: str
    version: int
    revision: int
    digest: bytes
    tool: str
    args: bytes
    agent_id: str
    agent_name: str
    agent_owner_id: str
    agent_version_id: str | None
    key_id: str
    trace_id: str
    risk: str
    policy_version_id: str
    policy: dict[str, Any]
    terms: dict[str, Any]
    effect_sentence: str
    question: str
    created_at: datetime
    target_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    votes: tuple[Vote, ...] = ()
    decision: DecisionView | None = None
    grant: GrantView | None = None
    execution: ExecutionView | None = None
    proposed: bytes | None = None
    envelope: dict[str, Any] | None = None
    author_id: str = ""
    closing_at: datetime | None = None
    undone: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state == State.PENDING

    @property
    def needs(self) -> list[dict[str, Any]]:
        """`{"group", "approvals", "quorum"}` for each group that has to agree."""
        return self.needs_after(self.votes)

    def needs_after(self, votes: Sequence[Vote]) -> list[dict[str, Any]]:
        """The same, were these the votes."""
        return [
            {
                "group": need["group"],
                "approvals": sum(vote.verdict == "approve" and need["group"] in vote.groups for vote in votes),
                "quorum": need["quorum"],
            }
            for need in self.terms["needs"]
        ]


@dataclass(frozen=True, slots=True)
class Seen:
    """An action as one person is about to vote on it; `opened_at` is when they first opened its newest revision."""

    view: ActionView
    opened_at: datetime | None


# When one person first opened the newest revision of an action: a column for whoever is about to vote.
OPENED = (
    "(select l.first_at from approvals_look l"
    " where l.action_id = {action}.id and l.revision = {action}.revision and l.user_id = {user}) opened_at"
)
# Test actions bear name and owner of the agent whose call they resemble, so that nothing about them stands out: this is
# for whoever narrows by the name, and `view` does the same to a row.
AGENT_NAME = "coalesce(a.terms -> 'seeded' ->> 'as', g.name)"
COLUMNS = """
 a.id, a.workspace_id, w.slug workspace_slug, a.state, a.version, a.revision, r.digest, a.tool, r.args, r.author_id,
 a.agent_id,
 g.name agent_name, g.owner_id agent_owner_id, a.agent_version_id, a.key_id, a.trace_id, a.risk, a.policy_version_id,
 cast(a.policy as text) policy, cast(a.terms as text) terms, a.effect_sentence, a.question, a.created_at,
 a.target_at, a.expires_at, a.closing_at, a.decided_at,
 (select cast({array}({object}('id', v.id, 'user_id', v.user_id, 'name', v.user_name, 'verdict', v.verdict,
   'groups', {groups}, 'door', v.door, 'at', v.created_at, 'opened_at', v.opened_at, 'checks', {checks},
   'proof', {proof},
   'undone', (select u.because from approvals_retraction u where u.review_id = v.id))) as text)
   from approvals_review v where v.action_id = a.id and v.revision = a.revision) votes,
 case when a.revision > 1
   then (select f.args from approvals_revision f where f.action_id = a.id and f.n = 1) end proposed
"""
# What follows a decision. Whoever votes has no use for it, and it takes three tables.
OF_ITS_END = """, d.id d_id,
   d.outcome, d.source, d.revision d_revision, d.edited, d.material, cast(d.changes as text) changes,
 d.reason_code, d.comment,
 cast(d.decided_by as text) decided_by,
 d.decided_at d_at, d.door, d.event_id, t.id g_id, t.issued_at, t.expires_at g_expires_at, t.args_sha256,
 t.spent_at g_spent_at, t.revoked_at, t.revoked_because, x.status, x.spent_at x_spent_at, x.reported_at,
 cast(x.report as text) report,
 x.drifted
"""
# With the key under which what the next move says about the action is sealed: it would cost a round trip of its own.
FOR_WHOEVER_DECIDES = (
    ", cast(a.envelope as text) envelope, (select k.wrapped from audit_subjectkey k where k.id = a.id) wrapped"
)
TABLES = """
 from approvals_action a join accounts_workspace w on w.id = a.workspace_id join accounts_agent g on g.id = a.agent_id
 join approvals_revision r on r.action_id = a.id and r.n = a.revision
"""
TABLES_OF_ITS_END = """
 left join approvals_decision d on d.action_id = a.id left join approvals_grant t on t.action_id = a.id
 left join approvals_execution x on x.action_id = a.id
"""


@cache
def select(*, with_envelope: bool = False, with_end: bool = True) -> str:
    """The SELECT up to its WHERE. Aliases: a action, g agent, d decision, w workspace.

    Rows of one without the end are true of pending actions alone.
    """
    columns = COLUMNS + (OF_ITS_END if with_end else "")
    for name in ("groups", "checks", "proof"):
        columns = columns.replace(f"{{{name}}}", sql.json_column(f"v.{name}"))
    return (
        sql.in_dialect("select" + columns)
        + (FOR_WHOEVER_DECIDES if with_envelope else "")
        + TABLES
        + (TABLES_OF_ITS_END if with_end else "")
    )


def view(row: Mapping[str, Any]) -> ActionView:
    """One row of `select` as values, as psycopg or sqlite3 give it (times as text or datetime, JSON as text)."""
    if "wrapped" in row:
        keys.offer(row["id"], row["wrapped"])
    cast = _tree(row["votes"]) or ()
    terms = _tree(row["terms"])
    seeded = terms.get("seeded")
    return ActionView(
        id=row["id"],
        workspace_id=row["workspace_id"],
        workspace_slug=row["workspace_slug"],
        state=row["state"],
        version=row["version"],
        revision=row["revision"],
        digest=bytes(row["digest"]),
        tool=row["tool"],
        args=bytes(row["args"]),
        agent_id=row["agent_id"],
        agent_name=seeded["as"] if seeded else row["agent_name"],
        agent_owner_id=seeded["owner"] if seeded else row["agent_owner_id"],
        agent_version_id=row["agent_version_id"],
        key_id=row["key_id"],
        trace_id=row["trace_id"],
        risk=row["risk"],
        policy_version_id=row["policy_version_id"],
        policy=_tree(row["policy"]),
        terms=terms,
        effect_sentence=row["effect_sentence"],
        question=row["question"],
        created_at=moment(row["created_at"]),
        target_at=moment(row["target_at"]),
        expires_at=moment(row["expires_at"]),
        decided_at=sql.moment(row["decided_at"]),
        votes=in_order(_vote(vote) for vote in cast if not vote["undone"]),
        decision=_decision(row) if row.get("d_id") else None,
        grant=_grant(row) if row.get("g_id") else None,
        execution=_execution(row) if row.get("status") else None,
        proposed=bytes(row["proposed"]) if row["proposed"] is not None else None,
        envelope=_tree(row["envelope"]) if "envelope" in row else None,
        author_id=row["author_id"],
        closing_at=sql.moment(row["closing_at"]),
        undone=tuple(sorted(vote["user_id"] for vote in cast if vote["undone"])),
    )


def moment(value: Any) -> datetime:
    """A time column that is never null."""
    at = sql.moment(value)
    if at is None:
        raise ValueError("a moment is missing")
    return at


def _tree(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def _vote(vote: Mapping[str, Any]) -> Vote:
    proof = _tree(vote["proof"]) or {}
    return Vote(
        id=vote["id"],
        user_id=vote["user_id"],
        name=vote["name"],
        verdict=vote["verdict"],
        groups=tuple(_tree(vote["groups"])),
        door=vote["door"],
        at=moment(vote["at"]),
        opened_at=sql.moment(vote["opened_at"]),
        checks=tuple(_tree(vote["checks"])),
        evidence=tuple(proof.get("evidence", ())),
        authenticated_by=proof.get("authenticated_by", ""),
    )


def _decision(row: Mapping[str, Any]) -> DecisionView:
    return DecisionView(
        id=row["d_id"],
        outcome=row["outcome"],
        source=row["source"],
        revision=row["d_revision"],
        edited=bool(row["edited"]),
        material=bool(row["edited"] if row["material"] is None else row["material"]),
        changes=_tree(row["changes"]),
        reason_code=row["reason_code"],
        comment=row["comment"],
        decided_by=_tree(row["decided_by"]),
        decided_at=moment(row["d_at"]),
        door=row["door"],
        event_id=row["event_id"],
    )


def _grant(row: Mapping[str, Any]) -> GrantView:
    return GrantView(
        id=row["g_id"],
        issued_at=moment(row["issued_at"]),
        expires_at=moment(row["g_expires_at"]),
        args_sha256=row["args_sha256"],
        spent_at=sql.moment(row["g_spent_at"]),
        revoked_at=sql.moment(row["revoked_at"]),
        revoked_because=row["revoked_because"],
    )


def _execution(row: Mapping[str, Any]) -> ExecutionView:
    return ExecutionView(
        status=row["status"],
        spent_at=moment(row["x_spent_at"]),
        reported_at=sql.moment(row["reported_at"]),
        report=_tree(row["report"]),
        drifted=bool(row["drifted"]),
    )
