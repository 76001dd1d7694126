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
    versions,
)
from feedback.queries.labels import KINDS, TOMBSTONE, LabelView, extent, newest_labels, stream
from feedback.queries.reasons import ReasonView, TaxonomyView, forget_reasons, reasons_offered, taxonomy

__all__ = [
    "KINDS",
    "TOMBSTONE",
    "DatasetView",
    "ItemView",
    "LabelView",
    "ReasonView",
    "TaxonomyView",
    "VersionView",
    "datasets",
    "extent",
    "find_dataset",
    "find_version",
    "forget_reasons",
    "items",
    "newest_labels",
    "newest_of",
    "reasons_offered",
    "some_items",
    "stream",
    "taxonomy",
    "versions",
]
