"""What a caller may read: an agent its own actions, a person those of the workspace, and the grant only its agent."""

from datetime import datetime

from accounts.queries import Caller, Member
from agents_api import auth, output
from agents_api.asking import PageQuery
from agents_api.auth import Who
from approvals import queries, services
from approvals.answers import ActionView
from approvals.services import counting
from audit.actor import Door


def find(who: Who, action_id: str) -> ActionView:
    """The action, with those votes alone that count now."""
    return counting.counted(queries.find(who.workspace_id, action_id, agent_id=auth.reader(who)))


def opened(member: Member, action_id: str, revision: int, at: datetime) -> None:
    """Keeps that this person has opened the revision, while it is the newest."""
    view = queries.find(member.workspace_id, action_id)
    if view.revision == revision:
        services.look(at=at, member=member, view=view, door=Door.API)


def page(who: Who, asked: PageQuery, at: datetime) -> bytes:
    """One page, newest first."""
    views, following = queries.listed(
        who.workspace_id,
        state=asked.state,
        tool=asked.tool,
        agent_id=auth.reader(who),
        after=asked.after,
        limit=asked.limit,
    )
    items = [shown(view, who, at) for view in counting.counted_each(views)]
    return output.page_out(items, following or None)


def grant_for(view: ActionView, who: Who, at: datetime) -> str | None:
    """The token by which the owning agent executes; None for everybody else, and where there is none to spend."""
    if view.grant is None or not isinstance(who, Caller) or who.agent_id != view.agent_id:
        return None
    return services.grant_for(view) if view.grant.expires_at > at else None


def shown(view: ActionView, who: Who, at: datetime) -> bytes:
    """The action as this caller reads it."""
    return output.action_out(view, grant_for(view, who, at))
