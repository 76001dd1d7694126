"""The pages that install the app and say who somebody is."""

from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from slack_sdk import WebClient

from tests.slack_server.bolted import Bolted
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

BACK = "https://console.example/back"


def allowed(slack: SlackServer, path: str, person_id: str, **more: str) -> dict[str, str]:
    """Presses Allow; what comes back with the browser."""
    asked = urlencode({"client_id": slack.world.app.client_id, "redirect_uri": BACK, "state": "s", **more})
    assert httpx.get(f"{slack.origin}{path}?{asked}").status_code == 200
    answer = httpx.post(f"{slack.origin}{path}?{asked}", data={"person": person_id})
    parts = urlsplit(answer.headers["location"])
    assert (answer.status_code, f"{parts.scheme}://{parts.netloc}{parts.path}") == (302, BACK)
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def test_the_app_is_installed(slack: SlackServer, acme: Town) -> None:
    app, old = slack.world.app, acme.bot.bot_token
    back = allowed(slack, "/oauth/v2/authorize", acme["eve"].id)
    secrets = {"client_id": app.client_id, "client_secret": app.client_secret}
    client = WebClient(base_url=slack.api_url)
    told = client.oauth_v2_access(**secrets, code=back["code"], redirect_uri=BACK)
    assert (back["state"], told["team"], told["bot_user_id"], told["authed_user"]) == (
        "s",
        {"id": acme.acme.id, "name": "Acme"},
        acme.bot.bot_user_id,
        {"id": acme["eve"].id},
    )
    assert Bolted.refusal(client.auth_test, token=told["access_token"]) == ""
    assert Bolted.refusal(client.auth_test, token=old) == "invalid_auth"
    again = Bolted.refusal(client.oauth_v2_access, **secrets, code=back["code"], redirect_uri=BACK)
    assert again == "code_already_used"


def test_the_address_to_return_to_is_part_of_the_code(slack: SlackServer, acme: Town) -> None:
    app = slack.world.app
    back = allowed(slack, "/oauth/v2/authorize", acme["eve"].id)
    refused = Bolted.refusal(
        WebClient(base_url=slack.api_url).oauth_v2_access,
        client_id=app.client_id,
        client_secret=app.client_secret,
        code=back["code"],
        redirect_uri="https://elsewhere.example",
    )
    assert refused == "bad_redirect_uri"


def test_somebody_says_who_they_are(slack: SlackServer, acme: Town) -> None:
    app = slack.world.app
    back = allowed(slack, "/openid/connect/authorize", acme["ben"].id, nonce="n")
    client = WebClient(base_url=slack.api_url)
    token = client.openid_connect_token(
        client_id=app.client_id, client_secret=app.client_secret, code=back["code"], redirect_uri=BACK
    )
    told = client.openid_connect_userInfo(token=token["access_token"])
    assert (told["https://slack.com/user_id"], told["https://slack.com/team_id"], told["email"]) == (
        acme["ben"].id,
        acme.acme.id,
        "ben@example.com",
    )


def test_an_app_that_nobody_knows_is_not_installed(slack: SlackServer, acme: Town) -> None:
    asked = urlencode({"client_id": "1.2", "redirect_uri": BACK})
    assert httpx.get(f"{slack.origin}/oauth/v2/authorize?{asked}").status_code == 400
