"""Collects what is wrong with a tree, and checks its texts, options and confirm dialogs."""

from dataclasses import dataclass, field
from typing import Any

from tests.slack_server.world import Json

OPTION = {"text", "value", "description", "url"}
CONFIRM = {"title", "text", "confirm", "deny", "style"}


@dataclass(slots=True)
class Problems:
    found: list[str] = field(default_factory=list)

    def add(self, what: str, at: str) -> None:
        self.found.append(f"{what} [json-pointer:{at}]")

    def node(self, value: Any, at: str) -> bool:
        if isinstance(value, dict):
            return True
        self.add("must provide an object", at)
        return False

    def known(self, node: Json, allowed: set[str], at: str) -> None:
        for name in node.keys() - allowed:
            self.add(f"invalid additional property: {name}", at)

    def needs(self, node: Json, at: str, *names: str) -> bool:
        missing = [name for name in names if name not in node]
        for name in missing:
            self.add(f"missing required field: {name}", at)
        return not missing

    def length(self, node: Json, name: str, most: int, at: str, least: int = 0) -> None:
        """A plain text property, where it is given."""
        if name not in node:
            return
        value = node[name]
        if not isinstance(value, str):
            self.add("must be a string", f"{at}/{name}")
        elif len(value) > most:
            self.add(f"must be less than {most + 1} characters", f"{at}/{name}")
        elif len(value) < least:
            self.add(f"must be more than {least - 1} characters", f"{at}/{name}")

    def items(self, node: Json, name: str, most: int, at: str, least: int = 0) -> list[Any]:
        """A list property; [] where it is not given or no list."""
        if name not in node:
            return []
        values = node[name]
        if not isinstance(values, list):
            self.add("must be an array", f"{at}/{name}")
            return []
        if len(values) > most:
            self.add(f"no more than {most} items allowed", f"{at}/{name}")
        if len(values) < least:
            self.add(f"no less than {least} items allowed", f"{at}/{name}")
        return values

    def text(self, node: Json, name: str, most: int, at: str, *, plain: bool = False) -> None:
        """A text object, where it is given."""
        if name in node:
            self.text_object(node[name], most, f"{at}/{name}", plain=plain)

    def text_object(self, value: Any, most: int, at: str, *, plain: bool = False) -> None:
        if not self.node(value, at) or not self.needs(value, at, "type", "text"):
            return
        kind = value["type"]
        allowed = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
        if kind not in allowed:
            self.add(f"must be one of {', '.join(sorted(allowed))}", f"{at}/type")
        self.known(value, {"type", "text", "emoji" if kind == "plain_text" else "verbatim"}, at)
        self.length(value, "text", min(most, 3000), at, least=1)

    def one_of(self, node: Json, name: str, allowed: set[str], at: str) -> None:
        if name in node and node[name] not in allowed:
            self.add(f"must be one of {', '.join(sorted(allowed))}", f"{at}/{name}")

    def confirm(self, node: Json, at: str) -> None:
        if "confirm" not in node or not self.node(node["confirm"], f"{at}/confirm"):
            return
        value, at = node["confirm"], f"{at}/confirm"
        self.known(value, CONFIRM, at)
        self.needs(value, at, "title", "text", "confirm", "deny")
        self.text(value, "title", 100, at, plain=True)
        self.text(value, "text", 300, at)
        self.text(value, "confirm", 30, at, plain=True)
        self.text(value, "deny", 30, at, plain=True)
        self.one_of(value, "style", {"primary", "danger"}, at)

    def options(self, node: Json, at: str, *, most: int, plain: bool, name: str = "options", least: int = 1) -> None:
        for n, option in enumerate(self.items(node, name, most, at, least)):
            self.option(option, f"{at}/{name}/{n}", plain=plain)

    def option(self, option: Any, at: str, *, plain: bool) -> None:
        if not self.node(option, at) or not self.needs(option, at, "text", "value"):
            return
        self.known(option, OPTION, at)
        self.text(option, "text", 75, at, plain=plain)
        self.length(option, "value", 150, at)
        self.text(option, "description", 75, at, plain=plain)
