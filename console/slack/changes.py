"""What differs between two sets of arguments, in lines for people."""

import orjson

from approvals import queries
from approvals.answers import ActionView
from approvals.marks import escape_json
from approvals.patch import between
from approvals.strict_json import canonical
from console.slack.wording import cut, told

LINES_MAX = 40
VALUE_MAX = 600


def lines(before: bytes, after: bytes) -> list[str]:
    """ "/amount_usd: 900 → 700", place by place; both values as JSON, so that "5" and 5 look different."""
    old, new = orjson.loads(before), orjson.loads(after)
    steps = between(old, new)
    found = []
    for step in steps[:LINES_MAX]:
        was = "(nothing)" if step["op"] == "add" else _json(_at(old, step["path"]))
        now = "(removed)" if step["op"] == "remove" else _json(step["value"])
        found.append(f"{told(step['path'] or '/')}: {was} → {now}")
    more = len(steps) - LINES_MAX
    return [*found, *([f"and {more} more: compare them in the console"] if more > 0 else [])]


def is_whole(before: bytes, after: bytes) -> bool:
    """Whether `lines` tells everything in full."""
    steps = between(orjson.loads(before), orjson.loads(after))
    return len(steps) <= LINES_MAX and all(not line.endswith("…") for line in lines(before, after))


def since(view: ActionView, revision: int) -> list[str]:
    """What people changed after a revision, up to the newest."""
    old = next((kept.args for kept in queries.revisions(view) if kept.n == revision), None)
    return [] if old is None else lines(old, view.args)


def _at(tree: object, pointer: str) -> object:
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        tree = tree[int(name)] if isinstance(tree, list) else tree[name]  # type: ignore[index]
    return tree


def _json(value: object) -> str:
    return cut(told(escape_json(canonical(value).decode())), VALUE_MAX)
