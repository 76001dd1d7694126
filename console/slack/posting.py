"""Posts that may have arrived although nobody heard of it: before one is sent again, Slack is asked for it.

Each post carries in its metadata what it is (`event_type`, and one key). `tried_at` is written before the call, so that
even a worker that was killed between the call and its answer leaves a trace.
"""

from datetime import datetime, timedelta
from typing import Any

from console.models import SlackChannel
from console.slack.client import Caller

CARD, NOTE = "countersign_card", "countersign_note"
# Slack's clock and ours need not agree.
SLACK_CLOCK = timedelta(minutes=2)
LOOKED_THROUGH = 200


def metadata(event_type: str, key: str) -> dict[str, Any]:
    return {"event_type": event_type, "event_payload": {"key": key}}


def find_card(caller: Caller, channel: SlackChannel, key: str, tried_at: datetime) -> str:
    """The ts of the post that was begun at `tried_at`, or ""."""
    oldest = (tried_at - SLACK_CLOCK).timestamp()
    return _find(caller, channel, "conversations.history", CARD, key, oldest=f"{oldest:.6f}")


def find_note(caller: Caller, channel: SlackChannel, key: str, thread: str) -> str:
    """The ts of a reply in the thread, or ""."""
    return _find(caller, channel, "conversations.replies", NOTE, key, ts=thread)


def _find(caller: Caller, channel: SlackChannel, method: str, event_type: str, key: str, **where: str) -> str:
    asked = {"channel": channel.slack_id, "include_all_metadata": True, "limit": LOOKED_THROUGH, **where}
    for message in caller.call(method, asked, channel).get("messages", ()):
        kept = message.get("metadata") or {}
        if kept.get("event_type") == event_type and (kept.get("event_payload") or {}).get("key") == key:
            return str(message.get("ts", ""))
    return ""
