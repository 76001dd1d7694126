"""Who pressed a button? The account (enterprise, team, user) that an admin's Slack vouches for, linked to a person.

A name in Slack proves nothing, and neither does belonging to the channel: each click is asked for its ids, whether the
account is a full member now, and what the person may do now. Whatever cannot be found out is a no.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts import queries as accounts_queries
from accounts import services as accounts
from accounts.queries import Linked, Member
from audit.actor import Actor, Door, Kind
from console.models import SlackChannel, SlackTeam
from console.services import slack
from console.slack import places
from console.slack.client import Caller
from console.slack.errors import ChannelGone, SlackTrouble

SALT = "console.slack.link"
# What Slack says of an account stays good for so long; a change is also told at once (user_change).
FRESH = timedelta(minutes=5)
SLACK = Actor(Kind.SYSTEM, "slack", "Slack", Door.SLACK)
GUEST = "Guests of a Slack workspace cannot decide. Ask somebody of your company who can."
TOLD = {
    "stranger": "You belong to another company's Slack, so you cannot decide here.",
    "guest": GUEST,
    "gone": "Slack says that this account is closed, so it cannot decide.",
    "shared": "This channel is shared with another company, so nothing is decided in it. Open the console.",
    "unlinked": "Your Slack account is not linked to a person in Countersign, so nothing was changed. Link it,"
    " then press again:",
    "unknown": "Slack did not say in time who you are, so nothing was changed. Press again.",
}


@dataclass(frozen=True, slots=True)
class Clicker:
    team: SlackTeam
    slack_user_id: str
    channel: str
    member: Member

    @property
    def actor(self) -> Actor:
        return self.member.actor(Door.SLACK, f"slack:{self.team.slack_id}/{self.slack_user_id}")


class NotThem(Exception):
    """Whoever pressed may not: `why` is a word, `told` what to say to them, `link` an address of ours."""

    def __init__(self, why: str, *, link: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.told = TOLD[why]
        self.link = link


@dataclass(frozen=True, slots=True)
class Origin:
    """What a payload says of where it came from."""

    team: str
    enterprise: str
    user: str
    user_team: str
    channel: str

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Origin":
        """Of a click, a sent modal, a command or an event."""
        user, team = _tree(body.get("user")), _tree(body.get("team"))
        event, channel = _tree(body.get("event")), _tree(body.get("channel"))
        team_id = str(team.get("id") or body.get("team_id") or "")
        enterprise = _tree(body.get("enterprise")).get("id") or body.get("enterprise_id")
        return cls(
            team=team_id,
            enterprise=str(enterprise or ""),
            user=str(user.get("id") or body.get("user_id") or event.get("user") or ""),
            user_team=str(user.get("team_id") or team_id),
            channel=str(channel.get("id") or body.get("channel_id") or ""),
        )


def team_of(origin: Origin) -> SlackTeam | None:
    """The installation that a request belongs to."""
    return installed(origin.team, origin.enterprise)


def installed(team: str, enterprise: str) -> SlackTeam | None:
    """By Slack's ids. No workspace of ours is entered yet, so it is looked for everywhere."""
    rows = SlackTeam.everywhere.filter(slack_id=team, removed_at=None)
    return rows.filter(enterprise_id__in={enterprise, ""}).order_by("-enterprise_id").first()


def clicker(team: SlackTeam, origin: Origin, at: datetime, *, action_id: str = "") -> Clicker:
    """The person, with the rights of this moment. Raises NotThem, after a fact was left."""
    try:
        return _clicker(team, origin, at)
    except NotThem as refused:
        slack.refused(at=at, team=team, slack_user_id=origin.user, why=refused.why, action_id=action_id)
        raise


def _clicker(team: SlackTeam, origin: Origin, at: datetime) -> Clicker:
    if origin.team != team.slack_id or origin.user_team != team.slack_id:
        raise NotThem("stranger")
    caller = Caller(team, at=at, is_click=True)
    linked = accounts_queries.member_for_slack(team.workspace_id, team.enterprise_id, team.slack_id, origin.user)
    if linked is None and team.links_by_email:
        linked = _linked_by_email(caller, origin, at)
    if linked is None:
        raise NotThem("unlinked", link=link_address(team, origin.user))
    barred = _barred(caller, linked, origin, at)
    if barred:
        raise NotThem(barred)
    _refuse_shared(caller, origin, at)
    return Clicker(team, origin.user, origin.channel, linked.member)


def _barred(caller: Caller, linked: Linked, origin: Origin, at: datetime) -> str:
    if linked.checked_at is not None and at - linked.checked_at < FRESH:
        return linked.barred
    barred = standing(_account(caller, origin))
    accounts.note_slack_standing(
        at=at,
        workspace_id=caller.team.workspace_id,
        team_id=caller.team.slack_id,
        slack_user_id=origin.user,
        barred=barred,
    )
    return barred


def standing(account: Mapping[str, Any]) -> str:
    """Why an account may not act, by Slack's own description of it; "" for a full member."""
    if account.get("deleted"):
        return "gone"
    if account.get("is_stranger"):
        return "stranger"
    guest = ("is_restricted", "is_ultra_restricted", "is_bot", "is_invited_user", "is_workflow_bot")
    return "guest" if any(account.get(name) for name in guest) else ""


def _account(caller: Caller, origin: Origin) -> Mapping[str, Any]:
    try:
        found = caller.call("users.info", {"user": origin.user}).get("user")
    except SlackTrouble as trouble:
        raise NotThem("unknown") from trouble
    if not isinstance(found, dict) or found.get("id") != origin.user:
        raise NotThem("unknown")
    return found


def _linked_by_email(caller: Caller, origin: Origin, at: datetime) -> Linked | None:
    """Where an admin has switched it on: a full member whose address in Slack is a member's here."""
    account = _account(caller, origin)
    email = str(_tree(account.get("profile")).get("email") or "")
    team = caller.team
    user_id = accounts_queries.member_with_email(team.workspace_id, email) if email else ""
    if not user_id or standing(account) or account.get("is_email_confirmed") is False:
        return None
    accounts.link_slack(
        actor=SLACK,
        at=at,
        workspace_id=team.workspace_id,
        user_id=user_id,
        team_id=team.slack_id,
        slack_user_id=origin.user,
        enterprise_id=team.enterprise_id,
    )
    return accounts_queries.member_for_slack(team.workspace_id, team.enterprise_id, team.slack_id, origin.user)


def _refuse_shared(caller: Caller, origin: Origin, at: datetime) -> None:
    if not origin.channel or origin.channel.startswith("D"):
        return
    channel = SlackChannel.objects.filter(team=caller.team, slack_id=origin.channel).first()
    if channel is None:
        return
    try:
        places.refuse_shared(caller, channel, at)
    except ChannelGone as trouble:
        raise NotThem("shared" if trouble.word == "is_shared" else "unknown") from trouble
    except SlackTrouble as trouble:
        raise NotThem("unknown") from trouble


def link_address(team: SlackTeam, slack_user_id: str) -> str:
    """A page of ours where a logged-in person says that this Slack account is theirs; good for an hour."""
    state = signing.dumps({"team": team.id, "user": slack_user_id}, salt=SALT, compress=False)
    return f"{settings.BASE_URL}{reverse('slack-link')}?{urlencode({'state': state})}"


def _tree(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
