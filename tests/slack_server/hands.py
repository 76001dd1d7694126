"""The hands of the people in this Slack: press, fill in, submit, close, type a command, open the App Home.

Each sends what Slack would send and does with the answer what Slack would do.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

from tests.slack_server import events, forms, payloads
from tests.slack_server.carriers import Ack, Carrier
from tests.slack_server.forms import NotThere
from tests.slack_server.methods import views
from tests.slack_server.methods.chat import content_problems
from tests.slack_server.world import Channel, Json, Message, Person, View, World


@dataclass(frozen=True, slots=True)
class Card:
    """A message as it stood on a screen at one moment; pressing an old one is a stale press."""

    channel_id: str
    ts: str
    text: str
    blocks: tuple[Json, ...]

    @property
    def words(self) -> str:
        """All its texts, one a line."""
        return "\n".join(_texts(list(self.blocks)))

    @property
    def buttons(self) -> dict[str, Json]:
        """What can be pressed, by action id."""
        return {element["action_id"]: element for _, element in pressable(list(self.blocks))}


class Hands:
    """`carrier` brings payloads to the app; `origin` is this Slack's own address, for response addresses."""

    def __init__(self, world: World, carrier: Carrier, origin: str) -> None:
        self.world = world
        self.carrier = carrier
        self.origin = origin
        self.events = events.Events(world, carrier)

    def cards(self, channel: Channel) -> list[Card]:
        """What stands in the channel, oldest first, replies left out."""
        with self.world.lock:
            return [_card(message) for message in self.world.history(channel.id) if not message.thread_ts]

    def replies(self, card: Card) -> list[Card]:
        with self.world.lock:
            return [_card(m) for m in self.world.history(card.channel_id) if m.thread_ts == card.ts]

    def whispers(self, person: Person) -> list[str]:
        """What only this person was told."""
        with self.world.lock:
            return [f"{message.text}\n{_card(message).words}".strip() for message in self.world.whispers(person.id)]

    def press(self, person: Person, card: Card, action_id: str, given: object = None) -> Ack:
        """Raises NotThere where the card that was seen has no such button."""
        block, element = _pressed(list(card.blocks), action_id)
        with self.world.lock:
            message = self._message(card)
            channel = self.world.channels[card.channel_id]
            action = forms.action_of(block, element, given)
            told = payloads.press(self.world, person, channel, message, list(card.blocks), action, self.origin)
        return self.carrier("interactive", told, {})

    def press_at_home(self, person: Person, action_id: str, given: object = None) -> Ack:
        view = self.home(person)
        if view is None:
            raise NotThere(f"{person.name} has no App Home.")
        return self._press_in(person, view, action_id, given)

    def press_in_modal(self, person: Person, action_id: str, given: object = None) -> Ack:
        return self._press_in(person, self.modal(person), action_id, given)

    def modal(self, person: Person) -> View:
        """The modal on top of this person's screen. Raises NotThere."""
        with self.world.lock:
            view = self.world.modal_of(person.id)
        if view is None:
            raise NotThere(f"{person.name} has no modal open; was told {self.whispers(person)}.")
        return view

    def home(self, person: Person) -> View | None:
        with self.world.lock:
            return self.world.homes.get((person.team_id, person.id))

    def submit(self, person: Person, given: Mapping[str, object] | None = None) -> Ack:
        """Fills in the modal on top and submits it; what the answer asks for happens to the screen.

        Raises NotThere where Slack's form would not let it go: an input that is empty but needed.
        """
        view = self.modal(person)
        state = forms.state(view, dict(given or {}))
        empty = forms.missing(view, state)
        if empty:
            raise NotThere(f"The form is not complete: {empty}.")
        with self.world.lock:
            told = payloads.submission(self.world, person, view, state)
        ack = self.carrier("interactive", told, {})
        if ack.in_time:
            with self.world.lock:
                self._answered(view, ack.tree)
        return ack

    def close(self, person: Person) -> Ack | None:
        """Closes the modal on top; the app hears of it where it asked to."""
        view = self.modal(person)
        with self.world.lock:
            view.is_open = False
            self.world.touch()
            told = payloads.closing(self.world, person, view) if view.content.get("notify_on_close") else None
        return self.carrier("interactive", told, {}) if told else None

    def command(self, person: Person, channel: Channel, name: str, text: str = "") -> Ack:
        with self.world.lock:
            told = payloads.command(self.world, person, channel, name, text, self.origin)
        ack = self.carrier("slash_commands", told, {})
        # An answer may be nothing but its text.
        answer = ack.tree or {"text": ack.body}
        if ack.in_time and (answer.get("text") or answer.get("blocks")):
            problems = content_problems(answer.get("blocks", []))
            if problems:
                raise AssertionError(f"Slack would not show this answer: {problems}")
            self._whisper(channel, person, answer)
        return ack

    def open_home(self, person: Person) -> Ack:
        view = self.home(person)
        told: Json = {"type": "app_home_opened", "user": person.id, "tab": "home", "event_ts": self.world.new_ts()}
        told["channel"] = self.world.direct(person.team_id, person.id).id
        if view is not None:
            told["view"] = views.shown(self.world, view)
        return self.events.send(person.team_id, told)

    def _press_in(self, person: Person, view: View, action_id: str, given: object) -> Ack:
        block, element = _pressed(view.content["blocks"], action_id)
        with self.world.lock:
            action = forms.action_of(block, element, given)
            told = payloads.press_in_view(self.world, person, view, action, forms.state(view, {}))
        return self.carrier("interactive", told, {})

    def _message(self, card: Card) -> Message:
        for message in self.world.messages:
            if (message.channel_id, message.ts) == (card.channel_id, card.ts):
                return message
        raise NotThere("The message is gone.")

    def _answered(self, view: View, answer: Json) -> None:
        """response_action: nothing closes the modal, errors keep it, clear closes all, update and push show another."""
        what = answer.get("response_action", "")
        if what == "errors":
            unknown = answer["errors"].keys() - forms.inputs(view).keys()
            if unknown:
                raise AssertionError(f"Slack shows no error at {sorted(unknown)}: there is no such input")
            return
        if what in {"update", "push"}:
            problems = views.problems_of(answer["view"])
            if problems:
                raise AssertionError(f"Slack would not show this view: {problems}")
        if what == "update":
            views.replace(self.world, view, answer["view"])
        elif what == "push":
            views.stacked(self.world, self.world.installs[view.team_id], view.user_id, answer["view"], view)
        elif what == "clear":
            views.close_all(self.world, view.user_id)
        else:
            view.is_open = False
        self.world.touch()

    def _whisper(self, channel: Channel, person: Person, answer: Json) -> None:
        bot = self.world.installs[channel.team_id].bot_user_id
        seen_by = "" if answer.get("response_type") == "in_channel" else person.id
        with self.world.lock:
            message = Message(self.world.new_ts(), channel.id, bot, str(answer.get("text", "")), only_for=seen_by)
            message.blocks = answer.get("blocks", [])
            self.world.messages.append(message)
            self.world.touch()


def pressable(blocks: list[Json]) -> list[tuple[Json, Json]]:
    """Every block with each of its elements that carries an action id, inputs of a form left out."""
    found = []
    for block in blocks:
        if block["type"] == "actions":
            found += [(block, element) for element in block["elements"]]
        elif block["type"] == "section" and block.get("accessory", {}).get("action_id"):
            found.append((block, block["accessory"]))
        elif block["type"] == "input" and block.get("dispatch_action"):
            found.append((block, block["element"]))
    return found


def _pressed(blocks: list[Json], action_id: str) -> tuple[Json, Json]:
    for block, element in pressable(blocks):
        if element["action_id"] == action_id:
            return block, element
    there = [element["action_id"] for _, element in pressable(blocks)]
    raise NotThere(f"Nothing named {action_id} to press; there is {there}.")


def _card(message: Message) -> Card:
    return Card(message.channel_id, message.ts, message.text, tuple(copy.deepcopy(message.blocks)))


def _texts(tree: object) -> list[str]:
    if isinstance(tree, dict):
        own = [tree["text"]] if isinstance(tree.get("text"), str) else []
        inner = [text for name, value in tree.items() if name != "confirm" for text in _texts(value)]
        return own + inner
    if isinstance(tree, list):
        return [text for each in tree for text in _texts(each)]
    return []
