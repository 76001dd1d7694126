"""Nothing trains an agent in one dataset and measures agents in another, nor does anything nearly the same.

Within a dataset splits see to that. Across datasets, an export for training leaves out what measures elsewhere, and a
version that is frozen afterwards says how much of what measures in it left for training before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from feedback.models import Dataset, DatasetItem, Sketch, TrainingExport
from feedback.queries.datasets import ItemView, VersionView, chunks
from feedback.sketches import Index
from tenancy import sql

AT_ONCE = 20_000
_ELSEWHERE = """select s.id, s.words from feedback_sketch s
 where s.workspace_id = %s and s.dataset_id <> %s and s.id > %s and length(s.words) > 0 and exists (
  select 1 from feedback_examplerevision r join feedback_datasetitem i on i.revision_id = r.id
  join feedback_datasetversion v on v.id = i.version_id
  where r.workspace_id = s.workspace_id and r.cluster = s.cluster and v.dataset_id = s.dataset_id and {which})
 order by s.id limit %s"""
# What was revoked since has measured agents, or left, all the same.
_MEASURES = "i.split <> 'train' and v.status <> 'draft'"
_TRAINED = "i.split = 'train' and v.id = %s"


def training_items(workspace_id: str, version: VersionView) -> Iterator[ItemView]:
    """The split `train`, each item with whether it measures agents elsewhere: looked up now, chunk by chunk."""
    elsewhere = DatasetItem.objects.filter(version__workspace_id=workspace_id).exclude(version__status="draft")
    elsewhere = elsewhere.exclude(version__dataset_id=version.dataset_id).exclude(split="train")
    measuring = Index([words for some in _sketches(workspace_id, version.dataset_id, _MEASURES) for words in some])
    for chunk in chunks(DatasetItem.objects.filter(version_id=version.id, split="train"), version.size):
        clusters = {item.cluster for item in chunk}
        same = elsewhere.filter(revision__workspace_id=workspace_id, revision__cluster__in=clusters)
        measured = {*same.values_list("revision__cluster", flat=True), *_near(version.dataset_id, clusters, measuring)}
        yield from (replace(item, measured=item.cluster in measured) for item in chunk)


def trained_elsewhere(dataset: Dataset, clusters: Sequence[int]) -> set[int]:
    """Those of the clusters, which measure in this dataset, of which one the same or nearly the same left for training
    in another one. What measured already when that left was left out of it.
    """
    found: set[int] = set()
    here = DatasetItem.objects.filter(version__dataset=dataset).exclude(version__status="draft").exclude(split="train")
    for export in TrainingExport.objects.exclude(version__dataset=dataset).order_by("first_at"):
        before = here.filter(version__frozen_at__lte=export.first_at)
        known = found.union(before.values_list("revision__cluster", flat=True).distinct())
        found |= _trained_by(export, dataset, [cluster for cluster in clusters if cluster not in known])
    return found


def _trained_by(export: TrainingExport, dataset: Dataset, clusters: Sequence[int]) -> set[int]:
    gone = DatasetItem.objects.filter(version_id=export.version_id, split="train")
    found: set[int] = set()
    for some in _batched(clusters):
        same = gone.filter(revision__workspace_id=dataset.workspace_id, revision__cluster__in=some)
        found |= set(same.values_list("revision__cluster", flat=True))
    for sketches in _sketches(dataset.workspace_id, dataset.pk, _TRAINED, export.version_id):
        index = Index(sketches)
        for some in _batched([cluster for cluster in clusters if cluster not in found]):
            found |= _near(dataset.pk, some, index)
    return found


def _batched(clusters: Sequence[int]) -> Iterator[Sequence[int]]:
    return (clusters[start : start + AT_ONCE] for start in range(0, len(clusters), AT_ONCE))


def _near(dataset_id: str, clusters: Iterable[int], index: Index) -> set[int]:
    if not index:
        return set()
    known = list(Sketch.objects.filter(dataset_id=dataset_id, cluster__in=clusters).values_list("cluster", "words"))
    is_near = index.holds_near([bytes(words) for _, words in known])
    return {cluster for (cluster, _), near in zip(known, is_near, strict=True) if near}


def _sketches(workspace_id: str, dataset_id: str, which: str, *of: str) -> Iterator[list[bytes]]:
    """Of the other datasets of the workspace, some at a time."""
    statement, after = _ELSEWHERE.format(which=which), 0
    while rows := sql.many(statement, [workspace_id, dataset_id, after, *of, AT_ONCE]):
        yield [bytes(row["words"]) for row in rows]
        after = rows[-1]["id"]
