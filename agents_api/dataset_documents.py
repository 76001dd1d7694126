"""What goes out about datasets, as shapes. The schema is made of these."""

from typing import Any

from msgspec import Struct

from approvals.envelope import Stamp


class FrozenOut(Struct, forbid_unknown_fields=True, frozen=True):
    """A version. `status` is frozen or revoked; `counts` are by split, decision, tool and tier."""

    id: str
    n: int
    status: str
    manifest_sha256: str
    size: int
    counts: dict[str, dict[str, int]]
    frozen_at: Stamp | None
    revoked_at: Stamp | None


class DatasetOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`versions` are newest first; a list of datasets has the newest one of each alone."""

    id: str
    name: str
    description: str
    salt: str
    shares: dict[str, int]
    recipe: dict[str, Any] | None
    created_at: Stamp
    versions: list[FrozenOut]


class DatasetPageOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`next` is the cursor of the following page, null on the last."""

    items: list[DatasetOut]
    next: str | None


class ExampleOut(Struct, forbid_unknown_fields=True, frozen=True):
    """One example of a version, as docs/evaluation.md tells; `content` is null once it was erased."""

    n: int
    id: str
    revision: int
    sha256: str
    split: str
    content: dict[str, Any] | None
    provenance: dict[str, Any] | None


class LeaksOut(Struct, forbid_unknown_fields=True, frozen=True):
    """Ids of the examples of `eval` and `holdout` that a prompt holds: 13 words in a row, or a short text whole."""

    leaks: list[str]


class ExamplePageOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`next` is the number of the last example here, null on the last page."""

    items: list[ExampleOut]
    next: int | None
