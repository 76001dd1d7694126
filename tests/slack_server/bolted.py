"""A small app of Bolt's own behind the stand-in, without a web server between them."""

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.slack_server.carriers import Ack, Parcel
from tests.slack_server.server import SlackServer
from tests.slack_server.world import Json


class Bolted:
    """`app` takes listeners as usual; `post` hands it what came over the wire."""

    def __init__(self, slack: SlackServer, client: WebClient) -> None:
        def authorize(team_id: str) -> AuthorizeResult:
            install = slack.world.installs[team_id]
            return AuthorizeResult(
                enterprise_id=install.enterprise_id,
                team_id=install.team_id,
                bot_token=install.bot_token,
                bot_id=install.bot_id,
                bot_user_id=install.bot_user_id,
            )

        self.app = App(
            signing_secret=slack.world.app.signing_secret,
            client=client,
            authorize=authorize,
            process_before_response=True,
        )

    def post(self, sent: Parcel) -> Ack:
        headers: Mapping[str, str] = sent.headers
        answer = self.app.dispatch(BoltRequest(body=sent.body.decode(), headers=dict(headers)))
        return Ack(answer.status, answer.body or "", {name: value[0] for name, value in answer.headers.items()})

    @staticmethod
    def refusal(call: Callable[..., Any], **arguments: Any) -> str:
        try:
            call(**arguments)
        except SlackApiError as error:
            return str(error.response["error"])
        return ""


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def buttons(*action_ids: str) -> Json:
    """Buttons side by side, each named for what it does."""
    elements = [
        {"type": "button", "action_id": name, "value": f"value of {name}", "text": {"type": "plain_text", "text": name}}
        for name in action_ids
    ]
    return {"type": "actions", "block_id": "row", "elements": elements}


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Reject"},
        "submit": {"type": "plain_text", "text": "Reject"},
        "callback_id": "reject",
        "blocks": list(blocks),
        **more,
    }


def question(block_id: str, **more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "value"}
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": "Why?"},
        "element": element,
        **more,
    }
