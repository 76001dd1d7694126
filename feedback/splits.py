"""Who is trained on and who is measured with: splits by a salted hash of what belongs together.

Examples of one group (a conversation, a trace) and examples that are nearly the same hang together; each such component
has one split, drawn from the salted hash of its smallest key. What stood in a frozen version keeps its split, whatever
comes later: an example that would tie two splits together is left out instead, and only such an example. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

NAMES = ("train", "eval", "holdout")
DEFAULT = {"train": 80, "eval": 10, "holdout": 10}
TORN = -1
_FREE, _MIXED = -2, -1

Keys = NDArray[np.int64]
_NONE = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Pin:
    """Two keys of an example of a frozen version, and the split that it has there."""

    group: int
    cluster: int
    split: str


def split_of(salt: str, group: int, shares: Mapping[str, int]) -> str:
    """`shares` are whole percents by name that sum to 100, in the order of NAMES. The same on every machine."""
    place = int(sha256(f"{salt}:{group}".encode()).hexdigest()[:15], 16) / 16**15 * 100
    for name in NAMES:
        place -= shares.get(name, 0)
        if place < 0:
            return name
    return NAMES[-1] if shares.get(NAMES[-1]) else NAMES[0]


def placed(
    groups: Keys,
    clusters: Keys,
    pins: Iterable[Pin],
    *,
    salt: str,
    shares: Mapping[str, int],
    near: Keys = _NONE,
) -> NDArray[np.int8]:
    """For each example the index of its split in NAMES, or TORN where it would tie two splits together. `near` are
    pairs of clusters that hang together too.
    """
    pinned = [(pin.group, pin.cluster, NAMES.index(pin.split)) for pin in pins]
    old = np.array(pinned, dtype=np.int64).reshape(-1, 3)
    left = np.concatenate([groups, old[:, 0], near[:, 0]])
    right = np.concatenate([clusters, old[:, 1], near[:, 1]])
    nodes, places = np.unique(np.concatenate([left, right]), return_inverse=True)
    left, right = places[: len(left)], places[len(left) :]
    begin, end = len(groups), len(groups) + len(old)
    pin = _pins(len(nodes), np.concatenate([left[begin:end], right[begin:end]]), old[:, 2])
    component = _components(len(nodes), left, right)
    of_component = _merged(component, pin)
    found = _drawn(nodes, component, of_component, salt, shares)[component]
    mixed = of_component[component] == _MIXED
    if mixed.any():
        apart = _apart(np.where(mixed, pin, _MIXED), left, right, np.arange(len(left)) >= end)
        both = (apart[left] == _FREE) & (apart[right] == _FREE)
        rest = _components(len(nodes), left[both], right[both])
        anew = _drawn(nodes, rest, np.full(int(rest.max()) + 1, _FREE), salt, shares)[rest]
        found = np.where(mixed, np.where(apart == _FREE, anew, apart), found)
    mine, other = found[left[:begin]], found[right[:begin]]
    return np.asarray(np.where(mine == other, mine, TORN), dtype=np.int8)


def kinds(clusters: Keys, near: Keys) -> int:
    """How many of the examples are not nearly the same as another."""
    names, places = np.unique(np.concatenate([clusters, near[:, 0], near[:, 1]]), return_inverse=True)
    first, second = np.split(places[len(clusters) :], 2)
    return len(np.unique(_components(len(names), first, second)[places[: len(clusters)]]))


def _apart(pin: Any, left: Any, right: Any, is_near: Any) -> Any:
    """The split of each node where pins of two splits hang together: each takes that of the pin that is nearest.

    A node that two splits reach at once takes neither (_MIXED), so what hangs on it is left out, and nothing reaches
    through it. What no pin reaches any more stays _FREE.
    """
    found = pin.copy()
    while True:
        reached = np.zeros((len(NAMES), len(found)), dtype=bool)
        for split in range(len(NAMES)):
            reached[split, right[found[left] == split]] = True
            reached[split, left[found[right] == split]] = True
        times = np.where(found == _FREE, reached.sum(axis=0), 0)
        if not times.any():
            break
        found = np.where(times == 1, reached.argmax(axis=0), np.where(times > 1, _MIXED, found))
    # Two clusters that are near and were reached from two sides in the same step.
    across = is_near & (found[left] != found[right]) & (found[left] >= 0) & (found[right] >= 0)
    for ends in (left[across], right[across]):
        found[ends[pin[ends] == _FREE]] = _MIXED
    return found


def _components(size: int, left: Any, right: Any) -> Any:
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(size, size))
    return connected_components(graph, directed=False)[1]


def _pins(size: int, places: Any, splits: Any) -> Any:
    """The split of each node: _FREE where nobody pinned it, _MIXED where two did."""
    found = np.full(size, _FREE, dtype=np.int64)
    both = np.concatenate([splits, splits])
    for split in range(len(NAMES)):
        at = np.unique(places[both == split])
        found[at] = np.where(found[at] == _FREE, split, _MIXED)
    return found


def _merged(component: Any, node_pin: Any) -> Any:
    size = int(component.max()) + 1 if len(component) else 0
    found = np.full(size, _FREE, dtype=np.int64)
    for split in range(_MIXED, len(NAMES)):
        at = np.unique(component[node_pin == split])
        found[at] = np.where(found[at] == _FREE, split, _MIXED)
    return found


def _drawn(nodes: Keys, component: Any, of_component: Any, salt: str, shares: Mapping[str, int]) -> Any:
    """The split of each component: its pin, else by the hash of its smallest key."""
    smallest = np.full(len(of_component), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(smallest, component, nodes)
    found = of_component.copy()
    for place in np.flatnonzero(of_component == _FREE):
        found[place] = NAMES.index(split_of(salt, int(smallest[place]), shares))
    return found
