"""Listeners for what happens in Slack by itself, and for the slash command."""

from datetime import datetime
from typing import Any

from slack_bolt import Ack, BoltResponse

from accounts import services as accounts
from console.models import SlackTeam
from console.services import slack
from console.slack import presses, showing
from console.slack.clickers import SLACK, NotThem, Origin, clicker, standing
from console.slack.desks import desk
from console.slack.home import Desk
from console.slack.wording import cut, escaped, sentence, told

LISTED = 5
CHANGES: dict[str, dict[str, object]] = {
    "channel_archive": {"trouble": "is_archived"},
    "channel_unarchive": {"trouble": "", "trouble_at": None},
    "channel_shared": {"is_shared": True},
    # What it is now has to be asked: it may still be shared with somebody else.
    "channel_unshared": {"checked_at": None, "trouble": "", "trouble_at": None},
}


def happened(body: dict[str, Any], event: dict[str, Any]) -> None:
    """One event of a Slack workspace that is connected; of any other, nothing."""
    at = presses.now()
    team, inside = presses.within(body)
    if team is None:
        return
    with inside:
        _take(team, event, at)


def _take(team: SlackTeam, event: dict[str, Any], at: datetime) -> None:
    kind = str(event.get("type", ""))
    if kind == "app_home_opened" and event.get("tab", "home") == "home":
        slack.draw_home(at=at, team=team, slack_user_id=str(event.get("user", "")))
    elif kind == "app_uninstalled" or (kind == "tokens_revoked" and (event.get("tokens") or {}).get("bot")):
        slack.tokens_gone(actor=SLACK, at=at, team=team)
    elif kind == "user_change":
        user = event.get("user") or {}
        accounts.note_slack_standing(
            at=at,
            workspace_id=team.workspace_id,
            team_id=team.slack_id,
            slack_user_id=str(user.get("id", "")),
            barred=standing(user),
        )
    elif kind == "channel_rename":
        renamed = event.get("channel") or {}
        name = str(renamed.get("name", ""))[:100]
        slack.channel_changed(at=at, team=team, channel_id=str(renamed.get("id", "")), name=name)
    elif kind in CHANGES:
        columns = dict(CHANGES[kind])
        if columns.get("trouble"):
            columns["trouble_at"] = at
        slack.channel_changed(at=at, team=team, channel_id=str(event.get("channel", "")), **columns)


def approvals(ack: Ack, body: dict[str, Any]) -> BoltResponse:
    """`/approvals`: what waits for whoever typed it, told to them alone."""
    at = presses.now()
    team, inside = presses.within(body)
    if team is None:
        return ack("This Slack workspace is not connected.")
    with inside:
        try:
            who = clicker(team, Origin.read(body), at)
        except NotThem as refused:
            return ack(refused.told + (f" <{refused.link}|Link it>" if refused.link else ""))
        return ack(_listing(who.member.workspace_slug, desk(team, who.member, at)))


def _listing(slug: str, page: Desk) -> str:
    if not page.rows:
        return f"Nothing waits for you. <{showing.queue_link(slug)}|Open the console>"
    lines = []
    for row in page.rows[:LISTED]:
        title = sentence(row.view.effect_sentence) or f"Calls {told(row.view.tool)}"
        lines.append(f"• {row.view.risk} risk: {escaped(cut(title, 300))} <{showing.link(row.view)}|Open>")
    more = len(page.rows) - LISTED
    if more > 0 or page.has_more:
        lines.append(f"and more: <{showing.queue_link(slug)}|open the queue>")
    return "\n".join(lines)
