"""Installing, linking and looking after Slack in the console."""

from collections.abc import Callable
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts import queries as accounts_queries
from accounts import services as accounts
from accounts.models import SlackIdentity, User
from audit.actor import OPERATOR
from audit.models import Event
from console.models import SlackRoute, SlackTeam
from console.slack.app import EVENTS
from console.slack.clickers import link_address
from console.slack.signing_in import SCOPES
from tenancy.sealing import Unreadable, unseal
from tests.architecture.source import ROOT
from tests.cast import Stage
from tests.console.slack.conftest import Desk, add_channel
from tests.questions import questions
from tests.slack_server import authorize
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

PAGE = "/w/demo/settings/slack"


@pytest.fixture
def oauth(settings: Settings, slack: SlackServer) -> None:
    settings.SLACK_CLIENT_ID = slack.world.app.client_id
    settings.SLACK_CLIENT_SECRET = slack.world.app.client_secret


def browse(stage: Stage, name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=stage.people[name]))
    return client


def consented(slack: SlackServer, address: str, person: str) -> str:
    """What Slack's own page answers: the path to come back to."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    back = urlsplit(authorize.allowed(slack.world, asked, {"person": person}))
    return f"{back.path}?{back.query}"


@pytest.mark.usefixtures("oauth")
def test_eve_installs_by_a_click(stage: Stage, slack: SlackServer, acme: Town) -> None:
    eve = browse(stage, "eve")
    there = eve.get("/slack/install?workspace=demo").headers["Location"]
    assert there.startswith(slack.api_url.removesuffix("/api/") + "/oauth/v2/authorize?")
    answer = eve.get(consented(slack, there, acme["eve"].id))
    assert answer.headers["Location"] == PAGE
    team = SlackTeam.everywhere.get()
    assert (team.workspace_id, team.slack_id, team.team_name) == (stage.id, acme.acme.id, "Acme")
    assert unseal(team.token, team.id) == slack.world.installs[acme.acme.id].bot_token
    assert slack.world.installs[acme.acme.id].bot_token.encode() not in bytes(team.token)


@pytest.mark.usefixtures("oauth")
def test_an_answer_that_was_not_asked_for_installs_nothing(stage: Stage, slack: SlackServer, acme: Town) -> None:
    eve = browse(stage, "eve")
    assert eve.get("/slack/oauth_redirect?code=1&state=2").status_code == 404
    eve.get("/slack/install?workspace=demo")
    assert "was not asked for here" in eve.get("/slack/oauth_redirect?code=1&state=2", follow=True).text
    assert SlackTeam.everywhere.count() == 0


@pytest.mark.usefixtures("oauth")
@pytest.mark.parametrize(("name", "status"), [("ben", 403), ("dana", 403), ("eve", 302)])
def test_only_an_admin_installs(stage: Stage, name: str, status: int) -> None:
    assert browse(stage, name).get("/slack/install?workspace=demo").status_code == status
    assert browse(stage, name).get("/slack/install?workspace=other").status_code == 404


def test_a_token_opens_for_its_own_row_alone(desk: Desk) -> None:
    team = SlackTeam.everywhere.get()
    with pytest.raises(Unreadable):
        unseal(team.token, "slt_another")


def test_dana_links_her_account_after_a_warning(desk: Desk) -> None:
    dana = browse(desk.stage, "dana")
    path = link_address(SlackTeam.everywhere.get(), desk.town["dana"].id).partition("//")[2].partition("/")[2]
    page = dana.get("/" + path)
    assert page.status_code == 200
    assert "Go on only if it is your own" in page.text
    assert dana.post("/" + path).headers["Location"] == "/w/demo/queue"
    identity = SlackIdentity.everywhere.get(user_id=desk.stage.people["dana"])
    assert identity.slack_user_id == desk.town["dana"].id
    assert Event.objects.filter(kind="slack:linked", actor_id=desk.stage.people["dana"]).count() == 1


@pytest.mark.usefixtures("oauth")
def test_with_sign_in_the_account_has_to_be_ones_own(desk: Desk, slack: SlackServer) -> None:
    dana, town = browse(desk.stage, "dana"), desk.town
    path = "/" + link_address(SlackTeam.everywhere.get(), town["mallory"].id).partition("//")[2].partition("/")[2]
    assert dana.post(path).status_code == 200
    start = path.replace("/slack/link?", "/slack/link/start?")
    there = dana.get(start).headers["Location"]
    refused = dana.get(consented(slack, there, town["dana"].id))
    assert refused.status_code == 403
    assert "with another account than the one that asked" in refused.text
    assert accounts_queries.slack_links(desk.stage.id, user_id=desk.stage.people["dana"]) == []
    own = "/" + link_address(SlackTeam.everywhere.get(), town["dana"].id).partition("//")[2].partition("/")[2]
    there = dana.get(own.replace("/slack/link?", "/slack/link/start?")).headers["Location"]
    assert dana.get(consented(slack, there, town["dana"].id)).headers["Location"] == "/w/demo/queue"
    [link] = accounts_queries.slack_links(desk.stage.id, user_id=desk.stage.people["dana"])
    assert link.slack_user_id == town["dana"].id


def test_a_guest_is_not_linked(desk: Desk) -> None:
    dana = browse(desk.stage, "dana")
    path = "/" + link_address(SlackTeam.everywhere.get(), desk.town["gil"].id).partition("//")[2].partition("/")[2]
    assert dana.post(path).status_code == 403
    assert SlackIdentity.everywhere.filter(user_id=desk.stage.people["dana"]).count() == 0


def test_to_cleo_a_link_of_demo_leads_nowhere(desk: Desk, other: Stage) -> None:
    path = "/" + link_address(SlackTeam.everywhere.get(), desk.town["cleo"].id).partition("//")[2].partition("/")[2]
    assert browse(other, "cleo").get(path).status_code == 404
    assert browse(desk.stage, "dana").get("/slack/link?state=made-up").status_code == 404
    assert Client().get(path).status_code == 302


def test_eve_gives_a_channel_its_cards_and_takes_them_away(desk: Desk) -> None:
    eve = browse(desk.stage, "eve")
    channel = desk.town.channels["payments"].id
    said = {"team": desk.town.acme.id, "channel": channel, "kind": "tool", "value": "billing.*"}
    assert eve.post(PAGE, said).status_code == 302
    page = eve.get(PAGE).text
    assert "tool <bdi" in page or "billing.*" in page
    route = SlackRoute.everywhere.get(value="billing.*")
    assert eve.post(f"{PAGE}/routes/{route.id}/remove").status_code == 302
    assert not SlackRoute.everywhere.filter(pk=route.pk).exists()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"channel": "#general"}, "channel&#x27;s id, such as"),
        ({"kind": "group", "value": "nobody"}, "handle of a group"),
        ({"kind": "tool", "value": ""}, "name of a tool"),
        ({"kind": "all", "value": ""}, "gets these already"),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(desk: Desk, said: dict[str, str], told: str) -> None:
    given = {
        "team": desk.town.acme.id,
        "channel": desk.town.channels["approvals"].id,
        "kind": "all",
        "value": "",
        **said,
    }
    answer = browse(desk.stage, "eve").post(PAGE, given)
    assert answer.status_code == 422
    assert told in answer.text


def test_a_test_message_says_whether_it_works(desk: Desk, slack: SlackServer) -> None:
    eve = browse(desk.stage, "eve")
    channel = SlackRoute.everywhere.get().channel_id
    slack.faults.error("chat.postMessage", "is_archived")
    eve.post(f"{PAGE}/channels/{channel}/test")
    desk.pass_on()
    assert "The channel is archived." in eve.get(PAGE).text
    eve.post(f"{PAGE}/channels/{channel}/test")
    desk.pass_on()
    page = eve.get(PAGE).text
    assert "The channel is archived." not in page
    assert "works</span>" in page
    assert "Countersign can post here." in desk.card().text


def test_the_page_asks_the_same_number_of_questions_for_one_channel_and_for_three(desk: Desk) -> None:
    eve = browse(desk.stage, "eve")
    eve.get(PAGE)
    with questions() as one:
        eve.get(PAGE)
    for name in ("payments", "elsewhere"):
        add_channel(desk.stage, desk.town, name)
    with questions() as three:
        eve.get(PAGE)
    assert len(three) == len(one)


def test_disconnected_buttons_do_nothing(desk: Desk) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    seen = desk.card()
    team = SlackTeam.everywhere.get()
    browse(desk.stage, "eve").post(f"{PAGE}/teams/{team.id}/disconnect")
    desk.hands.press(desk.town["ben"], seen, "cs_approve")
    assert desk.view(asked).votes == ()


def test_linking_by_address_is_a_switch(desk: Desk) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    SlackIdentity.everywhere.filter(user_id=desk.stage.people["ben"]).delete()
    desk.press("ben", "cs_approve")
    assert desk.view(asked).votes == ()
    team = SlackTeam.everywhere.get()
    browse(desk.stage, "eve").post(f"{PAGE}/teams/{team.id}/email", {"is_on": "1"})
    desk.press("ben", "cs_approve")
    assert desk.view(asked).state == "approved"


def test_without_a_signing_secret_there_is_no_slack(stage: Stage, settings: Settings, client: Client) -> None:
    settings.SLACK_SIGNING_SECRET = ""
    assert client.post("/slack/events", b"{}", content_type="application/json").status_code == 404
    assert client.get("/slack/link?state=x").status_code == 404
    assert "Slack is off" in browse(stage, "eve").get(PAGE).text


def test_the_manifest_asks_for_what_the_app_uses() -> None:
    manifest = yaml.safe_load((ROOT / "deploy" / "slack-manifest.yaml").read_text())
    assert tuple(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES
    assert sorted(manifest["settings"]["event_subscriptions"]["bot_events"]) == sorted(EVENTS)
    address = "https://countersign.example.com"
    redirects = [address + reverse(name) for name in ("slack-oauth-redirect", "slack-link-callback")]
    assert manifest["oauth_config"]["redirect_urls"] == redirects
    told = {
        manifest["settings"]["event_subscriptions"]["request_url"],
        manifest["settings"]["interactivity"]["request_url"],
        manifest["features"]["slash_commands"][0]["url"],
    }
    assert told == {address + reverse("slack-events")}


@pytest.mark.parametrize("end", [accounts.end_membership, accounts.deactivate])
def test_whoever_leaves_is_linked_no_more(desk: Desk, end: Callable[..., None]) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    end(actor=OPERATOR, at=desk.stage.at, workspace_id=desk.stage.id, user_id=desk.stage.people["ben"])
    assert accounts_queries.slack_links(desk.stage.id, user_id=desk.stage.people["ben"]) == []
    desk.press("ben", "cs_approve")
    assert desk.view(asked).votes == ()


def test_a_bot_token_is_taken_from_the_shell(stage: Stage, acme: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(acme.bot.bot_token + "\n"))
    call_command("slack_install", workspace="demo", stdout=StringIO())
    team = SlackTeam.everywhere.get()
    assert (team.slack_id, team.bot_user_id) == (acme.acme.id, acme.bot.bot_user_id)
    monkeypatch.setattr("sys.stdin", StringIO("xoxb-wrong\n"))
    with pytest.raises(CommandError, match="Slack did not take the token: invalid_auth"):
        call_command("slack_install", workspace="demo", stdout=StringIO())
