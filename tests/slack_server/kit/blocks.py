"""The blocks of a message, a modal or an App Home."""

from collections.abc import Callable
from typing import Any, Literal

from tests.slack_server.kit import elements
from tests.slack_server.kit.problems import Problems
from tests.slack_server.world import Json

Surface = Literal["message", "modal", "home"]
MOST = {"message": 50, "modal": 100, "home": 100}
# Slack refuses a message whose blocks hold more than about 12,000 characters and does not say how it counts: clients
# measured refusals from 11,341 characters of text on. This one is strict.
MOST_CHARACTERS = 11_000


def section(problems: Problems, node: Json, at: str, surface: Surface) -> list[str]:
    problems.known(node, {"type", "block_id", "text", "fields", "accessory", "expand"}, at)
    if "text" not in node and "fields" not in node:
        problems.add("missing required field: text", at)
    problems.text(node, "text", 3000, at)
    for n, each in enumerate(problems.items(node, "fields", 10, at, 1)):
        problems.text_object(each, 2000, f"{at}/fields/{n}")
    if "accessory" not in node:
        return []
    return [elements.check(problems, node["accessory"], f"{at}/accessory", elements.IN_SECTION)]


def header(problems: Problems, node: Json, at: str, surface: Surface) -> list[str]:
    problems.known(node, {"type", "block_id", "text"}, at)
    problems.needs(node, at, "text")
    problems.text(node, "text", 150, at, plain=True)
    return []


def divider(problems: Problems, node: Json, at: str, surface: Surface) -> list[str]:
    problems.known(node, {"type", "block_id"}, at)
    return []


def context(problems: Problems, node: Json, at: str, surface: Surface) -> list[str]:
    problems.known(node, {"type", "block_id", "elements"}, at)
    problems.needs(node, at, "elements")
    for n, each in enumerate(problems.items(node, "elements", 10, at, 1)):
        where = f"{at}/elements/{n}"
        if isinstance(each, dict) and each.get("type") == "image":
            elements.check(problems, each, where, {"image"})
        else:
            problems.text_object(each, 3000, where)
    return []


def actions(problems: Problems, node: Json, at: str, surface: Surface) -> list[str]:
    problems.known(node, {"type", "block_id", "elements"}, at)
    problems.needs(node, at, "elements")
    every = problems.items(node, "elements", 25, at, 1)
    return [elements.check(problems, each, f"{at}/elements/{n}", elements.IN_ACTIONS) for n, each in enumerate(every)]


def image(problems: Problems, node: Json, at: str, surface: Surface) -> list[str]:
    problems.known(node, {"type", "block_id", "image_url", "alt_text", "title", "slack_file"}, at)
    problems.needs(node, at, "alt_text", *(() if "slack_file" in node else ("image_url",)))
    problems.length(node, "image_url", 3000, at, least=1)
    problems.length(node, "alt_text", 2000, at, least=1)
    problems.text(node, "title", 2000, at, plain=True)
    return []


def asked(problems: Problems, node: Json, at: str, surface: Surface) -> list[str]:
    """The block named input."""
    problems.known(node, {"type", "block_id", "label", "element", "hint", "optional", "dispatch_action"}, at)
    if not problems.needs(node, at, "label", "element"):
        return []
    problems.text(node, "label", 2000, at, plain=True)
    problems.text(node, "hint", 2000, at, plain=True)
    allowed = elements.IN_INPUT if surface == "message" else elements.IN_INPUT_OF_MODAL
    return [elements.check(problems, node["element"], f"{at}/element", allowed)]


def markdown(problems: Problems, node: Json, at: str, surface: Surface) -> list[str]:
    problems.known(node, {"type", "block_id", "text"}, at)
    problems.needs(node, at, "text")
    problems.length(node, "text", 12_000, at, least=1)
    if surface != "message":
        problems.add("unsupported type: markdown", f"{at}/type")
    return []


def rich_text(problems: Problems, node: Json, at: str, surface: Surface) -> list[str]:
    problems.known(node, {"type", "block_id", "elements"}, at)
    problems.needs(node, at, "elements")
    kinds = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
    for n, each in enumerate(problems.items(node, "elements", 1000, at)):
        where = f"{at}/elements/{n}"
        if problems.node(each, where) and problems.needs(each, where, "type", "elements"):
            problems.one_of(each, "type", kinds, where)
    return []


BLOCKS: dict[str, Callable[[Problems, Json, str, Surface], list[str]]] = {
    "section": section,
    "header": header,
    "divider": divider,
    "context": context,
    "actions": actions,
    "image": image,
    "input": asked,
    "markdown": markdown,
    "rich_text": rich_text,
}


def check(problems: Problems, blocks: Any, surface: Surface, at: str = "/blocks") -> None:
    if not isinstance(blocks, list):
        problems.add("must be an array", at)
        return
    if len(blocks) > MOST[surface]:
        problems.add(f"no more than {MOST[surface]} items allowed", at)
    names: set[str] = set()
    for n, block in enumerate(blocks):
        _block(problems, block, f"{at}/{n}", surface, names)


def _block(problems: Problems, block: Any, at: str, surface: Surface, names: set[str]) -> None:
    if not problems.node(block, at) or not problems.needs(block, at, "type"):
        return
    if block["type"] not in BLOCKS:
        problems.add(f"unsupported type: {block['type']}", f"{at}/type")
        return
    problems.length(block, "block_id", 255, at)
    name = block.get("block_id")
    if isinstance(name, str) and name:
        if name in names:
            problems.add(f"block_id already exists: {name}", f"{at}/block_id")
        names.add(name)
    seen: set[str] = set()
    for action_id in BLOCKS[block["type"]](problems, block, at, surface):
        if action_id and action_id in seen:
            problems.add(f"action_id already exists: {action_id}", at)
        seen.add(action_id)


def characters(tree: Any) -> int:
    """Characters of all texts in a tree of blocks, however deep."""
    if isinstance(tree, dict):
        own = len(tree["text"]) if isinstance(tree.get("text"), str) else 0
        return own + sum(characters(value) for value in tree.values())
    if isinstance(tree, list):
        return sum(characters(value) for value in tree)
    return 0
