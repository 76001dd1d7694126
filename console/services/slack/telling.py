"""Promises of what goes to one person, or to one place, in Slack."""

from datetime import datetime
from typing import Any

from accounts.errors import NotFound
from audit.actor import Actor
from console.models import SlackChannel, SlackTeam
from console.services.slack.owing import SINK
from outbox.post import post
from tenancy import scope

TOLD, HOME, TEST = "slack.told", "slack.home", "slack.test"


def tell(*, at: datetime, team: SlackTeam, slack_user_id: str, channel: str, text: str, link: str = "") -> None:
    """A line that only this person sees in the channel; without a channel, in their own conversation with the app.

    `link` is an address of ours that is put behind it.
    """
    told = {"team": team.id, "user": slack_user_id, "channel": channel, "text": text, "link": link}
    _post(TOLD, team.workspace_id, slack_user_id, told, at)


def draw_home(*, at: datetime, team: SlackTeam, slack_user_id: str) -> None:
    """Draws the person's own page in the app."""
    _post(HOME, team.workspace_id, slack_user_id, {"team": team.id, "user": slack_user_id}, at)


def send_test(*, actor: Actor, at: datetime, workspace_id: str, channel: str) -> None:
    """A line to a channel of ours (`slh_…`), to see whether it arrives. Raises NotFound."""
    with scope.workspace(workspace_id):
        row = SlackChannel.objects.filter(pk=channel, team__removed_at=None).first()
    if row is None:
        raise NotFound("There is no such channel here.")
    _post(TEST, workspace_id, row.id, {"channel": row.id, "by": actor.id}, at)


def _post(kind: str, workspace_id: str, subject: str, payload: dict[str, Any], at: datetime) -> None:
    with scope.acting(workspace_id):
        post(sink=SINK, kind=kind, workspace_id=workspace_id, subject=subject, payload=payload, at=at)
