"""Reads of datasets, their versions and what stands in them, all of one workspace."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Max, OuterRef, Subquery

from approvals.errors import NotFound
from feedback.models import Dataset, DatasetItem, DatasetVersion
from tenancy import ids

PAGE = 50
CHUNK = 500


@dataclass(frozen=True, slots=True)
class DatasetView:
    """`recipe` is null where people fill the dataset themselves; `shares` are percents by split."""

    id: str
    workspace_id: str
    name: str
    description: str
    salt: str
    shares: dict[str, int]
    recipe: dict[str, Any] | None
    by_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class VersionView:
    """`counts` are by split, decision, tool and tier; `report` says what was left out and what stands twice."""

    id: str
    dataset_id: str
    dataset_name: str
    n: int
    status: str
    manifest: dict[str, Any]
    manifest_sha256: str
    size: int
    counts: dict[str, dict[str, int]]
    report: dict[str, Any]
    by_name: str
    frozen_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemView:
    """One example of a version. `content` is as docs/evaluation.md tells; {} once it was erased. `measured` says that
    it, or one nearly the same, measures agents in another frozen dataset: it must not train any.
    """

    n: int
    example_id: str
    external_id: str
    revision_id: str
    revision: int
    sha256: str
    group_key: int
    cluster: int
    split: str
    content: dict[str, Any]
    provenance: dict[str, Any]
    measured: bool = False


def view(dataset: Dataset) -> DatasetView:
    return DatasetView(**{name: getattr(dataset, name) for name in DatasetView.__dataclass_fields__})


def datasets(workspace_id: str, *, after: str = "", limit: int = PAGE) -> list[DatasetView]:
    """Newest first; `after` is the id of the last of the page before."""
    found = Dataset.everywhere.filter(workspace_id=workspace_id).order_by("-id")
    return [view(dataset) for dataset in (found.filter(pk__lt=after) if after else found)[:limit]]


def find_dataset(workspace_id: str, dataset_id: str) -> DatasetView:
    """By id or name. Raises NotFound."""
    field = "pk" if ids.is_id(dataset_id, "dst") else "name"
    found = Dataset.everywhere.filter(workspace_id=workspace_id, **{field: dataset_id}).first()
    if found is None:
        raise NotFound(f"There is no dataset {dataset_id[:80]} here.")
    return view(found)


def versions(workspace_id: str, dataset_id: str, *, limit: int = PAGE) -> list[VersionView]:
    """Frozen and revoked ones, newest first."""
    found = _versions(workspace_id).filter(dataset_id=dataset_id)
    return [_version(version) for version in found.order_by("-n")[:limit]]


def newest_of(workspace_id: str, dataset_ids: list[str]) -> dict[str, VersionView]:
    """The newest version of each dataset that has one."""
    mine = DatasetVersion.everywhere.filter(dataset_id=OuterRef("dataset_id")).exclude(status="draft")
    last = mine.order_by("-n").values("n")[:1]
    found = _versions(workspace_id).filter(dataset_id__in=dataset_ids, n=Subquery(last))
    return {version.dataset_id: _version(version) for version in found}


def find_version(workspace_id: str, version_id: str) -> VersionView:
    """A frozen or revoked version. Raises NotFound."""
    found = _versions(workspace_id).filter(pk=version_id).first() if ids.is_id(version_id, "dsv") else None
    if found is None:
        raise NotFound(f"There is no dataset version {version_id[:60]} here.")
    return _version(found)


def items(workspace_id: str, version_id: str, *, split: str = "", after: int = 0) -> Iterator[ItemView]:
    """What stands in the version, in its order, in bounded memory; `split` "" takes all."""
    found = DatasetItem.objects.filter(version_id=version_id, version__workspace_id=workspace_id)
    last = found.aggregate(n=Max("n"))["n"] or 0
    for chunk in chunks(found.filter(split=split) if split else found, last, after):
        yield from chunk


def chunks(found: Any, last: int, after: int = 0) -> Iterator[list[ItemView]]:
    """Some of a version's items in their order, up to the number `last`; no chunk is empty."""
    for start in range(after, last, CHUNK):
        if chunk := page(found, start, CHUNK):
            yield chunk


def some_items(workspace_id: str, version_id: str, *, after: int = 0, limit: int = PAGE) -> list[ItemView]:
    """One page of it."""
    found = DatasetItem.objects.filter(version_id=version_id, version__workspace_id=workspace_id)
    return page(found, after, limit)


def page(found: Any, after: int, limit: int) -> list[ItemView]:
    """Those of the next `limit` numbers, which have no gaps: a range bounds what is read, where a limit alone lets a
    planner without figures join and sort all that follows.
    """
    return listed(found.filter(n__gt=after, n__lte=after + limit))


def listed(found: Any) -> list[ItemView]:
    return [_item(row) for row in found.select_related("revision__example").order_by("n")]


def _item(item: DatasetItem) -> ItemView:
    revision = item.revision
    return ItemView(
        n=item.n,
        example_id=revision.example_id,
        external_id=revision.example.external_id,
        revision_id=revision.pk,
        revision=revision.n,
        sha256=revision.sha256,
        group_key=revision.group_key,
        cluster=revision.cluster,
        split=item.split,
        content=orjson.loads(revision.content) if revision.content else {},
        provenance=orjson.loads(revision.provenance) if revision.provenance else {},
    )


def _versions(workspace_id: str) -> Any:
    found = DatasetVersion.everywhere.filter(workspace_id=workspace_id).exclude(status="draft")
    return found.select_related("dataset")


def _version(version: DatasetVersion) -> VersionView:
    return VersionView(
        id=version.pk,
        dataset_id=version.dataset_id,
        dataset_name=version.dataset.name,
        n=version.n,
        status=version.status,
        manifest=version.manifest,
        manifest_sha256=version.manifest_sha256,
        size=version.size,
        counts=version.counts,
        report=version.report,
        by_name=version.by_name,
        frozen_at=version.frozen_at,
        revoked_at=version.revoked_at,
    )
