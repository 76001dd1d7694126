"""What goes out about policies, as shapes. The schema is made of these."""

from typing import Any, Literal

from msgspec import Struct

from agents_api.documents import FaultOut, NamedOut
from approvals.envelope import Stamp

Direction = Literal["same", "tightens", "unknown", "loosens"]


class PolicyVersionOut(Struct, forbid_unknown_fields=True, frozen=True):
    """One version. `activated_*` and `why` are of the last time that it began to decide; `text` stands where one
    version is read.
    """

    id: str
    name: str
    sha256: str
    active: bool
    saved_at: Stamp
    saved_by: str
    activated_at: Stamp | None
    activated_by: str | None
    why: str | None
    text: str | None


class PolicyPageOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`next` is the cursor of the following page, null on the last."""

    items: list[PolicyVersionOut]
    next: str | None


class PolicyChangeOut(Struct, forbid_unknown_fields=True, frozen=True):
    part: str
    name: str
    word: Literal["added", "removed", "changed"]
    direction: Direction
    details: list[str]


class PolicyTestOut(Struct, forbid_unknown_fields=True, frozen=True):
    line: int | None
    tool: str
    passed: bool
    problems: list[str]


class PolicyCheckOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`direction` and `changes` are against the active version; null and empty where the document does not compile.

    `signers` people have to sign it. `warnings` hinder nothing.
    """

    problems: list[FaultOut]
    warnings: list[FaultOut]
    tests: list[PolicyTestOut]
    direction: Direction | None
    signers: int | None
    changes: list[PolicyChangeOut]


class ProposalOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`state` is open, activated, declined or withdrawn; `signed` counts those to the change as it is now."""

    id: str
    version: str
    state: str
    note: str
    proposed_by: NamedOut
    created_at: Stamp
    signed: int
    signers: int | None
    direction: Direction | None
    console: str


class BacktestOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`state` is running, done, failed or cancelled; `report` is there once it is done."""

    id: str
    version: str
    against: str
    state: str
    done: int
    total: int
    problem: str | None
    report: dict[str, Any] | None
