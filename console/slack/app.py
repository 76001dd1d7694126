"""The Bolt app: the same listeners for HTTP and for Socket Mode. Made at its first use, so that an instance without
Slack loads nothing of it.
"""

import logging
import re
from functools import lru_cache

from django.conf import settings
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from console.slack import buttons_pressed, happenings, modals_sent

EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "tokens_revoked",
    "user_change",
    "channel_archive",
    "channel_unarchive",
    "channel_rename",
    "channel_shared",
    "channel_unshared",
)
ON_CARDS = {
    "cs_approve": buttons_pressed.approve,
    "cs_reject": buttons_pressed.reject,
    "cs_edit": buttons_pressed.edit,
    "cs_ask": buttons_pressed.ask,
    "cs_undo": buttons_pressed.undo,
    "cs_claim": buttons_pressed.claim,
    "cs_release": buttons_pressed.release,
    "cs_away": buttons_pressed.away,
    "cs_back": buttons_pressed.back,
    "cs_details": buttons_pressed.details,
}
IN_MODALS = {
    "cs_approve": modals_sent.approve,
    "cs_reject": modals_sent.reject,
    "cs_ask": modals_sent.ask,
    "cs_edit": modals_sent.edit,
    "cs_edited": modals_sent.edited,
}

# Bolt tells signatures and whole bodies at INFO.
log = logging.getLogger("slack_bolt")
log.setLevel(logging.WARNING)


def bolt() -> App:
    return _app(settings.SLACK_SIGNING_SECRET, settings.SLACK_API_URL)


@lru_cache(maxsize=4)
def _app(signing_secret: str, api_url: str) -> App:
    app = App(
        logger=log,
        # One thread, one database connection, and what a listener does is done when Slack hears of it.
        process_before_response=True,
        signing_secret=signing_secret,
        request_verification_enabled=bool(signing_secret),
        token_verification_enabled=False,
        client=WebClient(base_url=api_url, retry_handlers=[]),
        authorize=_authorize,
    )
    for action_id, pressed in ON_CARDS.items():
        app.action(action_id)(pressed)
    app.action(re.compile(".*"))(buttons_pressed.unknown)
    for callback_id, sent in IN_MODALS.items():
        app.view(callback_id)(sent)
    for event in EVENTS:
        app.event(event)(happenings.happened)
    app.command("/approvals")(happenings.approvals)
    return app


def _authorize(team_id: str | None, enterprise_id: str | None) -> AuthorizeResult:
    """Yes to everybody: listeners look themselves for the installation, and call Slack with its token. To a no, Bolt
    would write to an address in the payload before it answers.
    """
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)
