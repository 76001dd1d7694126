"""A person's single keys: which act has which key, and whether they are on."""

from collections.abc import Mapping
from dataclasses import dataclass

from approvals.marks import segments
from console.models import KeyMap

ACTS = {
    "next": ("j", "Next action in the list"),
    "previous": ("k", "Previous action"),
    "approve": ("a", "Approve exactly what is on the page"),
    "reject": ("r", "Reject with a reason"),
    "edit": ("e", "Edit the arguments"),
    "ask": ("q", "Ask the agent"),
    "claim": ("x", "Claim it, or give it back"),
    "undo": ("z", "Undo, while there is time"),
    "together": ("b", "Decide those that are alike together"),
    "search": ("/", "Search the queue"),
    "help": ("?", "This list"),
}
OURS = {act: key for act, (key, _) in ACTS.items()}


class Refused(Exception):
    """Nothing was kept; the text says why, `act` which key it is about."""

    def __init__(self, act: str, told: str) -> None:
        super().__init__(told)
        self.act = act


@dataclass(frozen=True, slots=True)
class Keys:
    """`keys` has every act."""

    is_on: bool
    keys: dict[str, str]

    @property
    def listed(self) -> list[tuple[str, str, str]]:
        """(act, key, what it does) in our order."""
        return [(act, self.keys[act], told) for act, (_, told) in ACTS.items()]


def of(user_id: str) -> Keys:
    kept = KeyMap.objects.filter(user_id=user_id).first()
    own = {act: key for act, key in kept.keys.items() if act in ACTS} if kept else {}
    return Keys(kept.is_on if kept else True, {**OURS, **own})


def save(user_id: str, keys: Mapping[str, str]) -> None:
    """Keeps one key for each act. Raises Refused for what is no single key, or is there twice."""
    taken: dict[str, str] = {}
    for act, (_, told) in ACTS.items():
        key = keys[act]
        if len(key) != 1 or key.isspace() or not key.isprintable() or segments(key)[0].kind != "plain":
            raise Refused(act, "Give one letter, digit or sign.")
        if key in taken:
            raise Refused(act, f"{key} is the key of “{taken[key]}” already. Each key can do one thing.")
        taken[key] = told
    own = {act: keys[act] for act in ACTS if keys[act] != OURS[act]}
    KeyMap.objects.update_or_create(user_id=user_id, defaults={"keys": own})


def reset(user_id: str) -> None:
    KeyMap.objects.filter(user_id=user_id).update(keys={})


def switch(user_id: str, *, is_on: bool) -> None:
    KeyMap.objects.update_or_create(user_id=user_id, defaults={"is_on": is_on})
