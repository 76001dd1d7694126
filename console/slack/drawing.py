"""Brings one card to what its action is now: posts it, changes it, and adds to its thread what was said since."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from console.models import SlackCard, SlackChannel
from console.services import slack
from console.slack import buttons, cards, places, posting, showing, threads
from console.slack.cards import Message
from console.slack.client import Caller
from console.slack.errors import Busy, ChannelGone, MessageGone, TeamGone
from console.slack.renewing import renewed
from console.slack.turns import held

# No previews, no links and no mentions out of what others wrote.
QUIET = {"unfurl_links": False, "unfurl_media": False}


def draw(card_id: str, *, at: datetime, is_pressed: bool) -> None:
    """Does nothing where nothing is owed any more. What cannot go out while the channel or the whole app is gone stays
    stuck, without a promise: mending it makes a new one.

    Raises SlackTrouble for what may go through later, and for what is our fault.
    """
    card = SlackCard.objects.filter(pk=card_id).select_related("channel__team").first()
    if card is None:
        return
    with held(card, at):
        # Taken off before the action is read, so that whatever changes from here on owes a drawing of its own.
        SlackCard.objects.filter(pk=card.pk).update(is_owed=False)
        try:
            _bring(card, at, is_pressed=is_pressed)
        except (TeamGone, ChannelGone) as trouble:
            if not slack.stick(card=card):
                raise Busy(trouble.word, seconds=1) from trouble
        except Busy:
            SlackCard.objects.filter(pk=card.pk).update(is_owed=True)
            raise


def _bring(card: SlackCard, at: datetime, *, is_pressed: bool) -> None:
    card.refresh_from_db(fields=["ts", "drawn", "tried_at", "revision", "shown_at"])
    channel = card.channel
    if channel.team.removed_at:
        raise TeamGone("app_uninstalled")
    caller = Caller(renewed(channel.team, at), at=at, is_pressed=is_pressed)
    view = showing.find(card.workspace_id, card.action_id)
    shown = showing.shown(view)
    message = cards.card(shown, buttons.value(channel.team_id, view))
    if card.ts == "":
        _post(caller, card, message, at, is_over=not view.is_open)
    elif card.drawn != message.sha256:
        _update(caller, card, message, at, is_open=view.is_open)
    else:
        threads.blank(caller, card)
        return threads.add(caller, card, view, at)
    if card.ts:
        _keep(card, at, drawn=message.sha256, revision=view.revision)
        threads.blank(caller, card)
        threads.add(caller, card, view, at)
    return None


def _post(caller: Caller, card: SlackCard, message: Message, at: datetime, *, is_over: bool) -> None:
    """A card that was never up is not posted for an action that is over."""
    channel = card.channel
    if card.tried_at is not None:
        card.ts = posting.find_card(caller, channel, card.id, card.tried_at)
        if card.ts:
            _keep(card, at, ts=card.ts)
            _update(caller, card, message, at, is_open=not is_over)
            return
    if is_over:
        return
    places.refuse_shared(caller, channel, at)
    # The first try stands, for the search begins there.
    SlackCard.objects.filter(Q(tried_at=None), pk=card.pk).update(tried_at=at)
    answer = caller.call("chat.postMessage", _said(channel, message, card), channel)
    card.ts = str(answer.get("ts", ""))
    _keep(card, at, ts=card.ts)


def _update(caller: Caller, card: SlackCard, message: Message, at: datetime, *, is_open: bool) -> None:
    try:
        caller.call("chat.update", {**_said(card.channel, message, card), "ts": card.ts}, card.channel)
    except MessageGone:
        # Somebody deleted it. While it waits it is posted anew; afterwards nobody needs it.
        _keep(card, at, ts="", tried_at=None, drawn="")
        card.ts, card.tried_at = "", None
        if is_open:
            _post(caller, card, message, at, is_over=False)


def _said(channel: SlackChannel, message: Message, card: SlackCard) -> dict[str, Any]:
    return {
        "channel": channel.slack_id,
        "text": message.text,
        "blocks": message.blocks,
        "metadata": posting.metadata(posting.CARD, card.id),
        **QUIET,
    }


def _keep(card: SlackCard, at: datetime, *, revision: int = 0, **columns: object) -> None:
    """`shown_at` is when this revision came up first: from then on people can have read it."""
    if revision and card.revision != revision:
        columns |= {"revision": revision, "shown_at": at}
    SlackCard.objects.filter(pk=card.pk).update(**columns)


def send_test(channel_id: str, *, at: datetime) -> None:
    """A line that says that it works. Raises SlackTrouble."""
    channel = SlackChannel.objects.filter(pk=channel_id).select_related("team").first()
    if channel is None or channel.team.removed_at:
        return
    caller = Caller(renewed(channel.team, at), at=at, is_pressed=True)
    # Asked anew: whoever tests has just changed something.
    channel.checked_at = None
    places.refuse_shared(caller, channel, at)
    text = "Countersign can post here. Actions that wait for people will appear in this channel."
    caller.call("chat.postMessage", {"channel": channel.slack_id, "text": text, **QUIET}, channel)
