"""Tokens that rotate are renewed early, by one worker at a time, and never stand in the database as they are."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from audit.actor import OPERATOR
from console.models import SlackTeam
from console.services import slack as verbs
from console.slack.errors import Busy
from console.slack.renewing import renewed
from tenancy.sealing import unseal
from tests.cast import Stage
from tests.console.slack.conftest import Desk
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town


@pytest.fixture
def rotating(desk: Desk, stage: Stage, slack: SlackServer, acme: Town, settings: Settings) -> SlackTeam:
    """Acme's app with a token that lasts for another hour."""
    settings.SLACK_CLIENT_ID = slack.world.app.client_id
    settings.SLACK_CLIENT_SECRET = slack.world.app.client_secret
    slack.world.app.rotates_tokens = True
    bot = slack.world.install(acme.acme)
    verbs.install(
        actor=OPERATOR,
        at=stage.at,
        workspace_id=stage.id,
        team_id=acme.acme.id,
        bot_token=bot.bot_token,
        bot_user_id=bot.bot_user_id,
        refresh_token=bot.refresh_token,
        token_expires_at=stage.at + timedelta(hours=1),
    )
    return SlackTeam.everywhere.get()


def test_a_token_is_renewed_before_it_runs_out(desk: Desk, rotating: SlackTeam) -> None:
    desk.stage.submit()
    assert desk.pass_on() == []
    team = SlackTeam.everywhere.get()
    assert len(desk.cards()) == 1
    assert unseal(team.token, team.id) == desk.server.world.installs[desk.town.acme.id].bot_token
    assert unseal(team.token, team.id) != unseal(rotating.token, rotating.id)
    assert team.token_expires_at is not None
    assert team.token_expires_at > timezone.now() + timedelta(hours=11)
    desk.stage.submit()
    desk.pass_on()
    assert desk.calls("oauth.v2.access") == 1


def test_whoever_comes_second_goes_on_with_the_old_token(desk: Desk, rotating: SlackTeam) -> None:
    now = timezone.now()
    SlackTeam.everywhere.update(renewing_until=now + timedelta(hours=2))
    assert bytes(renewed(rotating, now).token) == bytes(rotating.token)
    assert desk.calls("oauth.v2.access") == 0
    with pytest.raises(Busy):
        renewed(rotating, now + timedelta(hours=1))


def test_a_renewal_that_slack_refuses_is_told(desk: Desk, rotating: SlackTeam) -> None:
    desk.server.faults.error("oauth.v2.access", "invalid_refresh_token")
    desk.stage.submit()
    desk.pass_on()
    assert SlackTeam.everywhere.get().trouble == "invalid_refresh_token"
