"""Reads for doors. A read of actions is one statement whatever its votes, and no page counts a whole table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.queries import MEMBER_BY_TOKEN, Member, member_in
from approvals import answers, policies
from approvals.alternatives import alternative_of as alternative_of
from approvals.answers import OPENED, ActionView, Seen
from approvals.errors import NotFound
from approvals.inbox import InboxCursor as InboxCursor
from approvals.inbox import InboxFilter as InboxFilter
from approvals.incidents import EntryView as EntryView
from approvals.incidents import IncidentKind as IncidentKind
from approvals.incidents import IncidentView as IncidentView
from approvals.incidents import Severity as Severity
from approvals.incidents import Step as Step
from approvals.incidents import actions_of as actions_of
from approvals.incidents import entries as entries
from approvals.incidents import find_incident as find_incident
from approvals.incidents import incident_tree as incident_tree
from approvals.incidents import incidents as incidents
from approvals.incidents import incidents_of as incidents_of
from approvals.line import slack_refusal as slack_refusal
from approvals.models import Message, Revision
from approvals.narrowing import AGES as AGES
from approvals.narrowing import NO_RULE as NO_RULE
from approvals.narrowing import NO_VERSION as NO_VERSION
from approvals.narrowing import OUTCOMES as OUTCOMES
from approvals.narrowing import Narrowing as Narrowing
from approvals.past import past as past
from approvals.past import similar as similar
from approvals.past import subject as subject
from approvals.policy.model import ToolSpec
from approvals.policy.stops import Stop as Stop
from approvals.policy.stops import gravest_stop as gravest_stop
from approvals.seeds import SeedingView as SeedingView
from approvals.seeds import lesson as lesson
from approvals.seeds import seeding as seeding
from approvals.states import State
from approvals.stops import HELD_MAX as HELD_MAX
from approvals.stops import Held as Held
from approvals.stops import find_stop as find_stop
from approvals.stops import held_by as held_by
from approvals.stops import stops_on as stops_on
from approvals.stops import stops_released as stops_released
from approvals.stories import EventView as EventView
from approvals.stories import Shown as Shown
from approvals.stories import history as history
from approvals.stories import shown as shown
from approvals.stories import stories as stories
from approvals.usage import spending as spending
from approvals.versions import standings as standings
from approvals.voting import care_of as care_of
from approvals.voting import care_together as care_together
from tenancy import ids, sql

PAGE_MAX = 100
COUNT_MAX = 1000
TRACE_MAX = 100
SEEN_MAX = 5000
_CARRIED_BY = (
    "exists (select 1 from approvals_review v where v.action_id = a.id and v.revision = a.revision and v.user_id = %s"
    " and v.verdict = case a.state when 'approved' then 'approve' when 'rejected' then 'reject' end)"
)


@dataclass(frozen=True, slots=True)
class RevisionView:
    n: int
    args: bytes
    digest: bytes
    changes: list[dict[str, Any]]
    author_id: str
    author_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MessageView:
    author_kind: str
    author_name: str
    text: str
    created_at: datetime


def find(workspace_id: str, action_id: str, *, envelope: bool = False, agent_id: str = "") -> ActionView:
    """One action of the workspace (and, where given, of that agent). Raises NotFound."""
    values = [action_id, workspace_id]
    where = " where a.id = %s and a.workspace_id = %s"
    if agent_id:
        where += " and a.agent_id = %s"
        values.append(agent_id)
    row = sql.one(answers.select(with_envelope=envelope) + where, values) if ids.is_id(action_id, "act") else None
    if row is None:
        raise NotFound(f"There is no action {action_id[:60]} here. Check the id and the workspace of the key or login.")
    return answers.view(row)


def find_seen(member: Member, action_id: str) -> Seen:
    """One action with its envelope, as this person is about to vote on it. Raises NotFound."""
    asked = action_id if ids.is_id(action_id, "act") else ""
    inner = answers.select(with_envelope=True) + " where a.id = %s and a.workspace_id = %s"
    statement = f"select x.*, {OPENED.format(action='x', user='%s')} from ({inner}) x"  # noqa: S608 (values are bound)
    row = sql.one(statement, [member.user_id, asked, member.workspace_id])
    if row is None:
        raise NotFound(f"There is no action {action_id[:60]} here. Check the id and the workspace of the login.")
    return Seen(answers.view(row), sql.moment(row["opened_at"]))


def ballot(token_digest: bytes, action_id: str, at: datetime) -> tuple[Member | None, Seen | None]:
    """The person behind a token and the action that they vote on, with its envelope and their look, in one read.

    No person: the token is not good. No action: nothing with this id is pending in their workspace.
    """
    asked = action_id if ids.is_id(action_id, "act") else ""
    statement = (
        f"select m.*, x.*, {OPENED.format(action='x', user='m.m_id')}"  # noqa: S608 (constant text; values are bound)
        f" from ({sql.in_dialect(MEMBER_BY_TOKEN)}) m left join"
        f" ({answers.select(with_envelope=True, with_end=False)} where a.id = %s) x"
        " on x.workspace_id = m.m_workspace_id"
    )
    row = sql.one(statement, [token_digest, at, settings.DEBUG, asked])
    if row is None:
        return None, None
    # Sorted out here: asked for what is pending, the planner may walk the queue instead of going to the row by its id.
    if row["state"] != State.PENDING:
        return member_in(row), None
    return member_in(row), Seen(answers.view(row), sql.moment(row["opened_at"]))


def page(
    workspace_id: str,
    *,
    state: str = "",
    decided: bool = False,
    tool: str = "",
    agent_id: str = "",
    voter_id: str = "",
    since: datetime | None = None,
    before: datetime | None = None,
    narrowed: Narrowing | None = None,
    after: str = "",
    limit: int = 50,
) -> list[ActionView]:
    """Newest first, with `decided` only what is over; `after` is the id of the last action of the page before.

    `voter_id`: only where this person's vote went the way of the decision. `since` (inclusive) and `before` (exclusive)
    bound when it was asked.
    """
    clauses: list[str] = ["a.workspace_id = %s"]
    values: list[Any] = [workspace_id]
    if decided:
        clauses.append("a.state <> 'pending'")
    given = (
        ("state = %s", state),
        ("tool = %s", tool),
        ("agent_id = %s", agent_id),
        ("id < %s", after),
        # Ids begin with the moment of asking, so a range of time is a range of the index by id.
        ("id >= %s", since and ids.floor("act", since)),
        ("id < %s", before and ids.floor("act", before)),
    )
    if voter_id:
        clauses.append(_CARRIED_BY)
        values.append(voter_id)
    for clause, value in given:
        if value:
            clauses.append("a." + clause)
            values.append(value)
    more, given_more = (narrowed or Narrowing()).where()
    clauses += more
    values += given_more
    return _views(clauses, "a.id desc", [*values, min(limit, PAGE_MAX)])


def listed(
    workspace_id: str, *, state: str = "", tool: str = "", agent_id: str = "", after: str = "", limit: int = 50
) -> tuple[list[ActionView], str]:
    """A page for agents, newest first, and the id that the next one goes on behind, "" where this is the last.

    The ids are picked first: PostgreSQL plans that statement anew for each filter and the wide one, which takes it
    longer to plan than to run, once. Whatever left the asked state in between is left out.
    """
    asked = {"a.state = %s": state, "a.tool = %s": tool, "a.agent_id = %s": agent_id, "a.id < %s": after}
    given = {clause: value for clause, value in asked.items() if value}
    if any("\0" in value for value in given.values()):
        return [], ""
    where = " and ".join(["a.workspace_id = %s", *given])
    picked = f"select a.id from approvals_action a where {where} order by a.id desc limit %s"  # noqa: S608 (values are bound)
    found = [row["id"] for row in sql.many(picked, [workspace_id, *given.values(), limit + 1])]
    statement = answers.select(with_end=state != State.PENDING) + f" where a.id {sql.among()} order by a.id desc"
    views = map(answers.view, sql.many(statement, [sql.listed(found[:limit])])) if found else ()
    return [view for view in views if state in {"", view.state}], found[limit - 1] if len(found) > limit else ""


def inbox(workspace_id: str, *, filters: InboxFilter, after: InboxCursor | None, limit: int = 50) -> list[ActionView]:
    """Pending actions, riskiest first, then by deadline."""
    clauses, values = filters.where()
    if after:
        clauses.append(after.WHERE)
        values += after.values()
    where = ["a.workspace_id = %s", "a.state = 'pending'", *clauses]
    order, given = "a.risk_rank desc, a.expires_at, a.id", [workspace_id, *values, min(limit, PAGE_MAX)]
    return _views(where, order, given, with_end=False)


def arrivals(workspace_id: str, limit: int = 21) -> list[datetime]:
    """When the newest actions came, newest first, whatever became of them."""
    statement = "select created_at from approvals_action where workspace_id = %s order by id desc limit %s"
    found = (sql.moment(row["created_at"]) for row in sql.many(statement, [workspace_id, limit]))
    return [moment for moment in found if moment]


def waiting(workspace_id: str) -> int:
    """How many actions wait, counted up to COUNT_MAX; a page shows "1000+" beyond."""
    pending = "select 1 from approvals_action where workspace_id = %s and state = 'pending' limit %s"
    statement = f"select count(*) n from ({pending}) t"  # noqa: S608 (constant text)
    row = sql.one(statement, [workspace_id, COUNT_MAX])
    return int(row["n"]) if row else 0


def approved_by_people(workspace_id: str, *, but_agent: str, limit: int) -> list[ActionView]:
    """The newest that people approved unchanged, of the newest SEEN_MAX approved, with what their agents claimed."""
    clauses = [
        "a.workspace_id = %s",
        "a.agent_id <> %s",
        "a.id in (select n.id from approvals_action n where n.workspace_id = %s and n.state = 'approved'"
        " order by n.id desc limit %s)",
        "a.terms -> 'erased' is null",
        "exists (select 1 from approvals_decision d where d.action_id = a.id and d.source = 'people' and not d.edited)",
    ]
    return _views(clauses, "a.id desc", [workspace_id, but_agent, workspace_id, SEEN_MAX, limit], envelope=True)


def asked_since(workspace_id: str, after: str, but_agent: str) -> int:
    """How many actions people were asked about after the id `after`, those of one agent left out; of the oldest
    SEEN_MAX since then.
    """
    newer = (
        "select a.id, a.agent_id from approvals_action a where a.workspace_id = %s and a.id > %s order by a.id limit %s"
    )
    statement = (
        f"select count(*) n from ({newer}) a left join approvals_decision d on d.action_id = a.id"  # noqa: S608 (constant)
        " where a.agent_id <> %s and (d.id is null or d.source <> 'policy')"
    )
    row = sql.one(statement, [workspace_id, after, SEEN_MAX, but_agent])
    return int(row["n"]) if row else 0


def tool_spec(view: ActionView) -> ToolSpec | None:
    """What the policy that the action was opened on says about its tool; None for one that it does not list."""
    return policies.tool_of(view.policy_version_id, view.tool)


def revisions(view: ActionView) -> list[RevisionView]:
    """Every revision, oldest first."""
    rows = Revision.everywhere.filter(action_id=view.id, workspace_id=view.workspace_id).order_by("n")
    return [
        RevisionView(r.n, bytes(r.args), bytes(r.digest), r.changes, r.author_id, r.author_name, r.created_at)
        for r in rows
    ]


def messages(view: ActionView) -> list[MessageView]:
    """Questions and answers, oldest first."""
    rows = Message.everywhere.filter(action_id=view.id, workspace_id=view.workspace_id).order_by("id")
    return [MessageView(m.author_kind, m.author_name, m.text, m.created_at) for m in rows]


def trace(workspace_id: str, trace_id: str, *, after: str = "", limit: int = TRACE_MAX) -> list[ActionView]:
    """The actions that bear this trace id, oldest first, with what their agents claimed."""
    clauses, values = ["a.workspace_id = %s", "a.trace_id = %s", "a.trace_id <> ''"], [workspace_id, trace_id]
    if after:
        clauses.append("a.id > %s")
        values.append(after)
    return _views(clauses, "a.id", [*values, min(limit, TRACE_MAX)], envelope=True)


def _views(
    clauses: Sequence[str], order: str, values: Sequence[Any], *, envelope: bool = False, with_end: bool = True
) -> list[ActionView]:
    # No stored text holds U+0000, and PostgreSQL cannot even be asked for it.
    if any(isinstance(value, str) and "\0" in value for value in values):
        return []
    # The page is cut before the joins, so that its cost does not grow with the table.
    where = " and ".join(clauses)
    picked = (
        "(select a.id from approvals_action a join accounts_agent g on g.id = a.agent_id"  # noqa: S608 (values are bound)
        f" where {where} order by {order} limit %s)"
    )
    statement = answers.select(with_envelope=envelope, with_end=with_end) + f" where a.id in {picked} order by {order}"
    return [answers.view(row) for row in sql.many(statement, values)]
