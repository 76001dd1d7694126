"""The outbox sink `slack`. It never waits: what has to come later is put off for as long as Slack or our pace asks."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from approvals.services import notifications
from console.models import SlackTeam
from console.services.slack import owing, telling
from console.slack import calls, drawing
from console.slack.client import Caller
from console.slack.desks import draw_home
from console.slack.errors import Busy, ChannelGone, Refused, SlackTrouble, TeamGone
from console.slack.renewing import renewed
from console.slack.wording import cut, escaped
from outbox.types import Delivery, PermanentFailure, TransientFailure


def send(message: Delivery) -> None:
    """Raises PermanentFailure (unknown kind, or Slack does not take what we drew) and TransientFailure."""
    deliver = KINDS.get(message.kind)
    if deliver is None:
        raise PermanentFailure(f"Slack is told nothing of {message.kind}.")
    try:
        deliver(message, timezone.now())
    except Busy as trouble:
        after = timedelta(seconds=trouble.seconds) if trouble.seconds is not None else None
        raise TransientFailure(f"Slack: {trouble}.", after=after) from trouble
    except Refused as trouble:
        raise PermanentFailure(f"Slack does not take it: {trouble}.") from trouble
    except SlackTrouble as trouble:
        # The settings page says it, and the next success sends what still counts then.
        raise PermanentFailure(f"Slack: {trouble}.") from trouble


def _card(message: Delivery, at: datetime) -> None:
    drawing.draw(message.payload["card"], at=at, is_pressed=bool(message.payload["pressed"]))


def _told(message: Delivery, at: datetime) -> None:
    """A line to one person. One that finds its channel gone is for nobody any more."""
    said = message.payload
    team = _team(said["team"])
    if team is None:
        return
    link = f" <{said['link']}|Open>" if said["link"] else ""
    text = escaped(cut(said["text"], 2500)) + link
    caller = Caller(renewed(team, at), at=at, is_pressed=True)
    try:
        if said["channel"]:
            to = {"channel": said["channel"], "user": said["user"], "text": text}
            caller.call("chat.postEphemeral", to)
        else:
            caller.call("chat.postMessage", {"channel": said["user"], "text": text, **drawing.QUIET})
    except (ChannelGone, TeamGone):
        return


def _home(message: Delivery, at: datetime) -> None:
    team = _team(message.payload["team"])
    if team is not None:
        draw_home(Caller(renewed(team, at), at=at, is_pressed=True), message.payload["user"], at)


def _test(message: Delivery, at: datetime) -> None:
    drawing.send_test(message.payload["channel"], at=at)


def _team(team_id: str) -> SlackTeam | None:
    return SlackTeam.objects.filter(pk=team_id, removed_at=None).first()


KINDS: dict[str, Callable[[Delivery, datetime], None]] = {
    owing.CARD: _card,
    telling.TOLD: _told,
    telling.HOME: _home,
    telling.TEST: _test,
    notifications.ESCALATED: calls.call,
    notifications.FLOODED: calls.call,
}
