"""What the parts of a request from Slack must be for Bolt and our listeners to read it. Bolt trusts whatever is signed
and breaks on the rest, so this is looked at before it is asked. Fields that nobody reads may be anything.

Source: Slack's reference of interaction payloads, Events API and slash commands.
"""

from typing import Annotated, Any
from urllib.parse import parse_qs

import msgspec
import orjson

from approvals.shapes import known


class Absurd(ValueError):
    """No request that Slack makes; the text says which part is not what it must be."""


class _Named(msgspec.Struct):
    id: str | None = None
    team_id: str | None = None


class _Option(msgspec.Struct):
    value: str


class _Element(msgspec.Struct):
    """A button pressed, or an input of a form."""

    type: str | None = None
    action_id: str | None = None
    block_id: str | None = None
    value: str | None = None
    selected_option: _Option | None = None
    selected_options: list[_Option] | None = None


class _Pressed(msgspec.Struct):
    action_id: str
    block_id: str
    value: str | None = None
    selected_option: _Option | None = None


class _Message(msgspec.Struct):
    ts: str | None = None
    message_ts: str | None = None
    channel_id: str | None = None


class _State(msgspec.Struct):
    values: dict[str, dict[str, _Element]] | None = None


class _View(msgspec.Struct):
    id: str | None = None
    type: str | None = None
    callback_id: str | None = None
    private_metadata: str | None = None
    state: _State | None = None
    app_installed_team_id: str | None = None


class _Interaction(msgspec.Struct, tag_field="type", kw_only=True):
    user: _Named
    team: _Named | None = None
    enterprise: _Named | None = None
    channel: _Named | None = None
    message: _Message | None = None
    container: _Message | None = None
    callback_id: str | None = None
    trigger_id: str | None = None
    response_url: str | None = None


class _Press(_Interaction, tag="block_actions"):
    actions: Annotated[list[_Pressed], msgspec.Meta(min_length=1)]
    view: _View | None = None


class _Submission(_Interaction, tag="view_submission"):
    view: _View


class _Closing(_Interaction, tag="view_closed"):
    view: _View


class _Tokens(msgspec.Struct):
    oauth: list[str] | None = None
    bot: list[str] | None = None


class _Happened(msgspec.Struct):
    type: str
    user: str | _Named | None = None
    channel: str | _Named | None = None
    tab: str | None = None
    tokens: _Tokens | None = None


class _Authorization(msgspec.Struct):
    team_id: str | None = None
    enterprise_id: str | None = None
    user_id: str | None = None


class _Event(msgspec.Struct):
    type: str
    event: _Happened | None = None
    team_id: str | None = None
    enterprise_id: str | None = None
    event_id: str | None = None
    authorizations: list[_Authorization] | None = None


def check(body: bytes, content_type: str) -> None:
    """Raises Absurd. `body` is UTF-8; a slash command is a flat form and cannot be misshapen."""
    if content_type == "application/json":
        check_tree(_json(body.decode()), is_event=True)
        return
    payloads = parse_qs(body.decode(), keep_blank_values=True).get("payload", [])
    if payloads:
        check_tree(_json(payloads[0]), is_event=False)


def check_tree(tree: Any, *, is_event: bool) -> None:
    """Raises Absurd for a payload that is neither an event nor, else, an interaction."""
    try:
        msgspec.convert(tree, known(_Event if is_event else _Press | _Submission | _Closing))
    except msgspec.ValidationError as error:
        raise Absurd(str(error)) from error


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Absurd(str(error)) from error
