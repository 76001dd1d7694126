"""Rows of the human door: what people set for themselves, and what stands in Slack."""

from console.models.personal import KeyMap, SavedView
from console.models.slack import SlackCard, SlackChannel, SlackNote, SlackRoute, SlackSeen, SlackTeam

__all__ = [
    "KeyMap",
    "SavedView",
    "SlackCard",
    "SlackChannel",
    "SlackNote",
    "SlackRoute",
    "SlackSeen",
    "SlackTeam",
]
