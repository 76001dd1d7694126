"""Token rotation: a token of twelve hours is exchanged two hours early, by one worker at a time."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from console.models import SlackTeam
from console.services import slack
from console.slack.client import DELIVERY_SECONDS, send
from console.slack.errors import Busy, SlackTrouble, TeamGone
from tenancy.sealing import unseal

EARLY = timedelta(hours=2)
LEASE = timedelta(seconds=20)


def renewed(team: SlackTeam, at: datetime) -> SlackTeam:
    """The team with a token that lasts. Whoever loses the race for the lease goes on with the old token while it lasts.

    Raises SlackTrouble.
    """
    if team.token_expires_at is None or at < team.token_expires_at - EARLY:
        return team
    free = Q(renewing_until=None) | Q(renewing_until__lte=at)
    row = SlackTeam.everywhere.filter(free, pk=team.pk, token_expires_at=team.token_expires_at)
    if not row.update(renewing_until=at + LEASE):
        fresh = SlackTeam.everywhere.get(pk=team.pk)
        if fresh.token_expires_at is None or at < fresh.token_expires_at:
            return fresh
        raise Busy("renewing", seconds=2)
    try:
        _exchange(team, at)
    except SlackTrouble as trouble:
        SlackTeam.everywhere.filter(pk=team.pk).update(renewing_until=None)
        if isinstance(trouble, TeamGone) or at >= team.token_expires_at:
            slack.fails(at=at, team=team, trouble=trouble.word)
            raise
    return team


def _exchange(team: SlackTeam, at: datetime) -> None:
    said = {
        "client_id": settings.SLACK_CLIENT_ID,
        "client_secret": settings.SLACK_CLIENT_SECRET,
        "grant_type": "refresh_token",
        "refresh_token": unseal(team.refresh_token, team.id),
    }
    answer = send("", "oauth.v2.access", said, DELIVERY_SECONDS)
    lasts = timedelta(seconds=int(answer.get("expires_in") or 12 * 3600))
    slack.renew(
        team=team,
        bot_token=str(answer["access_token"]),
        refresh_token=str(answer["refresh_token"]),
        expires_at=at + lasts,
    )
