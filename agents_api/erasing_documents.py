"""What goes out about erasures and holds, as shapes and as bytes. The schema is made of the shapes."""

from typing import Literal

from msgspec import Struct

from agents_api.output import dumps
from approvals.envelope import Stamp
from compliance.queries import ErasureView, HoldView

Kind = Literal["action", "counterpart", "person"]


class ErasureOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`subject` and `note` are null once it is executed. `erased` counts values of events; `left` the actions that were
    not over, or held.
    """

    id: str
    kind: Kind
    subject: str | None
    basis: str
    note: str | None
    state: Literal["requested", "agreed", "executed", "declined"]
    requested_by: str
    requested_at: Stamp
    agreed_by: str | None
    agreed_at: Stamp | None
    closed_at: Stamp | None
    actions: int
    erased: int
    left: int


class ErasuresOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`next` is the cursor of the following page, null on the last."""

    items: list[ErasureOut]
    next: str | None


class HoldOut(Struct, forbid_unknown_fields=True, frozen=True):
    """Without a kind the whole workspace is held."""

    id: str
    kind: Kind | None
    subject: str | None
    reason: str
    placed_by: str
    placed_at: Stamp
    lifting_asked_by: str | None
    lifting_asked_at: Stamp | None
    lifted_at: Stamp | None


class HoldsOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`next` is the cursor of the following page, null on the last."""

    items: list[HoldOut]
    next: str | None


def erasure_out(one: ErasureView) -> bytes:
    return dumps(
        {
            "id": one.id,
            "kind": one.kind,
            "subject": one.subject or None,
            "basis": one.basis,
            "note": one.note or None,
            "state": one.state,
            "requested_by": one.requested_by,
            "requested_at": one.requested_at,
            "agreed_by": one.agreed_by or None,
            "agreed_at": one.agreed_at,
            "closed_at": one.closed_at,
            "actions": one.actions,
            "erased": one.erased,
            "left": one.passed_by,
        }
    )


def hold_out(one: HoldView) -> bytes:
    return dumps(
        {
            "id": one.id,
            "kind": one.kind or None,
            "subject": one.subject or None,
            "reason": one.reason,
            "placed_by": one.placed_by,
            "placed_at": one.placed_at,
            "lifting_asked_by": one.asked_by or None,
            "lifting_asked_at": one.asked_at,
            "lifted_at": one.lifted_at,
        }
    )
