"""A channel as Slack sees it now: above all, whether people of another company read it."""

from datetime import datetime, timedelta
from typing import Any

from console.models import SlackChannel
from console.services import slack
from console.slack.client import Caller
from console.slack.errors import ChannelGone

# What is known stays good for so long; Slack also tells of a change at once (see happenings.py).
FRESH = timedelta(minutes=5)


def refuse_shared(caller: Caller, channel: SlackChannel, at: datetime) -> None:
    """Raises ChannelGone("is_shared"), which the settings page then says, and any trouble of asking: what cannot be
    known is not assumed.
    """
    if channel.checked_at is None or at - channel.checked_at > FRESH:
        found = _info(caller, channel)
        channel.is_shared = bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared"))
        channel.name = str(found.get("name") or channel.name)[:100]
        channel.checked_at = at
        channel.save(update_fields=["is_shared", "name", "checked_at"])
    if channel.is_shared:
        slack.fails(at=at, team=caller.team, trouble="is_shared", channel=channel)
        raise ChannelGone("is_shared")


def _info(caller: Caller, channel: SlackChannel) -> dict[str, Any]:
    found = caller.call("conversations.info", {"channel": channel.slack_id}, channel).get("channel")
    return found if isinstance(found, dict) else {}
