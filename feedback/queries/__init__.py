"""Reads of feedback, all of one workspace."""

from feedback.queries.datasets import (
    DatasetView,
    ItemView,
    VersionView,
    datasets,
    find_dataset,
    find_version,
    items,
    newest_of,
    some_items,
    training_items,
    versions,
)
from feedback.queries.labels import LabelView, extent, stream

__all__ = [
    "DatasetView",
    "ItemView",
    "LabelView",
    "VersionView",
    "datasets",
    "extent",
    "find_dataset",
    "find_version",
    "items",
    "newest_of",
    "some_items",
    "stream",
    "training_items",
    "versions",
]
