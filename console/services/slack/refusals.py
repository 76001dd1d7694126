"""Somebody pressed a button in Slack who may not: told to them, and kept in the log, once a minute for each reason."""

from datetime import datetime

from audit.actor import Actor, Door, Kind
from audit.kinds import EventKind
from audit.record import record
from console.models import SlackTeam
from console.services.slack.seen import remember
from tenancy import scope


def refused(*, at: datetime, team: SlackTeam, slack_user_id: str, why: str, action_id: str = "") -> None:
    """`why` is a word: stranger, guest, gone, unlinked, left, shared, forged."""
    if not remember(at=at, key=f"refused:{team.id}:{slack_user_id}:{why}:{at:%H%M}"):
        return
    with scope.acting(team.workspace_id):
        record(
            kind=EventKind.SLACK_REFUSED,
            workspace_id=team.workspace_id,
            actor=Actor(Kind.SYSTEM, "slack", "Slack", Door.SLACK),
            at=at,
            subject=("slack_account", f"{team.slack_id}/{slack_user_id}"),
            action_id=action_id,
            data={"why": why},
        )
