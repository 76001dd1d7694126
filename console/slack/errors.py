"""What can go wrong at Slack, by name, so that each is answered in its own way.

SlackTrouble
├── Busy            comes again after `seconds`: rate limit, outage, slow answer, nothing known of a post
├── TeamGone        the token does not work; until the app is installed again nothing does
├── ChannelGone     archived, or the app is not in it
├── MessageGone     somebody deleted the card
└── Refused         Slack does not take what we sent: a fault of ours
"""

from typing import Any

# docs.slack.dev: the `error` words of the Web API.
TEAM_GONE = frozenset(
    {
        "account_inactive",
        "app_uninstalled",
        "invalid_auth",
        "missing_scope",
        "not_authed",
        "not_allowed_token_type",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "unreadable_token",
        "invalid_refresh_token",
    }
)
CHANNEL_GONE = frozenset(
    {"channel_not_found", "is_archived", "not_in_channel", "restricted_action", "is_shared", "user_not_in_channel"}
)
MESSAGE_GONE = frozenset({"cant_update_message", "edit_window_closed", "message_not_found", "thread_not_found"})
BUSY = frozenset(
    {
        "fatal_error",
        "internal_error",
        "ratelimited",
        "rate_limited",
        "request_timeout",
        "service_unavailable",
        "accesslimited",
    }
)
# What a person can do about it; other words are shown as they are.
ADVICE = {
    "account_inactive": "Slack has switched the app's account off. Install it again.",
    "app_uninstalled": "The app was taken out of Slack. Install it again.",
    "channel_not_found": "There is no such channel, or the app is not in it. Invite the app there.",
    "connection": "Slack cannot be reached. It is tried again.",
    "invalid_auth": "Slack does not know the app's token. Install it again.",
    "invalid_refresh_token": "The app's token could not be renewed. Install it again.",
    "is_archived": "The channel is archived. Open it again, or choose another.",
    "is_shared": "The channel is shared with another company, so no cards go there. Choose another.",
    "missing_scope": "The app was installed without a right that it needs. Install it again.",
    "not_in_channel": "The app is not in the channel. Invite it there.",
    "ratelimited": "Slack asked us to go slower. What waits comes later.",
    "slow": "Slack answers too slowly. It is tried again.",
    "token_expired": "The app's token has run out. Install it again.",
    "token_revoked": "The app's token was withdrawn in Slack. Install it again.",
    "unreadable_token": "The kept token cannot be read, since the pepper was changed. Install the app again.",
}


class SlackTrouble(Exception):
    """`word` is Slack's own, or ours: connection, slow, unreadable_token, is_shared."""

    def __init__(self, word: str, *, detail: Any = None) -> None:
        super().__init__(f"{word}{f': {detail}' if detail else ''}")
        self.word = word


class Busy(SlackTrouble):
    """Come again after `seconds`; None leaves the pause to the outbox. `was_sent`: it may have arrived all the same."""

    def __init__(self, word: str, *, seconds: float | None = None, was_sent: bool = False) -> None:
        super().__init__(word)
        self.seconds = seconds
        self.was_sent = was_sent


class TeamGone(SlackTrouble):
    """Have an admin install the app again."""


class ChannelGone(SlackTrouble):
    """Have somebody open the channel again, or invite the app."""


class MessageGone(SlackTrouble):
    """Post it anew where it still matters."""


class Refused(SlackTrouble):
    """Mend what is sent."""


def named(word: str, detail: Any = None) -> SlackTrouble:
    """The trouble that Slack's word means."""
    if word in BUSY:
        return Busy(word)
    for words, kind in ((TEAM_GONE, TeamGone), (CHANNEL_GONE, ChannelGone), (MESSAGE_GONE, MessageGone)):
        if word in words:
            return kind(word)
    return Refused(word, detail=detail)


def advice(word: str) -> str:
    return ADVICE.get(word, f"Slack said: {word}." if word else "")
