"""What a version will hold: the newest revisions of a dataset in the order of their hashes, each with its split."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from django.db.models import F

from audit.canonical import canonical
from feedback import contamination, sketching, splits
from feedback.models import Dataset, DatasetItem, ExampleRevision
from feedback.settling import UNCLEAR
from feedback.splits import Pin

MANIFEST = "countersign.dataset/1"


@dataclass(slots=True)
class Members:
    """Parallel columns, in the order of the items. `split` is an index into `splits.NAMES`, or TORN.
    `unclear` are those of which a third person could not say what is right; `trained` those that measure here and left
    for training elsewhere.
    """

    revision: list[str]
    sha256: list[str]
    split: Any
    counts: dict[str, dict[str, int]]
    near: int
    repeated: int
    unclear: int
    trained: int = 0

    def kept(self) -> Iterator[tuple[str, str, str]]:
        """(revision id, hash, split) of what goes into the version."""
        for revision, digest, split in zip(self.revision, self.sha256, self.split.tolist(), strict=True):
            if split != splits.TORN:
                yield revision, digest, splits.NAMES[split]

    @property
    def torn(self) -> int:
        return int((self.split == splits.TORN).sum())


def members(dataset: Dataset) -> Members:
    there = ExampleRevision.objects.filter(example__dataset=dataset, n=F("example__newest")).exclude(kind="delete")
    newest = there.exclude(tier=UNCLEAR).order_by("sha256", "example__external_id")
    found = Members([], [], None, {}, 0, 0, there.filter(tier=UNCLEAR).count())
    groups, clusters = [], []
    facets: Counter[tuple[str, str, str]] = Counter()
    wanted = ("id", "sha256", "group_key", "cluster", "decision", "tool", "tier")
    for pk, digest, group, cluster, *facet in newest.values_list(*wanted).iterator(chunk_size=5_000):
        found.revision.append(pk)
        found.sha256.append(digest)
        groups.append(group)
        clusters.append(cluster)
        facets[tuple(facet)] += 1
    keys = np.array(groups, dtype=np.int64), np.array(clusters, dtype=np.int64)
    near = sketching.near(dataset)
    found.split = splits.placed(*keys, pins(dataset), near=near, salt=dataset.salt, shares=dataset.shares)
    found.trained = _trained(dataset, keys[1], found.split)
    found.counts = _counts(facets)
    found.near = len(clusters) - splits.kinds(keys[1], near)
    found.repeated = len(found.sha256) - len(set(found.sha256))
    return found


def _trained(dataset: Dataset, clusters: Any, split: Any) -> int:
    """How many of those that measure left for training in another dataset, or are near to such."""
    measuring = clusters[split > splits.NAMES.index("train")]
    trained = contamination.trained_elsewhere(dataset, np.unique(measuring).tolist())
    return int(np.isin(measuring, np.array(sorted(trained), dtype=np.int64)).sum())


def pins(dataset: Dataset) -> Iterator[Pin]:
    """What stood in any version that was ever frozen."""
    items = DatasetItem.objects.filter(version__dataset=dataset).exclude(version__status="draft").distinct()
    for group, cluster, split in items.values_list("revision__group_key", "revision__cluster", "split").iterator():
        yield Pin(group, cluster, split)


def manifest_of(dataset: Dataset, profile: str) -> dict[str, Any]:
    return {
        "schema": MANIFEST,
        "redaction": profile,
        "salt": dataset.salt,
        "shares": dataset.shares,
        "recipe": dataset.recipe,
    }


class ManifestHash:
    """SHA-256 over the schema, the canonical manifest, and a line "hash split" for each item in order of hashes.

    Equal hashes stand in equal lines, so the same content gives the same hash on every machine and database.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._hash = sha256(MANIFEST.encode() + b"\n" + canonical(dict(manifest)) + b"\n")

    def add(self, digest: str, split: str) -> None:
        self._hash.update(f"{digest} {split}\n".encode())

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _counts(facets: Counter[tuple[str, str, str]]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {"decision": Counter(), "tool": Counter(), "tier": Counter()}
    for (decision, tool, tier), count in facets.items():
        found["decision"][decision] += count
        found["tool"][tool] += count
        found["tier"][tier] += count
    return {name: dict(sorted(counter.items())) for name, counter in found.items()}
