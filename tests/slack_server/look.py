"""The page on which a newcomer is the people of this Slack: its files, what it shows, and what is pressed on it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tests.slack_server.carriers import Ack
from tests.slack_server.faults import Faults
from tests.slack_server.forms import NotThere
from tests.slack_server.hands import Card, Hands
from tests.slack_server.methods import messages, views
from tests.slack_server.world import Json, Message, Person, World

FILES = Path(__file__).parent / "page"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css"}
JSON = "application/json; charset=utf-8"
Reply = tuple[int, str, bytes]
NOT_FOUND: Reply = (404, "text/plain", b"Nothing here.")


class Look:
    """`hands` is given once the server runs; `console` is the address of the product, for a link."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world, self.faults = world, faults
        self.hands: Hands | None = None
        self.console = ""
        self.note = ""

    def answer(self, verb: str, path: str, query: str, body: bytes) -> Reply:
        """Status, content type, content. Called outside of the server thread: a press waits for its ack."""
        if verb == "GET" and path == "/look/state":
            return self._state({name: values[0] for name, values in parse_qs(query).items()})
        if verb == "POST" and path.startswith("/look/"):
            return self._act(path.removeprefix("/look/"), json.loads(body or b"{}"))
        file = FILES / ("look.html" if path == "/" else path.removeprefix("/"))
        if verb == "GET" and file.parent == FILES and file.suffix in TYPES and file.is_file():
            return 200, TYPES[file.suffix], file.read_bytes()
        return NOT_FOUND

    def _state(self, asked: Json) -> Reply:
        with self.world.lock:
            if asked.get("version") == str(self.world.version):
                return 204, JSON, b""
            person = self.world.people.get(asked.get("as", "")) or next(
                (p for p in self.world.people.values() if not p.is_bot), None
            )
            if person is None:
                return NOT_FOUND
            return 200, JSON, json.dumps(self._shown(person)).encode()

    def _shown(self, person: Person) -> Json:
        modal = self.world.modal_of(person.id)
        home = self.world.homes.get((person.team_id, person.id))
        seen = [c for c in self.world.channels.values() if person.id in c.members]
        return {
            "version": self.world.version,
            "console": self.console,
            "note": self.note,
            "as": person.id,
            "people": [self._person(p) for p in self.world.people.values()],
            "channels": [
                {
                    "id": c.id,
                    "name": c.name or "Countersign",
                    "is_im": c.is_im,
                    "is_archived": c.is_archived,
                    "is_shared": bool(c.connected),
                    "is_private": c.is_private,
                }
                for c in seen
            ],
            "messages": [
                self._message(m)
                for m in self.world.messages
                if not m.deleted and m.channel_id in {c.id for c in seen} and m.only_for in {"", person.id}
            ],
            "modal": views.shown(self.world, modal) if modal else None,
            "home": home.content if home else None,
        }

    def _person(self, person: Person) -> Json:
        kind = "guest" if person.is_restricted or person.is_ultra_restricted else ""
        return {
            "id": person.id,
            "name": person.display_name,
            "team": self.world.teams[person.team_id].name,
            "is_bot": person.is_bot,
            "kind": kind or ("" if person.team_id == next(iter(self.world.teams)) else "another company"),
        }

    def _message(self, message: Message) -> Json:
        told = messages.shown(message, self.world)
        return {**told, "channel": message.channel_id, "only_for": message.only_for, "edited": bool(message.edited_ts)}

    def _act(self, what: str, given: Json) -> Reply:
        if self.hands is None:
            return NOT_FOUND
        person = self.world.people[given["as"]]
        try:
            ack = self._done(self.hands, person, what, given)
        except (NotThere, AssertionError) as error:
            return 200, JSON, json.dumps({"said": str(error)}).encode()
        return 200, JSON, json.dumps({"said": _said(ack), "errors": ack.tree.get("errors", {}) if ack else {}}).encode()

    def _done(self, hands: Hands, person: Person, what: str, given: Json) -> Ack | None:
        if what == "press":
            channel = self.world.channels[given["channel"]]
            found = next(m for m in self.world.messages if m.ts == given["ts"] and m.channel_id == channel.id)
            card = Card(channel.id, found.ts, found.text, tuple(given.get("blocks") or found.blocks))
            return hands.press(person, card, given["action_id"], given.get("given"))
        if what == "press-home":
            return hands.press_at_home(person, given["action_id"], given.get("given"))
        if what == "press-modal":
            return hands.press_in_modal(person, given["action_id"], given.get("given"))
        if what == "submit":
            return hands.submit(person, given["values"])
        if what == "close":
            return hands.close(person)
        if what == "home":
            return hands.open_home(person)
        if what == "command":
            name, _, text = str(given["text"]).partition(" ")
            return hands.command(person, self.world.channels[given["channel"]], name, text)
        if what == "fault":
            self._order(given)
            return None
        raise NotThere(f"There is no {what} to do.")

    def _order(self, given: dict[str, Any]) -> None:
        """The faults that the page offers: the next call meets one."""
        orders = {
            "429": lambda: self.faults.limit(retry_after=5),
            "503": lambda: self.faults.status(),
            "drop": lambda: self.faults.drop("chat.postMessage"),
            "slow": lambda: self.faults.slow(seconds=4),
            "none": self.faults.clear,
        }
        orders[given["fault"]]()


def _said(ack: Ack | None) -> str:
    """What Slack would show under the button: nothing when all is well."""
    if ack is None or ack.in_time:
        return ""
    if ack.status == 0:
        return "Countersign did not answer in time. Try again."
    return f"Countersign answered {ack.status}. Slack would show a warning sign."
