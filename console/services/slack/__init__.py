"""What is done about Slack. Each verb names its actor and its moment; promises go to the sink `slack`."""

from console.services.slack.installs import install, link_by_email, remove, renew, tokens_gone
from console.services.slack.owing import is_on, owe, owe_again, stick
from console.services.slack.refusals import refused
from console.services.slack.routes import route, unroute
from console.services.slack.seen import forget, forget_old, remember
from console.services.slack.telling import draw_home, send_test, tell
from console.services.slack.troubles import channel_changed, channel_well, fails, well

__all__ = [
    "channel_changed",
    "channel_well",
    "draw_home",
    "fails",
    "forget",
    "forget_old",
    "install",
    "is_on",
    "link_by_email",
    "owe",
    "owe_again",
    "refused",
    "remember",
    "remove",
    "renew",
    "route",
    "send_test",
    "stick",
    "tell",
    "tokens_gone",
    "unroute",
    "well",
]
