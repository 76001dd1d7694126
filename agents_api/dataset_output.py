"""Datasets as documents of the API."""

from collections.abc import Iterable, Sequence
from typing import Any

from agents_api.output import dumps
from feedback.queries import DatasetView, ItemView, VersionView


def one(dataset: DatasetView, versions: Sequence[VersionView]) -> bytes:
    return dumps(_dataset(dataset, versions))


def page(found: Sequence[DatasetView], newest: dict[str, VersionView], size: int) -> bytes:
    shown = found[:size]
    items = [_dataset(dataset, [newest[dataset.id]] if dataset.id in newest else []) for dataset in shown]
    return dumps({"items": items, "next": shown[-1].id if len(found) > size else None})


def examples(found: Sequence[ItemView], size: int) -> bytes:
    shown = found[:size]
    return dumps({"items": [_example(item) for item in shown], "next": shown[-1].n if len(found) > size else None})


def leaks(found: Iterable[str]) -> bytes:
    return dumps({"leaks": list(found)})


def _dataset(dataset: DatasetView, versions: Sequence[VersionView]) -> dict[str, Any]:
    return {
        "id": dataset.id,
        "name": dataset.name,
        "description": dataset.description,
        "salt": dataset.salt,
        "shares": dataset.shares,
        "recipe": dataset.recipe,
        "created_at": dataset.created_at,
        "versions": [_version(version) for version in versions],
    }


def _version(version: VersionView) -> dict[str, Any]:
    return {
        "id": version.id,
        "n": version.n,
        "status": version.status,
        "manifest_sha256": version.manifest_sha256,
        "size": version.size,
        "counts": version.counts,
        "frozen_at": version.frozen_at,
        "revoked_at": version.revoked_at,
    }


def _example(item: ItemView) -> dict[str, Any]:
    return {
        "n": item.n,
        "id": item.external_id,
        "revision": item.revision,
        "sha256": item.sha256,
        "split": item.split,
        "content": item.content or None,
        "provenance": item.provenance or None,
    }
