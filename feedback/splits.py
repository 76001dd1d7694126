"""Who is trained on and who is measured with: splits by a salted hash of what belongs together.

Examples of one group (a conversation, a trace) and examples that are nearly the same hang together; each such component
has one split, drawn from the salted hash of its smallest key. What stood in a frozen version keeps its split, whatever
comes later: an example that would tie two splits together is left out instead. Pure.
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
    groups: Keys, clusters: Keys, pins: Iterable[Pin], *, salt: str, shares: Mapping[str, int]
) -> NDArray[np.int8]:
    """For each example the index of its split in NAMES, or TORN where it would tie two splits together."""
    pinned = [(pin.group, pin.cluster, NAMES.index(pin.split)) for pin in pins]
    old = np.array(pinned, dtype=np.int64).reshape(-1, 3)
    every_group, every_cluster = np.concatenate([groups, old[:, 0]]), np.concatenate([clusters, old[:, 1]])
    nodes, places = np.unique(np.concatenate([every_group, every_cluster]), return_inverse=True)
    at_group, at_cluster = places[: len(every_group)], places[len(every_group) :]
    component = _components(len(nodes), at_group, at_cluster)
    node_pin = _pins(len(nodes), np.concatenate([at_group[len(groups) :], at_cluster[len(groups) :]]), old[:, 2])
    of_component = _merged(component, node_pin)
    drawn = _drawn(nodes, component, of_component, salt, shares)
    mine = component[at_group[: len(groups)]]
    found = drawn[mine]
    torn = found == _MIXED
    if torn.any():
        near = _both(node_pin[at_group[: len(groups)]], node_pin[at_cluster[: len(groups)]])
        found = np.where(torn, near, found)
    return np.asarray(found, dtype=np.int8)


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


def _both(left: Any, right: Any) -> Any:
    """Of an example between two splits: the one that both its keys agree on, or that one has and nobody contradicts."""
    one = np.where(left == _FREE, right, left)
    agrees = (left == right) | (left == _FREE) | (right == _FREE)
    return np.where(agrees & (one >= 0), one, TORN)
