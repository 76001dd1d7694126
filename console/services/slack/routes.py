"""route and unroute: which channel gets the cards of which actions."""

import re
from datetime import datetime

from accounts import queries as accounts_queries
from accounts.errors import Conflict, Invalid, NotFound
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import record
from console.models import SlackChannel, SlackRoute, SlackTeam
from console.models.slack import RouteKind
from tenancy import ids, scope

MOST = 100
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,30}")
_PATTERN = re.compile(r"[A-Za-z0-9_.:*/-]{1,200}")


def route(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    team_id: str,
    channel_id: str,
    channel_name: str = "",
    kind: str = "all",
    value: str = "",
) -> str:
    """From now on the channel gets these actions; the id of the route. `team_id` is Slack's, `value` a group's handle
    or a pattern of tools.

    Raises NotFound (team), Invalid (channel, kind, value) and Conflict (it is there, or there are too many).
    """
    with scope.acting(workspace_id):
        team = SlackTeam.objects.filter(slack_id=team_id, removed_at=None).first()
        if team is None:
            raise NotFound("This Slack workspace is not connected. Install the app first.")
        if _CHANNEL.fullmatch(channel_id) is None:
            raise Invalid(
                "Give the channel's id, such as C0123456789: Slack shows it in the channel's details.", field="channel"
            )
        kept = _value(workspace_id, kind, value)
        if SlackRoute.objects.count() >= MOST:
            raise Conflict(f"There are {MOST} routes already. Remove one first.")
        channel, _ = SlackChannel.objects.get_or_create(
            team=team,
            slack_id=channel_id,
            defaults={"id": ids.new("slh", at), "workspace_id": workspace_id, "name": channel_name[:100]},
        )
        new = {"id": ids.new("slr", at), "workspace_id": workspace_id, "created_at": at}
        made, is_new = SlackRoute.objects.get_or_create(channel=channel, kind=kind, value=kept, defaults=new)
        if not is_new:
            raise Conflict("This channel gets these already.")
        _fact(EventKind.SLACK_ROUTED, actor, at, made, channel)
    return made.id


def unroute(*, actor: Actor, at: datetime, workspace_id: str, route_id: str) -> None:
    """New actions go there no more; cards that stand there are kept up. Raises NotFound."""
    with scope.acting(workspace_id):
        row = SlackRoute.objects.filter(pk=route_id).select_related("channel").first()
        if row is None:
            raise NotFound("There is no such route here.")
        _fact(EventKind.SLACK_UNROUTED, actor, at, row, row.channel)
        row.delete()


def _value(workspace_id: str, kind: str, value: str) -> str:
    if kind not in RouteKind.values:
        raise Invalid(f"Choose one of {', '.join(RouteKind.values)}.", field="kind")
    if kind == RouteKind.ALL:
        return ""
    if kind == RouteKind.GROUP and value not in accounts_queries.group_handles(workspace_id):
        raise Invalid("Give the handle of a group of this workspace.", field="value")
    if kind == RouteKind.TOOL and _PATTERN.fullmatch(value) is None:
        raise Invalid("Give the name of a tool, or a pattern such as billing.*.", field="value")
    return value


def _fact(kind: EventKind, actor: Actor, at: datetime, row: SlackRoute, channel: SlackChannel) -> None:
    record(
        kind=kind,
        workspace_id=row.workspace_id,
        actor=actor,
        at=at,
        subject=("slack_route", row.id),
        data={"channel": channel.slack_id, "kind": row.kind, "value": row.value},
    )
