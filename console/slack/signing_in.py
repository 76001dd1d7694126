"""The two ways through Slack's own pages: installing the app, and proving which account a person has (OpenID Connect).

Sources: docs.slack.dev, "Installing with OAuth" and "Sign in with Slack".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urljoin

from django.conf import settings
from django.urls import reverse

from console.slack.client import DELIVERY_SECONDS, send
from console.slack.errors import SlackTrouble

# deploy/slack-manifest.yaml asks for the same; a test compares them.
SCOPES = (
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:write",
    "users:read",
    "users:read.email",
)
USER_ID, TEAM_ID = "https://slack.com/user_id", "https://slack.com/team_id"


class Unfinished(Exception):
    """Slack did not confirm it; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What an exchange of a code gives, as `services.slack.install` takes it."""

    team_id: str
    team_name: str
    enterprise_id: str
    app_id: str
    bot_token: str
    bot_user_id: str
    refresh_token: str
    token_expires_at: datetime | None
    scopes: str


def is_configured() -> bool:
    return bool(settings.SLACK_CLIENT_ID and settings.SLACK_CLIENT_SECRET)


def install_address(state: str) -> str:
    said = {"client_id": settings.SLACK_CLIENT_ID, "scope": ",".join(SCOPES), "state": state}
    return _page("/oauth/v2/authorize", {**said, "redirect_uri": _back("slack-oauth-redirect")})


def link_address(state: str, team: str) -> str:
    said = {"client_id": settings.SLACK_CLIENT_ID, "scope": "openid", "response_type": "code", "state": state}
    return _page("/openid/connect/authorize", {**said, "team": team, "redirect_uri": _back("slack-link-callback")})


def installed(code: str, at: datetime) -> Installed:
    """Raises Unfinished, also for an installation on a whole Enterprise organisation."""
    answer = _exchange("oauth.v2.access", code, "slack-oauth-redirect")
    team, enterprise = answer.get("team") or {}, answer.get("enterprise") or {}
    if answer.get("is_enterprise_install") or not team.get("id"):
        raise Unfinished("Install the app in one Slack workspace, not in a whole organisation.")
    lasts = answer.get("expires_in")
    return Installed(
        team_id=str(team["id"]),
        team_name=str(team.get("name") or ""),
        enterprise_id=str(enterprise.get("id") or ""),
        app_id=str(answer.get("app_id") or ""),
        bot_token=str(answer.get("access_token") or ""),
        bot_user_id=str(answer.get("bot_user_id") or ""),
        refresh_token=str(answer.get("refresh_token") or ""),
        token_expires_at=at + timedelta(seconds=int(lasts)) if lasts else None,
        scopes=str(answer.get("scope") or ""),
    )


def account(code: str) -> tuple[str, str]:
    """(team, user) of whoever has just signed in at Slack. Raises Unfinished."""
    token = str(_exchange("openid.connect.token", code, "slack-link-callback").get("access_token") or "")
    told = _sent(token, "openid.connect.userInfo", {})
    return str(told.get(TEAM_ID) or ""), str(told.get(USER_ID) or "")


def _exchange(method: str, code: str, back: str) -> dict[str, Any]:
    secret = {"client_id": settings.SLACK_CLIENT_ID, "client_secret": settings.SLACK_CLIENT_SECRET}
    return _sent("", method, {**secret, "code": code, "redirect_uri": _back(back)})


def _sent(token: str, method: str, said: dict[str, Any]) -> dict[str, Any]:
    try:
        return send(token, method, said, DELIVERY_SECONDS)
    except SlackTrouble as trouble:
        raise Unfinished(f"Slack did not confirm it ({trouble.word}). Begin again.") from trouble


def _page(path: str, said: dict[str, str]) -> str:
    return f"{urljoin(settings.SLACK_API_URL, path)}?{urlencode(said)}"


def _back(name: str) -> str:
    return settings.BASE_URL + reverse(name)
