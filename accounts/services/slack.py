"""Slack accounts of people: linking, unlinking, and what Slack says about them."""

import re
from datetime import datetime

from accounts import errors, rows
from accounts.models import SlackIdentity
from audit.actor import Actor
from audit.canonical import canonical
from audit.kinds import EventKind
from audit.record import Secret, record
from tenancy import ids, scope

_TEAM, _USER, _ENTERPRISE = (re.compile(f"[{letters}][A-Z0-9]{{2,38}}") for letters in ("T", "UW", "E"))


def link_slack(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    user_id: str,
    team_id: str,
    slack_user_id: str,
    enterprise_id: str = "",
) -> None:
    """From now on the Slack account acts as this member. What either was linked to in this Slack workspace ends.

    Raises NotFound (no member) and Invalid (ids that are not Slack's).
    """
    well_formed = _TEAM.fullmatch(team_id) and _USER.fullmatch(slack_user_id)
    if not well_formed or (enterprise_id and not _ENTERPRISE.fullmatch(enterprise_id)):
        raise errors.Invalid("These are no ids of Slack's. Begin again in Slack.")
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        member = rows.membership(user_id)
        of_account = SlackIdentity.objects.filter(team_id=team_id, slack_user_id=slack_user_id)
        ended = of_account | SlackIdentity.objects.filter(team_id=team_id, user_id=member.user_id)
        if of_account.filter(user_id=member.user_id, enterprise_id=enterprise_id).exists():
            return
        for identity in ended:
            _fact(EventKind.SLACK_UNLINKED, actor, at, identity)
        ended.delete()
        identity = SlackIdentity.objects.create(
            id=ids.new("sli", at),
            workspace_id=workspace_id,
            user_id=member.user_id,
            enterprise_id=enterprise_id,
            team_id=team_id,
            slack_user_id=slack_user_id,
            linked_at=at,
        )
        _fact(EventKind.SLACK_LINKED, actor, at, identity)


def unlink_slack(*, actor: Actor, at: datetime, workspace_id: str, identity_id: str, user_id: str = "") -> None:
    """Raises NotFound; with `user_id`, also for what is linked to somebody else."""
    with scope.acting(workspace_id):
        found = SlackIdentity.objects.filter(pk=identity_id)
        identity = (found.filter(user_id=user_id) if user_id else found).first()
        if identity is None:
            raise errors.NotFound("There is no such link here.")
        _fact(EventKind.SLACK_UNLINKED, actor, at, identity)
        identity.delete()


def note_slack_standing(*, at: datetime, workspace_id: str, team_id: str, slack_user_id: str, barred: str) -> None:
    """Keeps what Slack has just said of the account: "" for a full member, else why it may not act."""
    rows_ = SlackIdentity.everywhere.filter(workspace_id=workspace_id, team_id=team_id, slack_user_id=slack_user_id)
    rows_.update(barred=barred, checked_at=at)


def _fact(kind: EventKind, actor: Actor, at: datetime, identity: SlackIdentity) -> None:
    record(
        kind=kind,
        workspace_id=identity.workspace_id,
        actor=actor,
        at=at,
        subject=("person", identity.user_id),
        data={"team": identity.team_id},
        secrets=[Secret("account", canonical(f"{identity.team_id}/{identity.slack_user_id}"), identity.user_id)],
    )
