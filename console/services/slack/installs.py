"""install and remove: which Slack workspace belongs to which workspace of ours."""

from datetime import datetime

from accounts.errors import Conflict, Invalid, NotFound
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import record
from console.models import SlackTeam
from console.services.slack.owing import owe_again
from tenancy import ids, scope
from tenancy.sealing import seal


def install(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    team_id: str,
    bot_token: str,
    bot_user_id: str,
    team_name: str = "",
    enterprise_id: str = "",
    app_id: str = "",
    bot_id: str = "",
    refresh_token: str = "",
    token_expires_at: datetime | None = None,
    scopes: str = "",
) -> str:
    """The id of the Slack workspace here. Installed again, it keeps its channels and cards and gets the new tokens;
    what it was still owed is promised anew.

    Raises Invalid (an id or the token is missing) and Conflict (it belongs to another workspace of ours).
    """
    if not (team_id and bot_token and bot_user_id):
        raise Invalid("Slack did not say which workspace it is. Install the app again.")
    with scope.acting(workspace_id):
        team = _free(workspace_id, enterprise_id, team_id) or SlackTeam(
            id=ids.new("slt", at), workspace_id=workspace_id, enterprise_id=enterprise_id, slack_id=team_id
        )
        team.team_name, team.app_id = team_name[:200], app_id
        team.bot_user_id, team.bot_id, team.scopes = bot_user_id, bot_id, scopes
        team.token, team.refresh_token = seal(bot_token, team.id), seal(refresh_token, team.id)
        team.token_expires_at, team.renewing_until = token_expires_at, None
        team.installed_at, team.removed_at = at, None
        team.trouble, team.trouble_at = "", None
        team.save()
        _fact(EventKind.SLACK_INSTALLED, actor, at, team)
        owe_again(at=at, team=team)
    return team.id


def _free(workspace_id: str, enterprise_id: str, team_id: str) -> SlackTeam | None:
    """The row of this Slack workspace where it is ours; what another workspace gave up is cleared away."""
    rows = SlackTeam.everywhere.select_for_update(no_key=True)
    found = rows.filter(slack_id=team_id, enterprise_id=enterprise_id).first()
    if found is None or found.workspace_id == workspace_id:
        return found
    if found.removed_at is None:
        raise Conflict("This Slack workspace is connected to another workspace here. Disconnect it there first.")
    found.delete()
    return None


def remove(*, actor: Actor, at: datetime, workspace_id: str, team: str) -> None:
    """Disconnects: its tokens are forgotten, its buttons do nothing any more. Raises NotFound."""
    with scope.acting(workspace_id):
        row = SlackTeam.objects.filter(pk=team, removed_at=None).first()
        if row is None:
            raise NotFound("There is no such Slack workspace here.")
        _end(actor, at, row)


def tokens_gone(*, actor: Actor, at: datetime, team: SlackTeam) -> None:
    """Slack says that the app was taken out, or its token withdrawn."""
    with scope.acting(team.workspace_id):
        row = SlackTeam.objects.filter(pk=team.pk, removed_at=None).first()
        if row is not None:
            _end(actor, at, row)


def _end(actor: Actor, at: datetime, team: SlackTeam) -> None:
    team.removed_at, team.token, team.refresh_token, team.token_expires_at = at, b"", b"", None
    team.trouble, team.trouble_at = "", None
    team.save()
    _fact(EventKind.SLACK_REMOVED, actor, at, team)


def link_by_email(*, actor: Actor, at: datetime, workspace_id: str, team: str, is_on: bool) -> None:
    """Whether somebody whose address in Slack is a member's here is linked at their first click. Raises NotFound."""
    with scope.acting(workspace_id):
        row = SlackTeam.objects.filter(pk=team, removed_at=None).first()
        if row is None:
            raise NotFound("There is no such Slack workspace here.")
        row.links_by_email = is_on
        row.save(update_fields=["links_by_email"])
        _fact(EventKind.SLACK_CHANGED, actor, at, row, links_by_email=is_on)


def renew(*, team: SlackTeam, bot_token: str, refresh_token: str, expires_at: datetime | None) -> None:
    """Keeps a token that Slack has just exchanged. The caller holds the row's lease."""
    team.token, team.refresh_token = seal(bot_token, team.id), seal(refresh_token, team.id)
    team.token_expires_at, team.renewing_until = expires_at, None
    team.save(update_fields=["token", "refresh_token", "token_expires_at", "renewing_until"])


def _fact(kind: EventKind, actor: Actor, at: datetime, team: SlackTeam, **data: object) -> None:
    record(
        kind=kind,
        workspace_id=team.workspace_id,
        actor=actor,
        at=at,
        subject=("slack_team", team.id),
        data={"team": team.slack_id, "enterprise": team.enterprise_id or None, **data},
    )
