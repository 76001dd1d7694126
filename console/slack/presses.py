"""One press: who, on what, and the verb that it asks for. Everything that listeners share."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from approvals import queries, services
from approvals.answers import ActionView
from approvals.errors import AlreadyDecided, ApprovalError, StaleRevision
from audit.actor import Door
from console.models import SlackCard, SlackTeam
from console.services import slack
from console.slack import buttons, changes, showing
from console.slack.buttons import Forged
from console.slack.clickers import Clicker, NotThem, Origin, clicker, team_of
from console.slack.client import Caller
from console.slack.errors import SlackTrouble
from tenancy import scope

TESTED = "This was a test action; nothing could have run. The console says what there was to see."
FORGED = "This button was not drawn here, so nothing was changed. Open the console."
NOT_OPENED = "Slack did not open the form in time. Press again, or decide in the console."


@dataclass(frozen=True, slots=True)
class Press:
    """`value` is the button's, `revision` and `digest` what it stood under; `ts` names the message."""

    at: datetime
    who: Clicker
    view: ActionView
    value: str
    revision: int
    digest: bytes
    ts: str = ""

    @property
    def link(self) -> str:
        return showing.link(self.view)


class Told(Exception):
    """Nothing was done, and this is what to say to the person; `link` leads into the console."""

    def __init__(self, text: str, *, link: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.link = link


def read(team: SlackTeam, body: Mapping[str, Any], value: str, at: datetime) -> Press:
    """Who pressed which button of ours, inside the scope that the caller has entered. Raises Told."""
    origin = Origin.read(body)
    try:
        action_id, _, _ = buttons.parts(value)
        who = clicker(team, origin, at, action_id=action_id)
        view = showing.find(team.workspace_id, action_id)
        pressed = buttons.read(team.id, value, view)
    except NotThem as refused:
        raise Told(refused.told, link=refused.link) from refused
    except Forged as forged:
        slack.refused(at=at, team=team, slack_user_id=origin.user, why="forged")
        raise Told(FORGED) from forged
    except ApprovalError as error:
        raise Told(error.detail) from error
    message = body.get("message") or body.get("container") or {}
    ts = str(message.get("ts") or message.get("message_ts") or "") if isinstance(message, Mapping) else ""
    return Press(at, who, view, value, pressed.revision, pressed.digest, ts)


def at_channel(press: Press, channel: str, ts: str) -> Press:
    """The press as one on the message from which a modal was opened: the modal's own payload names no channel."""
    return replace(press, who=replace(press.who, channel=channel), ts=ts)


def attempt(act: Callable[[Press], Any], press: Press) -> Any:
    """What `act` returns. Raises Told with the reason why nothing was changed; the card is drawn anew where what stood
    there is no longer so.
    """
    try:
        return act(press)
    except (StaleRevision, AlreadyDecided) as error:
        slack.owe(at=press.at, kind="action.reviewed", view=press.view)
        is_old = press.revision != press.view.revision
        since = changes.since(press.view, press.revision) if is_old else []
        raise Told("\n".join([error.detail, *since]), link=press.link) from error
    except ApprovalError as error:
        raise Told(error.detail, link=press.link) from error


def refuse_stale(press: Press) -> None:
    """Before a form is opened on it."""
    if not press.view.is_open:
        raise AlreadyDecided(showing.how_it_ended(press.view))
    if press.revision != press.view.revision:
        raise StaleRevision(f"Revision {press.view.revision} is the newest. Nothing was changed; look at it afresh.")


def vote(press: Press, verdict: str, **said: Any) -> ActionView:
    """Counts the person's vote on what the card showed them. Raises the refusals of `services.review`."""
    _look(press)
    view = services.review(
        actor=press.who.actor,
        at=press.at,
        member=press.who.member,
        action_id=press.view.id,
        revision=press.revision,
        digest=press.digest,
        verdict=verdict,
        **said,
    )
    if queries.lesson(view, press.who.member.user_id):
        tell(press, TESTED)
    return view


def _look(press: Press) -> None:
    """They have had it before them since the card showed this revision."""
    cards = SlackCard.objects.filter(channel__team=press.who.team, action_id=press.view.id, revision=press.revision)
    shown_at = cards.filter(channel__slack_id=press.who.channel).values_list("shown_at", flat=True).first()
    if shown_at is not None and press.revision == press.view.revision:
        services.look(at=min(shown_at, press.at), member=press.who.member, view=press.view, door=Door.SLACK)


def tell(press: Press, text: str) -> None:
    who = press.who
    slack.tell(
        at=press.at, team=who.team, slack_user_id=who.slack_user_id, channel=who.channel, text=text, link=press.link
    )


def tell_back(body: Mapping[str, Any], told: Told, at: datetime) -> None:
    """To whoever pressed, where they pressed."""
    origin = Origin.read(body)
    team = team_of(origin)
    if team is not None and origin.user:
        slack.tell(at=at, team=team, slack_user_id=origin.user, channel=origin.channel, text=told.text, link=told.link)


def open_modal(press: Press, trigger_id: str, view: Mapping[str, Any]) -> None:
    """Raises Told: a trigger is good for three seconds only."""
    try:
        caller = Caller(press.who.team, at=press.at, is_click=True)
        caller.call("views.open", {"trigger_id": trigger_id, "view": view})
    except SlackTrouble as trouble:
        raise Told(NOT_OPENED, link=press.link) from trouble


def within(body: Mapping[str, Any]) -> tuple[SlackTeam | None, AbstractContextManager[None]]:
    """The installation that a payload belongs to, and the scope of its workspace to enter."""
    team = team_of(Origin.read(body))
    return team, scope.workspace(team.workspace_id if team else "")


def now() -> datetime:
    return timezone.now()
