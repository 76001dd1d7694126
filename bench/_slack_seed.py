"""A Slack beside the workspace of the measurements, and pending actions with the values of their buttons."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from accounts import queries as accounts_queries
from accounts import services as accounts
from accounts.queries import Caller
from approvals import envelope, services
from audit.actor import OPERATOR
from bench import _seed
from bench._client import SUBMIT_BODY
from console.services import slack
from console.slack import buttons


def main() -> None:
    """Reads {team, channel, user, bot_user, bot_token, actions} and prints the values of as many Approve buttons."""
    asked = json.load(sys.stdin)
    at = datetime.now(UTC)
    _seed.main()
    workspace_id = accounts_queries.workspace_id_for("bench") or ""
    its: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": workspace_id}
    team = slack.install(**its, team_id=asked["team"], bot_token=asked["bot_token"], bot_user_id=asked["bot_user"])
    slack.route(**its, team_id=asked["team"], channel_id=asked["channel"])
    people = {row.name: row.user_id for row in accounts_queries.people(workspace_id)}
    accounts.link_slack(**its, user_id=people["Ada"], team_id=asked["team"], slack_user_id=asked["user"])
    caller = _otto(workspace_id, people["Eve"])
    given = envelope.read(json.loads(SUBMIT_BODY))
    values = []
    for _ in range(asked["actions"]):
        view = services.submit(actor=caller.actor, at=datetime.now(UTC), caller=caller, envelope=given)
        values.append(buttons.value(team, view))
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
