"""What a Slack holds: teams, people, channels, messages, views, installations. Plain rows, no rules."""

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS, RESPONSE_URL_USES = 30 * 60.0, 5
TOKEN_SECONDS = 12 * 3600
BOT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "users:read",
    "users:read.email",
)


@dataclass(slots=True)
class Team:
    id: str
    domain: str
    name: str
    enterprise_id: str | None = None


@dataclass(slots=True)
class Person:
    """A member of a team, or its bot. `name` is what others type, `display_name` what they see; both can be copied."""

    id: str
    team_id: str
    name: str
    real_name: str
    display_name: str
    email: str
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False


@dataclass(slots=True)
class Channel:
    """`connected` are the other teams of a channel that is shared with them."""

    id: str
    name: str
    team_id: str
    members: set[str] = field(default_factory=set)
    connected: set[str] = field(default_factory=set)
    is_private: bool = False
    is_archived: bool = False
    with_person: str = ""

    @property
    def is_im(self) -> bool:
        return bool(self.with_person)


@dataclass(slots=True)
class Message:
    """`only_for` is the person who alone sees it; such a message is not in the history."""

    ts: str
    channel_id: str
    author: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    metadata: Json = field(default_factory=dict)
    thread_ts: str = ""
    only_for: str = ""
    edited_ts: str = ""
    deleted: bool = False
    times_updated: int = 0


@dataclass(slots=True)
class View:
    """A modal or an App Home. `root_id` and `previous_id` tell its place in a stack of modals."""

    id: str
    team_id: str
    user_id: str
    content: Json
    hash: str
    root_id: str = ""
    previous_id: str = ""
    is_open: bool = True


@dataclass(slots=True)
class App:
    id: str
    client_id: str
    client_secret: str
    signing_secret: str
    verification_token: str
    app_token: str
    name: str = "Countersign"
    rotates_tokens: bool = False


@dataclass(slots=True)
class Install:
    """The app in one team. `expires_at` is 0 for a token that does not rotate."""

    team_id: str
    enterprise_id: str | None
    bot_token: str
    bot_user_id: str
    bot_id: str
    scopes: tuple[str, ...] = BOT_SCOPES
    refresh_token: str = ""
    expires_at: float = 0.0
    revoked: bool = False


@dataclass(slots=True)
class Trigger:
    user_id: str
    team_id: str
    until: float
    used: bool = False
    view_id: str = ""


@dataclass(slots=True)
class ResponseUrl:
    channel_id: str
    user_id: str
    message_ts: str
    until: float
    uses: int = 0


@dataclass(slots=True)
class Grant:
    """A code that an authorize page handed out."""

    team_id: str
    user_id: str
    redirect_uri: str
    nonce: str = ""
    used: bool = False


class World:
    """Everything there is. `lock` is held while it is read or changed; `version` counts what changed."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.version = 0
        self._skew = 0.0
        self._ids = itertools.count(1)
        self._ts = 0
        # Socket Mode's side of the server says where the next connection may be opened.
        self.link_address: Callable[[], str] = str
        self.app = App(
            id="A0COUNTER1",
            client_id="1000000001.2000000002",
            client_secret=secrets.token_hex(16),
            signing_secret=secrets.token_hex(16),
            verification_token=secrets.token_hex(12),
            app_token="xapp-1-A0COUNTER1-" + secrets.token_hex(16),
        )
        self.clear()

    def clear(self) -> None:
        """Empties it; the app and its secrets stay, because the product's settings hold them."""
        self._skew = 0.0
        self.app.rotates_tokens = False
        self.teams: dict[str, Team] = {}
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: list[Message] = []
        self.views: dict[str, View] = {}
        self.homes: dict[tuple[str, str], View] = {}
        self.installs: dict[str, Install] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.grants: dict[str, Grant] = {}
        self.id_tokens: dict[str, Grant] = {}
        self.sent_ids: dict[tuple[str, str], Message] = {}
        self.touch()

    def touch(self) -> None:
        self.version += 1

    def now(self) -> float:
        """Seconds since 1970, as this Slack sees them."""
        return time.time() + self._skew

    def advance(self, seconds: float) -> None:
        """Lets time pass without waiting: triggers, tokens and response addresses grow old."""
        self._skew += seconds

    def new_id(self, kind: str) -> str:
        return f"{kind}0{next(self._ids):08d}"

    def new_ts(self) -> str:
        """Microseconds, each later than the one before."""
        self._ts = max(self._ts + 1, int(self.now() * 1_000_000))
        return f"{self._ts // 1_000_000}.{self._ts % 1_000_000:06d}"

    def add_team(self, name: str, *, enterprise_id: str | None = None) -> Team:
        team = Team(self.new_id("T"), name.lower().replace(" ", "-"), name, enterprise_id)
        self.teams[team.id] = team
        self.touch()
        return team

    def add_person(self, team: Team, name: str, *, display_name: str = "", email: str = "", **flags: bool) -> Person:
        shown = display_name or name.title()
        person = Person(
            self.new_id("U"), team.id, name, shown, shown, email or f"{name}@{team.domain}.example", **flags
        )
        self.people[person.id] = person
        self.touch()
        return person

    def add_channel(self, team: Team, name: str, *members: Person, is_private: bool = False) -> Channel:
        channel = Channel(self.new_id("C"), name, team.id, {person.id for person in members}, is_private=is_private)
        self.channels[channel.id] = channel
        self.touch()
        return channel

    def direct(self, team_id: str, user_id: str) -> Channel:
        """The conversation of the app with one person; made when first asked for."""
        for channel in self.channels.values():
            if channel.with_person == user_id and channel.team_id == team_id:
                return channel
        bot = self.installs[team_id].bot_user_id
        made = Channel(self.new_id("D"), "", team_id, {user_id, bot}, with_person=user_id)
        self.channels[made.id] = made
        return made

    def install(self, team: Team) -> Install:
        """Puts the app into a team, as its admin would by the Allow button; a second time gives a new token."""
        had = self.installs.get(team.id)
        bot = self.people[had.bot_user_id] if had else self.add_person(team, "countersign", is_bot=True)
        made = Install(team.id, team.enterprise_id, "", bot.id, had.bot_id if had else self.new_id("B"), revoked=False)
        self.installs[team.id] = made
        self.new_token(made)
        return made

    def new_token(self, install: Install) -> None:
        """Access and refresh token, each once; the ones before are worth nothing."""
        rotating = self.app.rotates_tokens
        install.bot_token = ("xoxe.xoxb-1-" if rotating else "xoxb-") + secrets.token_hex(16)
        install.refresh_token = "xoxe-1-" + secrets.token_hex(16) if rotating else ""
        install.expires_at = self.now() + TOKEN_SECONDS if rotating else 0.0
        self.touch()

    def invite_bot(self, channel: Channel) -> None:
        channel.members.add(self.installs[channel.team_id].bot_user_id)

    def message(self, channel_id: str, ts: str) -> Message | None:
        found = (m for m in self.messages if m.ts == ts and m.channel_id == channel_id and not m.deleted)
        return next(found, None)

    def history(self, channel_id: str) -> Iterator[Message]:
        """What everybody in the channel sees, oldest first, replies included."""
        return (m for m in self.messages if m.channel_id == channel_id and not m.deleted and not m.only_for)

    def whispers(self, user_id: str) -> list[Message]:
        """What only this person was shown, oldest first."""
        return [m for m in self.messages if m.only_for == user_id and not m.deleted]

    def modal_of(self, user_id: str) -> View | None:
        """The modal on top of this person's screen."""
        return next((v for v in reversed(self.views.values()) if v.user_id == user_id and v.is_open), None)

    def new_trigger(self, user_id: str, team_id: str, view_id: str = "") -> str:
        number = f"{next(self._ids)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self.triggers[number] = Trigger(user_id, team_id, self.now() + TRIGGER_SECONDS, view_id=view_id)
        return number

    def new_response_url(self, channel_id: str, user_id: str, message_ts: str = "") -> str:
        """The last part of the address."""
        name = secrets.token_hex(12)
        self.response_urls[name] = ResponseUrl(channel_id, user_id, message_ts, self.now() + RESPONSE_URL_SECONDS)
        return name
