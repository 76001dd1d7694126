"""Reads what stands on a person's page in the app, and draws it."""

from datetime import datetime

from accounts import queries as accounts_queries
from accounts.queries import Member
from approvals import queries, rights
from approvals.queries import InboxFilter
from approvals.services import claims, counting
from console.models import SlackTeam
from console.slack import clickers, home
from console.slack.client import Caller
from console.slack.home import LISTED, Desk, Waiting

# The queue is read in its own order; what is not for this person is passed over.
READ = 100


def draw_home(caller: Caller, slack_user_id: str, at: datetime) -> None:
    """Raises SlackTrouble."""
    team = caller.team
    linked = accounts_queries.member_for_slack(team.workspace_id, team.enterprise_id, team.slack_id, slack_user_id)
    if linked is None or linked.barred:
        address = "" if linked else clickers.link_address(team, slack_user_id)
        view = home.stranger(
            "This Slack account is not linked to a person here, so nothing can be decided by it.", address
        )
    else:
        view = home.view(desk(team, linked.member, at))
    caller.call("views.publish", {"user_id": slack_user_id, "view": view})


def desk(team: SlackTeam, member: Member, at: datetime) -> Desk:
    found = counting.counted_each(queries.inbox(member.workspace_id, filters=InboxFilter(), after=None, limit=READ))
    mine = [one for one in found if rights.refusal(one, member, "reject") is None]
    held = claims.held(member.workspace_id, [one.id for one in mine[:LISTED]], at)
    away = [row for row in accounts_queries.absences(member.workspace_id, at, user_id=member.user_id) if row.is_now]
    return Desk(
        team=team.id,
        name=member.name,
        slug=member.workspace_slug,
        rows=[
            Waiting(
                view=one,
                claimed_by=held[one.id].name if one.id in held else "",
                is_mine=one.id in held and held[one.id].user_id == member.user_id,
            )
            for one in mine[:LISTED]
        ],
        has_more=len(mine) > LISTED or len(found) == READ,
        away_until=max((row.ends_at for row in away), default=None),
    )
