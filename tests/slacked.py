"""Puts the people of a Slack into a workspace: the app installed, channels routed, accounts linked."""

import pickle
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from accounts import queries as accounts_queries
from accounts import services as accounts
from accounts.errors import Conflict
from audit.actor import OPERATOR
from console.services import slack
from tests.slack_server.town import Town
from tests.slack_server.world import Install, Team

LINKED = ("ada", "ben", "vera", "dana", "eve")


def install(workspace_id: str, at: datetime, team: Team, bot: Install) -> str:
    """The id of the connected Slack workspace."""
    return slack.install(
        actor=OPERATOR,
        at=at,
        workspace_id=workspace_id,
        team_id=team.id,
        team_name=team.name,
        enterprise_id=team.enterprise_id or "",
        bot_token=bot.bot_token,
        bot_user_id=bot.bot_user_id,
        bot_id=bot.bot_id,
        scopes=",".join(bot.scopes),
    )


def join(
    workspace_id: str,
    people: Mapping[str, str],
    at: datetime,
    town: Town,
    channels: Iterable[str] = ("approvals", "payments"),
    linked: Iterable[str] = LINKED,
) -> str:
    """acme's Slack and the workspace of these people (`usr_…` by name); each channel gets every action."""
    connected = install(workspace_id, at, town.acme, town.bot)
    for name in channels:
        channel = town.channels[name]
        with suppress(Conflict):
            slack.route(
                actor=OPERATOR,
                at=at,
                workspace_id=workspace_id,
                team_id=town.acme.id,
                channel_id=channel.id,
                channel_name=channel.name,
            )
    for name in linked:
        link(workspace_id, people[name], at, town, name)
    return connected


def link(workspace_id: str, user_id: str, at: datetime, town: Town, name: str) -> None:
    """The account of that name acts as this member."""
    accounts.link_slack(
        actor=OPERATOR,
        at=at,
        workspace_id=workspace_id,
        user_id=user_id,
        team_id=town.acme.id,
        slack_user_id=town[name].id,
        enterprise_id=town.acme.enterprise_id or "",
    )


def join_demo() -> None:
    """The demo's workspace, in a process of its own; the town comes over standard input."""
    town: Town = pickle.load(sys.stdin.buffer)
    for slug, team, bot in (("demo", town.acme, town.bot), ("other", town.other, town.other_bot)):
        workspace_id = accounts_queries.workspace_id_for(slug)
        if workspace_id is None:
            raise LookupError(f"There is no workspace {slug}.")
        at = datetime.now(UTC)
        if team is town.acme:
            found = accounts_queries.people(workspace_id)
            join(workspace_id, {row.name.lower(): row.user_id for row in found}, at, town)
        else:
            install(workspace_id, at, team, bot)
