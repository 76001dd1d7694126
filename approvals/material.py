"""Whether an edit changed what a call means. Pure."""

from typing import Any


def is_material(old: Any, new: Any) -> bool:
    """Whether people changed the meaning of a JSON tree, not only its looks.

    Cosmetic are: white space and letter case within a text, and another spelling of the same number (1 and 1.0). All
    else is material: other values, types, keys, or order of a list.
    """
    if isinstance(old, str) and isinstance(new, str):
        return _bare(old) != _bare(new)
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() != new.keys() or any(is_material(value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) != len(new) or any(map(is_material, old, new))
    if _is_number(old) and _is_number(new):
        return bool(old != new)
    return type(old) is not type(new) or bool(old != new)


def _bare(text: str) -> str:
    return "".join(text.split()).casefold()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
