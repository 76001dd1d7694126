"""Calls to Slack's Web API: within the budget, with a time limit, never repeated by itself, every failure by name."""

from datetime import datetime
from http.client import HTTPException
from typing import Any

from django.conf import settings
from django.utils import timezone
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from console.models import SlackChannel, SlackTeam
from console.services import slack
from console.slack import budget
from console.slack.errors import Busy, ChannelGone, SlackTrouble, TeamGone, named
from tenancy.sealing import Unreadable, unseal

# Slack waits three seconds for the answer to a click: all calls behind it share what is left of this.
CLICK_SECONDS, CALL_SECONDS, LEAST_SECONDS = 2.4, 1.0, 0.1
# A delivery has time, but its worker has more to do.
DELIVERY_SECONDS = 4.0
# How long the rest of a workspace's cards wait when one call found nobody there.
AWAY_SECONDS = 5.0
# These take a JSON body; the others take a form.
JSON = frozenset({"chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "views.publish"})
POSTS = frozenset({"chat.postMessage"})


class Caller:
    """The bot of one Slack workspace.

    `is_pressed`: somebody has just pressed a button and looks at the screen. `is_click`: Slack waits for our answer.
    """

    def __init__(self, team: SlackTeam, *, at: datetime, is_pressed: bool = False, is_click: bool = False) -> None:
        self.team = team
        self._at = at
        self._is_pressed = is_pressed
        self._is_click = is_click

    def call(self, method: str, said: dict[str, Any], channel: SlackChannel | None = None) -> dict[str, Any]:
        """Slack's answer. Raises SlackTrouble, after it was kept for the settings page: at `channel` where it is about
        one.
        """
        try:
            self._take_turn(method, channel)
            answer = send(self.token(), method, said, self._seconds())
        except ChannelGone as trouble:
            slack.fails(at=self._at, team=self.team, trouble=trouble.word, channel=channel)
            raise
        except (TeamGone, Busy) as trouble:
            self._note(method, trouble)
            raise
        slack.well(at=self._at, team=self.team)
        if channel is not None and method in JSON:
            slack.channel_well(at=self._at, channel=channel)
        return answer

    def token(self) -> str:
        """Raises TeamGone where there is none, or it cannot be read."""
        try:
            token = unseal(self.team.token, self.team.id)
        except Unreadable as error:
            raise TeamGone("unreadable_token") from error
        if self.team.removed_at or not token:
            raise TeamGone("app_uninstalled")
        return token

    def _seconds(self) -> float:
        if not self._is_click:
            return DELIVERY_SECONDS
        left = CLICK_SECONDS - (timezone.now() - self._at).total_seconds()
        return min(CALL_SECONDS, max(LEAST_SECONDS, left))

    def _take_turn(self, method: str, channel: SlackChannel | None) -> None:
        """Behind a click nothing can come later, so there only Slack itself says no."""
        if self._is_click:
            return
        now = self._at.timestamp()
        wanted = [(f"{self.team.id}:{method}", budget.TIERS.get(method, budget.OTHERS))]
        if method in POSTS and channel is not None:
            wanted = [(f"{self.team.id}:{channel.id}", budget.POSTS), (f"{self.team.id}:{method}", budget.OTHERS)]
        for key, rate in [(f"{self.team.id}:all", budget.TOGETHER), *wanted]:
            seconds = budget.wait(key, rate, now=now, is_pressed=self._is_pressed)
            if seconds:
                raise Busy("budget", seconds=seconds)

    def _note(self, method: str, trouble: TeamGone | Busy) -> None:
        """Our own pace is no trouble. Whoever is told to wait, or finds nobody there, keeps the rest back too."""
        if trouble.word == "budget":
            return
        slack.fails(at=self._at, team=self.team, trouble=trouble.word)
        self.team.trouble = trouble.word
        if isinstance(trouble, Busy):
            key = f"{self.team.id}:{method}" if trouble.word == "ratelimited" else f"{self.team.id}:all"
            budget.rest(key, seconds=trouble.seconds or AWAY_SECONDS, now=self._at.timestamp())


def send(token: str, method: str, said: dict[str, Any], seconds: float) -> dict[str, Any]:
    """One call, with nothing around it. Raises SlackTrouble."""
    # No retry handlers: the built-in one would post a second time after a lost answer, and others sleep.
    client = WebClient(token, base_url=settings.SLACK_API_URL, timeout=seconds, retry_handlers=[])  # type: ignore[arg-type]
    try:
        answer = client.api_call(method, json=said) if method in JSON else client.api_call(method, params=said)
    except SlackApiError as error:
        raise _trouble(error) from error
    except TimeoutError as error:
        raise Busy("slow", was_sent=True) from error
    except (OSError, HTTPException, SlackClientError, ValueError) as error:
        raise Busy("slow" if "timed out" in str(error) else "connection", was_sent=True) from error
    return answer.data if isinstance(answer.data, dict) else {}


def _trouble(error: SlackApiError) -> SlackTrouble:
    answer = error.response
    if answer.status_code == 429:
        after = str(answer.headers.get("Retry-After") or answer.headers.get("retry-after") or "")
        return Busy("ratelimited", seconds=float(after) if after.isascii() and after.isdigit() else 30.0)
    if answer.status_code >= 500:
        return Busy("service_unavailable", was_sent=True)
    data = answer.data if isinstance(answer.data, dict) else {}
    return named(str(data.get("error", "unknown_error"))[:80], data.get("response_metadata"))
