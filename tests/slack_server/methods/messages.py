"""A message as answers and payloads show it."""

from tests.slack_server.world import Json, Message, World


def shown(message: Message, world: World, *, with_metadata: bool = False) -> Json:
    """A message as the API and the payloads show it."""
    author = world.people[message.author]
    told: Json = {"type": "message", "user": message.author, "ts": message.ts, "text": message.text}
    told["team"] = author.team_id
    if author.is_bot:
        install = world.installs[author.team_id]
        told |= {"bot_id": install.bot_id, "app_id": world.app.id}
    if message.blocks:
        told["blocks"] = message.blocks
    if message.thread_ts:
        told["thread_ts"] = message.thread_ts
    if message.edited_ts:
        told["edited"] = {"user": message.author, "ts": message.edited_ts}
    if with_metadata and message.metadata:
        told["metadata"] = message.metadata
    return told
