"""Somebody pressed a button in Slack who may not: told to them, and kept in the log, once a minute for each reason."""

import json
from datetime import datetime

from django.utils.crypto import salted_hmac

from audit.actor import Actor, Door, Kind
from audit.kinds import EventKind
from audit.record import Secret, record
from console.models import SlackTeam
from console.services.slack.seen import remember
from tenancy import scope


def refused(*, at: datetime, team: SlackTeam, slack_user_id: str, why: str, action_id: str = "") -> None:
    """`why` is a word: stranger, guest, gone, unlinked, left, shared, forged."""
    account = f"{team.slack_id}/{slack_user_id}"
    if not remember(at=at, key=f"refused:{team.id}:{_pseudonym(account)}:{why}:{at:%H%M}"):
        return
    with scope.acting(team.workspace_id):
        record(
            kind=EventKind.SLACK_REFUSED,
            workspace_id=team.workspace_id,
            actor=Actor(Kind.SYSTEM, "slack", "Slack", Door.SLACK),
            at=at,
            subject=("slack_team", team.id),
            action_id=action_id,
            data={"why": why},
            secrets=[Secret("account", json.dumps(account).encode(), account)],
        )


def _pseudonym(account: str) -> str:
    """What is kept for a day so that a refusal is told once names nobody."""
    return salted_hmac("slack refusals", account, algorithm="sha256").hexdigest()[:32]
