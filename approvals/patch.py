"""The JSON Patch (RFC 6902) from one argument tree to another, in the order of the keys of the second."""

from typing import Any


def between(old: Any, new: Any, pointer: str = "") -> list[dict[str, Any]]:
    """Steps `add`, `remove`, `replace`. Lists of one length are compared item by item, others replaced whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        removed = [{"op": "remove", "path": f"{pointer}/{_token(key)}"} for key in old if key not in new]
        changed = [
            step
            for key, value in new.items()
            for step in (
                between(old[key], value, f"{pointer}/{_token(key)}")
                if key in old
                else [{"op": "add", "path": f"{pointer}/{_token(key)}", "value": value}]
            )
        ]
        return [*removed, *changed]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [step for n, (before, after) in pairs for step in between(before, after, f"{pointer}/{n}")]
    # 42 and 42.0 are one number in JSON; True and 1 are not, which Python takes for equal within lists and objects too.
    if old == new and (type(old) is type(new) or (_is_number(old) and _is_number(new))):
        return []
    return [{"op": "replace", "path": pointer, "value": new}]


def at(tree: Any, pointer: str) -> Any:
    """What stands at a JSON Pointer (RFC 6901) of a tree that has it."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        tree = tree[int(name)] if isinstance(tree, list) else tree[name]
    return tree


def _token(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
