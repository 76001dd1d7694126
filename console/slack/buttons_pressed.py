"""Listeners for the buttons of a card and of the app's own page."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from slack_bolt import Ack, BoltResponse

from accounts import queries as accounts_queries
from accounts import services as accounts
from accounts.errors import AccountError
from approvals import queries, services
from console import fields
from console.services import slack
from console.slack import modals, presses, showing
from console.slack.clickers import Clicker, NotThem, Origin, clicker
from console.slack.home import DAYS
from console.slack.modals import Origin as Opened
from console.slack.presses import Press, Told

Listener = Callable[[Ack, dict[str, Any]], BoltResponse]
OLD = "This button is from an older version of the app. Nothing was changed; open the console."
TOO_LONG = "These arguments do not fit into Slack's form. Edit them in the console."


def on_card(act: Callable[[Press, Mapping[str, Any]], None]) -> Listener:
    """A listener that does this for whoever pressed, or tells them why not. The acknowledgement says nothing: what came
    of it is seen on the card.
    """

    # Not functools.wraps: Bolt looks through it, and would pass what `act` takes.
    def listen(ack: Ack, body: dict[str, Any]) -> BoltResponse:
        at = presses.now()
        team, inside = presses.within(body)
        if team is None:
            return ack()
        with inside:
            try:
                press = presses.read(team, body, _value(body), at)
                presses.attempt(lambda one: act(one, body), press)
            except Told as told:
                presses.tell_back(body, told, at)
        return ack()

    return listen


@on_card
def approve(press: Press, body: Mapping[str, Any]) -> None:
    """At once after Slack's own confirm dialog; where the policy has checks, through a modal that holds them."""
    _refuse_barred(press)
    if press.view.terms["checks"]:
        presses.open_modal(press, _trigger(body), modals.approve(showing.shown(press.view), _opened(press)))
        return
    presses.vote(press, "approve")


@on_card
def reject(press: Press, body: Mapping[str, Any]) -> None:
    presses.refuse_stale(press)
    presses.open_modal(press, _trigger(body), modals.reject(showing.shown(press.view), _opened(press)))


@on_card
def ask(press: Press, body: Mapping[str, Any]) -> None:
    presses.refuse_stale(press)
    presses.open_modal(press, _trigger(body), modals.ask(showing.shown(press.view), _opened(press)))


@on_card
def edit(press: Press, body: Mapping[str, Any]) -> None:
    _refuse_barred(press)
    spec = queries.tool_spec(press.view)
    drawn = fields.drawn(orjson.loads(press.view.args), spec.schema if spec else None)
    if not drawn or not modals.is_editable(drawn):
        raise Told(TOO_LONG, link=press.link)
    presses.open_modal(press, _trigger(body), modals.edit(showing.shown(press.view), drawn, _opened(press)))


@on_card
def undo(press: Press, _body: Mapping[str, Any]) -> None:
    services.undo(actor=press.who.actor, at=press.at, member=press.who.member, action_id=press.view.id)


@on_card
def claim(press: Press, _body: Mapping[str, Any]) -> None:
    services.claim(actor=press.who.actor, at=press.at, member=press.who.member, action_id=press.view.id)
    slack.draw_home(at=press.at, team=press.who.team, slack_user_id=press.who.slack_user_id)


@on_card
def release(press: Press, _body: Mapping[str, Any]) -> None:
    services.release(actor=press.who.actor, at=press.at, member=press.who.member, action_id=press.view.id)
    slack.draw_home(at=press.at, team=press.who.team, slack_user_id=press.who.slack_user_id)


def away(ack: Ack, body: dict[str, Any]) -> BoltResponse:
    """Until midnight UTC of the day that was chosen."""
    days = str(((body.get("actions") or [{}])[0].get("selected_option") or {}).get("value", ""))
    return _presence(ack, body, int(days) if days in DAYS else 1)


def back(ack: Ack, body: dict[str, Any]) -> BoltResponse:
    return _presence(ack, body, 0)


def details(ack: Ack) -> BoltResponse:
    """The button is a link; Slack tells of the press all the same."""
    return ack()


def unknown(ack: Ack, body: dict[str, Any]) -> BoltResponse:
    presses.tell_back(body, Told(OLD), presses.now())
    return ack()


def _presence(ack: Ack, body: dict[str, Any], days: int) -> BoltResponse:
    at = presses.now()
    team, inside = presses.within(body)
    if team is None:
        return ack()
    with inside:
        try:
            who = clicker(team, Origin.read(body), at)
            if days:
                _be_away(who, at, days)
            else:
                _be_back(who, at)
            slack.draw_home(at=at, team=team, slack_user_id=who.slack_user_id)
        except NotThem as refused:
            presses.tell_back(body, Told(refused.told, link=refused.link), at)
        except AccountError as error:
            presses.tell_back(body, Told(error.detail), at)
    return ack()


def _be_away(who: Clicker, at: datetime, days: int) -> None:
    accounts.enter_absence(
        actor=who.actor,
        at=at,
        workspace_id=who.member.workspace_id,
        user_id=who.member.user_id,
        begins_at=at,
        ends_at=(at + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0),
    )


def _be_back(who: Clicker, at: datetime) -> None:
    member = who.member
    for row in accounts_queries.absences(member.workspace_id, at, user_id=member.user_id):
        if row.is_now:
            accounts.cancel_absence(
                actor=who.actor,
                at=at,
                workspace_id=member.workspace_id,
                user_id=member.user_id,
                absence_id=row.id,
            )


def _refuse_barred(press: Press) -> None:
    """Raises what keeps anybody from approving it here."""
    presses.refuse_stale(press)
    barred = showing.barred(press.view)
    if barred:
        raise Told(barred, link=press.link)


def _opened(press: Press) -> Opened:
    return Opened(press.value, press.who.channel, press.ts)


def _trigger(body: Mapping[str, Any]) -> str:
    return str(body.get("trigger_id", ""))


def _value(body: Mapping[str, Any]) -> str:
    pressed = (body.get("actions") or [{}])[0]
    return str(pressed.get("value", "")) if isinstance(pressed, Mapping) else ""
