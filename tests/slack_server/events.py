"""The Events API: each event comes again until it was acknowledged, three times at most."""

from dataclasses import dataclass

from tests.slack_server import payloads
from tests.slack_server.carriers import Ack, Carrier
from tests.slack_server.world import Channel, Json, Team, World

# Seconds between an attempt that failed and the next one.
PAUSES = (0.0, 60.0, 300.0)


@dataclass(slots=True)
class Owed:
    """An event that was not acknowledged: what it is, how often it was tried again, when it comes next."""

    payload: Json
    tries: int
    due_at: float
    reason: str


class Events:
    def __init__(self, world: World, carrier: Carrier) -> None:
        self._world = world
        self.carrier = carrier
        self.owed: list[Owed] = []

    def verify(self, challenge: str) -> Ack:
        """url_verification, which proves the address when it is entered."""
        told = {"token": self._world.app.verification_token, "challenge": challenge, "type": "url_verification"}
        return self.carrier("events_api", told, {})

    def send(self, team_id: str, inner: Json) -> Ack:
        """One event; where it is not acknowledged, it is owed."""
        with self._world.lock:
            told = payloads.event(self._world, team_id, inner)
        return self.deliver(told)

    def deliver(self, told: Json, tries: int = 0, reason: str = "") -> Ack:
        extra = {"X-Slack-Retry-Num": str(tries), "X-Slack-Retry-Reason": reason} if tries else {}
        ack = self.carrier("events_api", told, extra)
        if not ack.in_time and tries < len(PAUSES) and ack.headers.get("X-Slack-No-Retry") != "1":
            due_at = self._world.now() + PAUSES[tries]
            self.owed.append(Owed(told, tries, due_at, ack.failure or "http_error"))
        return ack

    def retry(self) -> list[Ack]:
        """Sends again what is due by this Slack's clock."""
        now = self._world.now()
        due = [each for each in self.owed if each.due_at <= now]
        self.owed = [each for each in self.owed if each.due_at > now]
        return [self.deliver(each.payload, each.tries + 1, each.reason) for each in due]

    def uninstall(self, team: Team) -> list[Ack]:
        """The app is removed from a team: its tokens are worth nothing from now on, and two events say so."""
        with self._world.lock:
            install = self._world.installs[team.id]
            install.revoked = True
            self._world.touch()
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [install.bot_user_id]}}
        return [self.send(team.id, revoked), self.send(team.id, {"type": "app_uninstalled"})]

    def archive(self, channel: Channel) -> Ack:
        with self._world.lock:
            channel.is_archived = True
            self._world.touch()
        return self.send(channel.team_id, {"type": "channel_archive", "channel": channel.id})

    def share(self, channel: Channel, team: Team) -> Ack:
        """The channel is shared with another company."""
        with self._world.lock:
            channel.connected.add(team.id)
            self._world.touch()
        inner = {"type": "channel_shared", "channel": channel.id, "connected_team_id": team.id}
        return self.send(channel.team_id, inner)
