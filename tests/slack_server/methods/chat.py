"""chat.*: post, update, delete, and whisper to one person."""

import json
from typing import Any

from tests.slack_server.kit import blocks as kit
from tests.slack_server.kit.problems import Problems
from tests.slack_server.methods import messages
from tests.slack_server.methods.conversations import channel_seen
from tests.slack_server.methods.registry import method
from tests.slack_server.wire import Call, Refused
from tests.slack_server.world import Channel, Install, Json, Message, World

MOST_TEXT = 40_000
MOST_METADATA = 16_000


@method("chat.postMessage", "chat:write")
def post(world: World, call: Call, caller: Install) -> Json:
    channel = _writable(world, call, caller)
    text, blocks = _content(call)
    thread_ts = call.text("thread_ts")
    if thread_ts and world.message(channel.id, thread_ts) is None:
        raise Refused("thread_not_found")
    sent_id = call.text("client_msg_id")
    if sent_id and (channel.id, sent_id) in world.sent_ids:
        raise Refused("duplicate_client_msg_id")
    message = Message(
        world.new_ts(), channel.id, caller.bot_user_id, text, _named(world, blocks), _metadata(call), thread_ts
    )
    world.messages.append(message)
    if sent_id:
        world.sent_ids[channel.id, sent_id] = message
    world.touch()
    return {"channel": channel.id, "ts": message.ts, "message": messages.shown(message, world, with_metadata=True)}


@method("chat.update", "chat:write")
def update(world: World, call: Call, caller: Install) -> Json:
    channel = _writable(world, call, caller)
    message = _mine(world, call, caller, channel, "cant_update_message")
    keeps_blocks = "blocks" not in call.args and not call.text("text")
    text, blocks = (message.text, message.blocks) if keeps_blocks else _content(call)
    message.text, message.blocks = text, _named(world, blocks)
    if "metadata" in call.args:
        message.metadata = _metadata(call)
    message.edited_ts = world.new_ts()
    message.times_updated += 1
    world.touch()
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": messages.shown(message, world)}


@method("chat.delete", "chat:write")
def delete(world: World, call: Call, caller: Install) -> Json:
    channel = channel_seen(world, call, caller)
    message = _mine(world, call, caller, channel, "cant_delete_message")
    message.deleted = True
    world.touch()
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", "chat:write")
def whisper(world: World, call: Call, caller: Install) -> Json:
    channel = _writable(world, call, caller)
    user_id = call.needed("user")
    if user_id not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = _content(call)
    message = Message(world.new_ts(), channel.id, caller.bot_user_id, text, _named(world, blocks), only_for=user_id)
    message.thread_ts = call.text("thread_ts")
    world.messages.append(message)
    world.touch()
    return {"message_ts": message.ts}


@method("chat.getPermalink")
def permalink(world: World, call: Call, caller: Install) -> Json:
    channel = channel_seen(world, call, caller)
    ts = call.needed("message_ts")
    if world.message(channel.id, ts) is None:
        raise Refused("message_not_found")
    domain = world.teams[caller.team_id].domain
    address = f"https://{domain}.slack.example/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": address}


def content_problems(blocks: Any) -> list[str]:
    problems = Problems()
    kit.check(problems, blocks, "message")
    return problems.found


def _content(call: Call) -> tuple[str, list[Json]]:
    text = call.text("text")
    blocks = call.args.get("blocks") or []
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    if not text and not blocks and not call.args.get("attachments"):
        raise Refused("no_text")
    if len(text) > MOST_TEXT:
        raise Refused("msg_too_long")
    found = content_problems(blocks)
    if found:
        messages = [f"[ERROR] {each}" for each in found]
        raise Refused("invalid_blocks", errors=found, response_metadata={"messages": messages})
    if kit.characters(blocks) > kit.MOST_CHARACTERS:
        raise Refused("msg_blocks_too_long")
    return text, blocks


def _metadata(call: Call) -> Json:
    found = call.args.get("metadata") or {}
    if not isinstance(found, dict):
        raise Refused("invalid_metadata_format")
    if not found:
        return {}
    if not isinstance(found.get("event_type"), str) or not isinstance(found.get("event_payload"), dict):
        raise Refused("invalid_metadata_schema")
    if len(json.dumps(found)) > MOST_METADATA:
        raise Refused("metadata_too_large")
    return found


def _writable(world: World, call: Call, caller: Install) -> Channel:
    channel = channel_seen(world, call, caller)
    if channel.is_archived:
        raise Refused("is_archived")
    if caller.bot_user_id not in channel.members:
        raise Refused("channel_not_found" if channel.is_private else "not_in_channel")
    return channel


def _mine(world: World, call: Call, caller: Install, channel: Channel, error: str) -> Message:
    message = world.message(channel.id, call.needed("ts", "message_not_found"))
    if message is None or message.only_for:
        raise Refused("message_not_found")
    if message.author != caller.bot_user_id:
        raise Refused(error)
    return message


def _named(world: World, blocks: list[Json]) -> list[Json]:
    """Blocks and elements that came without a name get one, as in Slack."""
    for block in blocks:
        block.setdefault("block_id", world.new_id("b").lower()[-5:])
        for n, element in enumerate(block.get("elements", []) if block["type"] == "actions" else []):
            element.setdefault("action_id", f"{block['block_id']}-{n}")
    return blocks
