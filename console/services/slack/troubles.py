"""What is wrong with Slack right now, for the settings page; the next success heals it and sends what was held back."""

from datetime import datetime, timedelta

from console.models import SlackChannel, SlackTeam
from console.services.slack.owing import owe_again
from tenancy import scope

# A page that says "worked 12 minutes ago" needs no write a second.
FRESH = timedelta(minutes=5)


def fails(*, at: datetime, team: SlackTeam, trouble: str, channel: SlackChannel | None = None) -> None:
    """Keeps Slack's word for it, at the channel where it is about one, else at the whole Slack workspace."""
    if channel is not None:
        SlackChannel.everywhere.filter(pk=channel.pk).update(trouble=trouble[:80], trouble_at=at)
    else:
        SlackTeam.everywhere.filter(pk=team.pk).update(trouble=trouble[:80], trouble_at=at)


def well(*, at: datetime, team: SlackTeam) -> None:
    """A call succeeded."""
    rows = SlackTeam.everywhere.filter(pk=team.pk)
    if team.trouble:
        with scope.acting(team.workspace_id):
            if rows.exclude(trouble="").update(trouble="", trouble_at=None, well_at=at):
                owe_again(at=at, team=team)
        team.trouble = ""
    elif team.well_at is None or at - team.well_at > FRESH:
        rows.update(well_at=at)
    team.well_at = at


def channel_well(*, at: datetime, channel: SlackChannel) -> None:
    """Something arrived in the channel."""
    rows = SlackChannel.everywhere.filter(pk=channel.pk)
    if channel.trouble:
        with scope.acting(channel.workspace_id):
            if rows.exclude(trouble="").update(trouble="", trouble_at=None, well_at=at):
                owe_again(at=at, team=channel.team, channel=channel)
        channel.trouble = ""
    elif channel.well_at is None or at - channel.well_at > FRESH:
        rows.update(well_at=at)
    channel.well_at = at


def channel_changed(*, at: datetime, team: SlackTeam, channel_id: str, **columns: object) -> None:
    """Slack says that a channel was renamed, archived, opened again, or shared with others."""
    with scope.acting(team.workspace_id):
        rows = SlackChannel.objects.filter(team=team, slack_id=channel_id)
        rows.update(**columns)
        channel = rows.first()
        if channel is not None and not channel.trouble:
            owe_again(at=at, team=team, channel=channel)
