"""A Slack beside the workspace of the measurements, and pending actions whose cards stand there already."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from accounts import queries as accounts_queries
from accounts import services as accounts
from accounts.queries import Caller
from approvals import envelope, services
from audit.actor import OPERATOR
from bench._client import SUBMIT_BODY
from console.models import SlackCard, SlackChannel
from console.services import slack
from console.slack import buttons
from outbox.models import Message
from tenancy import ids


def main() -> None:
    """Reads {team, channel, user, bot_user, bot_token, cards}, where `cards` are the names of messages, and prints the
    value of each one's Approve button. Nothing is owed afterwards.
    """
    asked = json.load(sys.stdin)
    at = datetime.now(UTC)
    workspace_id = accounts_queries.workspace_id_for("bench") or ""
    its: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": workspace_id}
    team = slack.install(**its, team_id=asked["team"], bot_token=asked["bot_token"], bot_user_id=asked["bot_user"])
    slack.route(**its, team_id=asked["team"], channel_id=asked["channel"])
    people = {row.name: row.user_id for row in accounts_queries.people(workspace_id)}
    accounts.link_slack(**its, user_id=people["Ada"], team_id=asked["team"], slack_user_id=asked["user"])
    caller = _otto(workspace_id, people["Eve"])
    given = envelope.read(json.loads(SUBMIT_BODY))
    channel = SlackChannel.everywhere.get(slack_id=asked["channel"])
    values = []
    for ts in asked["cards"]:
        view = services.submit(actor=caller.actor, at=datetime.now(UTC), caller=caller, envelope=given)
        values.append(buttons.value(team, view))
        shown = {"ts": ts, "revision": 1, "shown_at": at, "created_at": at, "drawn": "before"}
        card_id = ids.new("slc", at)
        SlackCard.everywhere.create(id=card_id, workspace_id=workspace_id, channel=channel, action_id=view.id, **shown)
    Message.objects.all().delete()
    print(json.dumps(values))


def _otto(workspace_id: str, owner_id: str) -> Caller:
    agent = accounts_queries.agent_named(workspace_id, "otto")
    if agent is None:
        raise LookupError("The workspace of the measurements has no otto.")
    return Caller(
        key_id="",
        workspace_id=workspace_id,
        workspace_slug="bench",
        agent_id=agent.id,
        agent_name="otto",
        owner_id=owner_id,
        scopes=("actions:write",),
        expires_at=None,
    )
