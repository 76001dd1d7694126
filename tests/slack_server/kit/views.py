"""A modal or an App Home as a whole."""

import json
from typing import Any

from tests.slack_server.kit import blocks
from tests.slack_server.kit.problems import Problems

MOST_BYTES = 250_000
HOME = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
MODAL = {*HOME, "title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"}


def check(view: Any, wanted: str = "modal", at: str = "/view") -> list[str]:
    """What is wrong with it, in Slack's words; [] for nothing."""
    problems = Problems()
    if not problems.node(view, at) or not problems.needs(view, at, "type", "blocks"):
        return problems.found
    if view["type"] != wanted:
        problems.add(f"must be one of {wanted}", f"{at}/type")
        return problems.found
    problems.known(view, (MODAL - {"submit_disabled"}) if wanted == "modal" else HOME, at)
    problems.length(view, "private_metadata", 3000, at)
    problems.length(view, "callback_id", 255, at)
    problems.length(view, "external_id", 255, at)
    if wanted == "modal":
        problems.needs(view, at, "title")
        for name in ("title", "submit", "close"):
            problems.text(view, name, 24, at, plain=True)
        if "submit" not in view and _asks(view["blocks"]):
            problems.add("missing required field: submit", at)
    blocks.check(problems, view["blocks"], "modal" if wanted == "modal" else "home", f"{at}/blocks")
    return problems.found


def too_large(view: Any) -> bool:
    return len(json.dumps(view, ensure_ascii=False).encode()) > MOST_BYTES


def _asks(found: Any) -> bool:
    return isinstance(found, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in found)
