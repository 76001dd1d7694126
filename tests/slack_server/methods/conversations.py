"""conversations.*: what channels there are, what was said in them."""

import base64
from collections.abc import Sequence
from typing import TypeVar

from tests.slack_server.methods import messages
from tests.slack_server.methods.registry import method
from tests.slack_server.wire import Call, Refused
from tests.slack_server.world import Channel, Install, Json, Message, World

PAGE = 100
T = TypeVar("T")


@method("conversations.info", "channels:read", "groups:read", "im:read")
def info(world: World, call: Call, caller: Install) -> Json:
    return {"channel": shown(channel_seen(world, call, caller), caller)}


@method("conversations.list", "channels:read", "groups:read", "im:read")
def every(world: World, call: Call, caller: Install) -> Json:
    types = call.text("types", "public_channel").split(",")
    found = [
        shown(channel, caller)
        for channel in world.channels.values()
        if _visible(channel, caller)
        and _kind(channel) in types
        and not (call.flag("exclude_archived") and channel.is_archived)
    ]
    page, cursor = _page(found, call)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


@method("conversations.join", "channels:join")
def join(world: World, call: Call, caller: Install) -> Json:
    channel = channel_seen(world, call, caller)
    if channel.is_private or channel.is_im:
        raise Refused("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refused("is_archived")
    already = caller.bot_user_id in channel.members
    channel.members.add(caller.bot_user_id)
    world.touch()
    warned = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return {"channel": shown(channel, caller), **(warned if already else {})}


@method("conversations.open", "im:write")
def open_direct(world: World, call: Call, caller: Install) -> Json:
    user_id = call.needed("users")
    person = world.people.get(user_id)
    if person is None or person.team_id != caller.team_id:
        raise Refused("user_not_found")
    return {"channel": {"id": world.direct(caller.team_id, user_id).id}}


@method("conversations.members", "channels:read", "groups:read", "im:read")
def members(world: World, call: Call, caller: Install) -> Json:
    page, cursor = _page(sorted(channel_seen(world, call, caller).members), call)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


@method("conversations.history", "channels:history", "groups:history", "im:history")
def history(world: World, call: Call, caller: Install) -> Json:
    """Newest first, replies left out."""
    channel = _readable(world, call, caller)
    found = [m for m in reversed(list(world.history(channel.id))) if not m.thread_ts and _within(m, call)]
    return _told(world, call, found)


@method("conversations.replies", "channels:history", "groups:history", "im:history")
def replies(world: World, call: Call, caller: Install) -> Json:
    """The message and its thread, oldest first."""
    channel = _readable(world, call, caller)
    root = world.message(channel.id, call.needed("ts", "thread_not_found"))
    if root is None:
        raise Refused("thread_not_found")
    found = [m for m in world.history(channel.id) if root.ts in {m.ts, m.thread_ts} and (m is root or _within(m, call))]
    return _told(world, call, found)


def channel_seen(world: World, call: Call, caller: Install) -> Channel:
    """A person's id stands for the conversation with them. Raises Refused (channel_not_found)."""
    name = call.needed("channel", "channel_not_found")
    if name in world.people and world.people[name].team_id == caller.team_id:
        return world.direct(caller.team_id, name)
    channel = world.channels.get(name)
    if channel is None or not _visible(channel, caller):
        raise Refused("channel_not_found")
    return channel


def shown(channel: Channel, caller: Install) -> Json:
    if channel.is_im:
        return {"id": channel.id, "is_im": True, "is_archived": False, "user": channel.with_person}
    shared = bool(channel.connected)
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": False,
        "is_shared": shared,
        "is_ext_shared": shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "is_member": caller.bot_user_id in channel.members,
        "context_team_id": channel.team_id,
        "shared_team_ids": [channel.team_id, *sorted(channel.connected)],
        "connected_team_ids": sorted(channel.connected),
        "num_members": len(channel.members),
    }


def _readable(world: World, call: Call, caller: Install) -> Channel:
    channel = channel_seen(world, call, caller)
    if caller.bot_user_id not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _visible(channel: Channel, caller: Install) -> bool:
    if caller.team_id not in {channel.team_id, *channel.connected}:
        return False
    return not (channel.is_private or channel.is_im) or caller.bot_user_id in channel.members


def _kind(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def _within(message: Message, call: Call) -> bool:
    oldest, latest = call.text("oldest", "0"), call.text("latest", "9999999999")
    ts = float(message.ts)
    if call.flag("inclusive"):
        return float(oldest) <= ts <= float(latest)
    return float(oldest) < ts < float(latest)


def _told(world: World, call: Call, found: Sequence[Message]) -> Json:
    page, cursor = _page(found, call)
    with_metadata = call.flag("include_all_metadata")
    told = [messages.shown(message, world, with_metadata=with_metadata) for message in page]
    more: Json = {"response_metadata": {"next_cursor": cursor}} if cursor else {}
    return {"messages": told, "has_more": bool(cursor), **more}


def _page(found: Sequence[T], call: Call) -> tuple[list[T], str]:
    """The rows from the cursor on, and the cursor after them ("" at the end)."""
    start = 0
    if call.text("cursor"):
        try:
            start = int(base64.b64decode(call.text("cursor")).decode().removeprefix("next:"))
        except ValueError:
            raise Refused("invalid_cursor") from None
    limit = min(call.number("limit", PAGE), 1000)
    end = start + limit
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(found) else ""
    return list(found[start:end]), cursor
