"""Which cards stand no longer as they should. Each owes one drawing at a time, however often its action changes."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from fnmatch import fnmatchcase

from django.conf import settings
from django.db.models import Q, Value
from django.db.models.functions import Concat

from approvals.answers import ActionView
from console.models import SlackCard, SlackChannel, SlackNote, SlackRoute, SlackTeam
from console.models.slack import RouteKind
from outbox.post import post
from tenancy import ids, scope

SINK, CARD = "slack", "slack.card"
OPENS = "action.submitted"
# What the key of a reply begins with once its words have to go, and when they are gone.
ERASES, ERASE, ERASED = "action.erased", "erase:", "erased:"
# A card does not show these.
UNSEEN = ("claim.", "presence.")
# What somebody has just pressed: drawn before what an agent or the clock brought.
PRESSED = frozenset({"action.reviewed", "action.decided", "action.revised", "action.asked", "review.undone"})


def is_on() -> bool:
    """Whether this instance has a Slack app."""
    return bool(settings.SLACK_SIGNING_SECRET or settings.SLACK_APP_TOKEN)


def owe(*, at: datetime, kind: str, view: ActionView) -> None:
    """An action was changed (`kind`): its cards are to be drawn anew, and a new action that waits gets its cards."""
    if not is_on() or kind.startswith(UNSEEN):
        return
    opens = kind == OPENS and view.is_open
    if not opens and kind != ERASES and not SlackCard.everywhere.filter(action_id=view.id, is_owed=False).exists():
        return
    with scope.acting(view.workspace_id):
        if kind == ERASES:
            _mark_replies(view)
        if opens:
            _open(at, view)
        cards = list(SlackCard.objects.filter(action_id=view.id, is_owed=False).order_by("id"))
        _promise(at, cards, is_pressed=kind in PRESSED)


def owe_again(*, at: datetime, team: SlackTeam, channel: SlackChannel | None = None) -> None:
    """Cards that were stuck while something was wrong are promised anew, inside the caller's transaction."""
    cards = SlackCard.objects.filter(channel__team=team, is_stuck=True)
    if channel is not None:
        cards = cards.filter(channel=channel)
    for card in cards.order_by("id"):
        if SlackCard.objects.filter(pk=card.pk, is_stuck=True).update(is_stuck=False):
            _post(at, card, is_pressed=False)


def stick(*, card: SlackCard) -> bool:
    """The card waits until its channel, or the whole app, is mended. False where that has happened meanwhile."""
    rows = SlackCard.objects.filter(pk=card.pk)
    rows.update(is_owed=True, is_stuck=True)
    broken = ~Q(channel__trouble="") | ~Q(channel__team__trouble="") | Q(channel__team__removed_at__isnull=False)
    if rows.filter(broken).exists():
        return True
    # Whoever mends clears the trouble first and looks for stuck cards then: this one was too late for that look.
    return not rows.filter(is_stuck=True).update(is_stuck=False)


def _open(at: datetime, view: ActionView) -> None:
    for channel in _channels(view):
        made = SlackCard(
            id=ids.new("slc", at), workspace_id=view.workspace_id, channel=channel, action_id=view.id, created_at=at
        )
        if not SlackCard.objects.filter(channel=channel, action_id=view.id).exists():
            SlackCard.objects.bulk_create([made], ignore_conflicts=True)


def _mark_replies(view: ActionView) -> None:
    """What people and the agent said stands in the threads too."""
    notes = SlackNote.objects.filter(card__action_id=view.id).exclude(key__startswith=ERASE)
    notes.exclude(key__startswith=ERASED).update(key=Concat(Value(ERASE), "key"))


def _channels(view: ActionView) -> Iterable[SlackChannel]:
    routes = SlackRoute.objects.filter(channel__team__removed_at=None).select_related("channel").order_by("id")
    return {row.channel_id: row.channel for row in _fitting(routes, view)}.values()


def _fitting(routes: Iterable[SlackRoute], view: ActionView) -> Iterator[SlackRoute]:
    groups = {need["group"] for need in view.terms["needs"]}
    for row in routes:
        fits = {
            RouteKind.ALL.value: True,
            RouteKind.GROUP.value: row.value in groups,
            RouteKind.TOOL.value: fnmatchcase(view.tool, row.value),
        }
        if fits[row.kind]:
            yield row


def _promise(at: datetime, cards: Iterable[SlackCard], *, is_pressed: bool) -> None:
    for card in cards:
        if SlackCard.objects.filter(pk=card.pk, is_owed=False).update(is_owed=True):
            _post(at, card, is_pressed=is_pressed)


def _post(at: datetime, card: SlackCard, *, is_pressed: bool) -> None:
    post(
        sink=SINK,
        kind=CARD,
        workspace_id=card.workspace_id,
        subject=card.id,
        payload={"card": card.id, "pressed": is_pressed},
        at=at,
    )
