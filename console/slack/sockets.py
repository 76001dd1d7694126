"""Socket Mode: the same app over a connection that we open, for servers that Slack cannot reach."""

from typing import Any

import orjson
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from console.services import slack
from console.slack import shapes
from console.slack.app import bolt


class Handler(SocketModeHandler):
    """Takes each request once, whatever Slack sends again, and keeps no database connection that has grown old."""

    def handle(self, client: Any, req: SocketModeRequest) -> None:
        close_old_connections()
        try:
            if not _is_slacks(req):
                client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
                return
            key = _key(req.payload)
            if not slack.remember(at=timezone.now(), key=key):
                client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
                return
            super().handle(client, req)
        finally:
            close_old_connections()


def handler() -> Handler:
    """Connects when it is started. Raises what slack_sdk raises for a token that is no app token."""
    return Handler(bolt(), settings.SLACK_APP_TOKEN)


def _is_slacks(req: SocketModeRequest) -> bool:
    """Whether this is shaped as Slack shapes it. What is not is acknowledged, so that it does not come again."""
    if req.type == "slash_commands":
        return True
    try:
        shapes.check_tree(req.payload, is_event=req.type == "events_api")
    except shapes.Absurd:
        return False
    return True


def _key(payload: Any) -> str:
    """An event by its id, a press by its trigger, which is made anew for each."""
    tree = payload if isinstance(payload, dict) else {}
    event_id = tree.get("event_id")
    if event_id:
        return f"event:{str(event_id)[:80]}"
    return f"press:{str(tree.get('trigger_id') or orjson.dumps(tree).hex())[:100]}"
