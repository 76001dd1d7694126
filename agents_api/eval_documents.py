"""What goes out about evaluation, as shapes. The schema is made of these."""

from typing import Any, Literal

from msgspec import Struct

from approvals.envelope import Stamp


class RunOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`passed` counts by scorer and `diagnoses` by what went wrong; both are there once the run is closed."""

    id: str
    dataset: str
    version: str
    sha256: str
    split: str | None
    agent: str
    agent_version: str | None
    label: str | None
    scorers: dict[str, Any]
    repetitions: int
    size: int
    passed: dict[str, int]
    diagnoses: dict[str, int]
    created_at: Stamp
    closed_at: Stamp | None


class RunPageOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`next` is the cursor of the following page, null on the last."""

    items: list[RunOut]
    next: str | None


class ReceivedOut(Struct, forbid_unknown_fields=True, frozen=True):
    """How many answers are new; the others were there already."""

    received: int
    new: int


class GateOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`exit_code` is what the command ends with: 0 pass, 1 fail, 2 inconclusive, 3 invalid."""

    id: str
    gate: str
    verdict: Literal["pass", "fail", "inconclusive", "invalid"]
    exit_code: int
    problems: list[str]
    rows: list[dict[str, Any]]
    baseline: str
    candidate: str
    sha256: str
    created_at: Stamp
    console: str


class BaselineOut(Struct, forbid_unknown_fields=True, frozen=True):
    name: str
    dataset: str
    run: str
    moved_by: str
    moved_at: Stamp
