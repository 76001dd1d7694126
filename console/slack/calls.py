"""Calls in the threads of an action's cards, for whom a plan, a colleague or the auditor wants to hear of it."""

from datetime import datetime

from approvals.services import notifications
from approvals.services.notifications import FAILED, SENT, SKIPPED, Telling
from console.models import SlackCard
from console.slack import threads
from console.slack.client import Caller
from console.slack.errors import Busy, SlackTrouble
from console.slack.renewing import renewed
from outbox.types import Delivery

WAITS = 5
NO_CARD = "the action has no card in Slack"
NO_ACCOUNT = "no Slack account is linked"


def call(message: Delivery, at: datetime) -> None:
    """Keeps a promise of kind `action.escalated` or `agent.flooded` and settles it. Raises Busy."""
    ids = message.payload["notifications"]
    telling = notifications.owed_telling(message.workspace_id, ids, at)
    if telling is None:
        return
    cards = SlackCard.objects.filter(action_id=telling.action.id).select_related("channel__team").order_by("id")
    if cards.filter(ts="", channel__trouble="", channel__team__trouble="").exists() and message.attempts < WAITS:
        raise Busy("card_first", seconds=2)
    outcome, because = _called(list(cards.exclude(ts="")), telling, message.kind, at)
    notifications.settle(
        at=at,
        workspace_id=message.workspace_id,
        notification_ids=telling.notification_ids,
        outcome=outcome,
        because=because,
    )


def _called(cards: list[SlackCard], telling: Telling, kind: str, at: datetime) -> tuple[str, str]:
    if not cards:
        return SKIPPED, NO_CARD
    people = [reader.user_id for reader, _ in telling.people]
    key = f"call:{telling.notification_ids[0]}"
    called, trouble = False, ""
    for card in cards:
        caller = Caller(renewed(card.channel.team, at), at=at, is_pressed=True)
        try:
            called |= threads.mention(caller, card, people, key, _why(telling, kind), at)
        except Busy:
            raise
        except SlackTrouble as refused:
            # Said where people look for who was told; the auditor goes on from there.
            trouble = refused.word
    if called:
        return SENT, ""
    return (FAILED, trouble) if trouble else (SKIPPED, NO_ACCOUNT)


def _why(telling: Telling, kind: str) -> str:
    by = f" by {telling.by_name}" if telling.by_name else ""
    level = f" (level {telling.level} of its plan)" if telling.level else ""
    said = {
        "escalate": f"This was escalated to you{by}{level}.",
        "remind": f"You are reminded of this{by}{level}.",
        "reassign": f"This was handed to you{by}{level}.",
    }[telling.kind]
    if kind == notifications.FLOODED:
        said += f" {telling.action.agent_name} asks very often: {telling.waiting} of its actions wait."
    return f"{said} Because: {telling.reason}" if telling.reason else said
