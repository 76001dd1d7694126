"""How Slack stands with a workspace, for the settings page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts import queries as accounts_queries
from accounts.queries import SlackLink
from console.models import SlackCard, SlackChannel, SlackTeam
from console.models.slack import RouteKind
from console.slack.errors import advice

LISTED = 100


@dataclass(frozen=True, slots=True)
class RouteRow:
    id: str
    told: str


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """`trouble` says what to do, "" while all is well. `owed` is how many cards wait for it to be mended, at most
    LISTED.
    """

    id: str
    slack_id: str
    name: str
    routes: Sequence[RouteRow]
    trouble: str
    trouble_at: datetime | None
    well_at: datetime | None
    owed: int


@dataclass(frozen=True, slots=True)
class TeamRow:
    id: str
    slack_id: str
    name: str
    installed_at: datetime
    trouble: str
    trouble_at: datetime | None
    well_at: datetime | None
    links_by_email: bool
    channels: Sequence[ChannelRow]
    links: Sequence[SlackLink]


def teams(workspace_id: str) -> list[TeamRow]:
    """Those that are connected, with all that hangs on them, in a constant number of reads."""
    rows = list(SlackTeam.everywhere.filter(workspace_id=workspace_id, removed_at=None).order_by("id"))
    if not rows:
        return []
    channels = _channels(workspace_id)
    links = accounts_queries.slack_links(workspace_id)
    return [
        TeamRow(
            id=row.id,
            slack_id=row.slack_id,
            name=row.team_name or row.slack_id,
            installed_at=row.installed_at,
            trouble=advice(row.trouble),
            trouble_at=row.trouble_at,
            well_at=row.well_at,
            links_by_email=row.links_by_email,
            channels=channels.get(row.id, []),
            links=[link for link in links if link.team_id == row.slack_id],
        )
        for row in rows
    ]


def team_choices(workspace_id: str) -> list[tuple[str, str]]:
    """(Slack's id, name) of those that are connected."""
    rows = SlackTeam.everywhere.filter(workspace_id=workspace_id, removed_at=None).order_by("id")
    return [(row.slack_id, row.team_name or row.slack_id) for row in rows]


def _channels(workspace_id: str) -> dict[str, list[ChannelRow]]:
    rows = SlackChannel.everywhere.filter(workspace_id=workspace_id).prefetch_related("routes").order_by("name", "id")
    owed: dict[str, int] = {}
    waiting = SlackCard.everywhere.filter(workspace_id=workspace_id, is_owed=True).values_list("channel_id", flat=True)
    for channel_id in waiting[:LISTED]:
        owed[channel_id] = owed.get(channel_id, 0) + 1
    found: dict[str, list[ChannelRow]] = {}
    for row in rows[:LISTED]:
        routes = [RouteRow(one.id, _told(one.kind, one.value)) for one in row.routes.all()]
        if routes or row.trouble:
            found.setdefault(row.team_id, []).append(
                ChannelRow(
                    id=row.id,
                    slack_id=row.slack_id,
                    name=row.name,
                    routes=routes,
                    trouble=advice(row.trouble),
                    trouble_at=row.trouble_at,
                    well_at=row.well_at,
                    owed=owed.get(row.id, 0),
                )
            )
    return found


def _told(kind: str, value: str) -> str:
    return {"group": f"needs the group {value}", "tool": f"tool {value}"}.get(kind, str(RouteKind(kind).label))
