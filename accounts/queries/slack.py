"""Who is the person behind a Slack account, and the Slack account of a person?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.models import SlackIdentity
from accounts.queries.rights import MEMBER, WHO, Member, member_in
from tenancy import sql

LISTED = 200

_BY_SLACK = (
    MEMBER + ", s.barred s_barred, s.checked_at s_checked_at" + WHO + " join accounts_slackidentity s"
    " on s.user_id = u.id and s.workspace_id = m.workspace_id where s.workspace_id = %s and s.enterprise_id = %s"
    " and s.team_id = %s and s.slack_user_id = %s and u.is_active and (not w.is_demo or %s)"
)


@dataclass(frozen=True, slots=True)
class Linked:
    """The person that a Slack account acts as, with their rights as they are now; `barred` and `checked_at` are what
    Slack said of the account, and when.
    """

    member: Member
    barred: str
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class SlackLink:
    id: str
    user_id: str
    name: str
    team_id: str
    slack_user_id: str
    linked_at: datetime
    barred: str


def member_for_slack(workspace_id: str, enterprise_id: str, team_id: str, slack_user_id: str) -> Linked | None:
    """None where the account is not linked, or the person is no active member any more."""
    values = [workspace_id, enterprise_id, team_id, slack_user_id, settings.DEBUG]
    row = sql.one(sql.in_dialect(_BY_SLACK), values)
    return None if row is None else Linked(member_in(row), row["s_barred"], sql.moment(row["s_checked_at"]))


def slack_links(workspace_id: str, *, user_id: str = "") -> list[SlackLink]:
    """Of everybody, by name, or of one person; the first LISTED."""
    rows = SlackIdentity.everywhere.filter(workspace_id=workspace_id).select_related("user")
    if user_id:
        rows = rows.filter(user_id=user_id)
    page = rows.order_by("user__name", "id")[:LISTED]
    return [SlackLink(r.id, r.user_id, r.user.name, r.team_id, r.slack_user_id, r.linked_at, r.barred) for r in page]


def slack_accounts(workspace_id: str, team_id: str, user_ids: Sequence[str]) -> dict[str, str]:
    """The Slack account of each of these people that has one in this Slack workspace."""
    rows = SlackIdentity.everywhere.filter(workspace_id=workspace_id, team_id=team_id, user_id__in=user_ids, barred="")
    return dict(rows.values_list("user_id", "slack_user_id"))


def member_with_email(workspace_id: str, email: str) -> str:
    """The id of the active member with this address, or ""."""
    statement = f"select u.id {WHO} where m.workspace_id = %s and lower(u.email) = %s and u.is_active"
    row = sql.one(statement, [workspace_id, email.strip().lower()])
    return row["id"] if row else ""
