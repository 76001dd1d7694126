"""What Slack tells the app when somebody presses, submits, closes or types."""

from tests.slack_server import methods
from tests.slack_server.world import Channel, Json, Message, Person, View, World


def about(world: World, kind: str, person: Person, team_id: str) -> Json:
    """What every interaction carries. `team_id` is the team of the installation, which need not be the person's."""
    team = world.teams[team_id]
    enterprise = {"id": team.enterprise_id, "name": team.enterprise_id} if team.enterprise_id else None
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
        "api_app_id": world.app.id,
        "token": world.app.verification_token,
        "team": {"id": team.id, "domain": team.domain}
        | ({"enterprise_id": team.enterprise_id, "enterprise_name": team.enterprise_id} if team.enterprise_id else {}),
        "enterprise": enterprise,
        "is_enterprise_install": False,
    }


def press(
    world: World, person: Person, channel: Channel, message: Message, blocks: list[Json], action: Json, origin: str
) -> Json:
    """block_actions on a message; `blocks` are those on the presser's screen."""
    name = world.new_response_url(channel.id, person.id, message.ts)
    container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    container["is_ephemeral"] = bool(message.only_for)
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    shown = {**methods.messages.shown(message, world), "blocks": blocks}
    return {
        **about(world, "block_actions", person, channel.team_id),
        "container": container,
        "trigger_id": world.new_trigger(person.id, channel.team_id),
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message": shown,
        "state": {"values": {}},
        "response_url": f"{origin}/response/{name}",
        "actions": [{**action, "action_ts": world.new_ts()}],
    }


def press_in_view(world: World, person: Person, view: View, action: Json, state: Json) -> Json:
    return {
        **about(world, "block_actions", person, view.team_id),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": world.new_trigger(person.id, view.team_id, view.id),
        "view": {**methods.views.shown(world, view), "state": state},
        "actions": [{**action, "action_ts": world.new_ts()}],
    }


def submission(world: World, person: Person, view: View, state: Json) -> Json:
    return {
        **about(world, "view_submission", person, view.team_id),
        "trigger_id": world.new_trigger(person.id, view.team_id, view.id),
        "view": {**methods.views.shown(world, view), "state": state},
        "response_urls": [],
    }


def closing(world: World, person: Person, view: View) -> Json:
    told = {**about(world, "view_closed", person, view.team_id), "is_cleared": False}
    return {**told, "view": methods.views.shown(world, view)}


def command(world: World, person: Person, channel: Channel, name: str, text: str, origin: str) -> Json:
    """The form of a slash command, as a flat tree."""
    team = world.teams[channel.team_id]
    address = world.new_response_url(channel.id, person.id)
    told: Json = {
        "token": world.app.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel.name or "directmessage",
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": world.app.id,
        "is_enterprise_install": "false",
        "response_url": f"{origin}/response/{address}",
        "trigger_id": world.new_trigger(person.id, team.id),
    }
    return told | ({"enterprise_id": team.enterprise_id} if team.enterprise_id else {})


def event(world: World, team_id: str, inner: Json) -> Json:
    install = world.installs[team_id]
    authorization = {
        "enterprise_id": install.enterprise_id,
        "team_id": team_id,
        "user_id": install.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    channel = world.channels.get(str(inner.get("channel", "")))
    return {
        "token": world.app.verification_token,
        "team_id": team_id,
        "context_team_id": team_id,
        "enterprise_id": install.enterprise_id,
        "api_app_id": world.app.id,
        "event": inner,
        "type": "event_callback",
        "event_id": world.new_id("Ev"),
        "event_time": int(world.now()),
        "authorizations": [authorization],
        "is_ext_shared_channel": bool(channel and channel.connected),
    }
