"""The taxonomy of reasons changes by new versions: codes come, are retired, and come back; none is lost."""

import re
from collections.abc import Sequence
from datetime import datetime

from approvals.errors import BadRequest, Conflict, Fault, NotFound
from approvals.states import Reason
from audit import record
from audit.actor import Actor
from audit.kinds import EventKind
from feedback.models import Taxonomy
from feedback.queries.reasons import ReasonView, TaxonomyView, forget_reasons, taxonomy
from tenancy import ids, scope

# The first means an incident to the product, and without the second people would have to choose a wrong one.
ALWAYS = {Reason.LOOKS_MANIPULATED.value, Reason.OTHER.value}
MOST, TEXT_MAX = 60, 70
_CODE = re.compile(r"[a-z][a-z0-9_]{1,38}[a-z0-9]")


def add_reason(*, actor: Actor, at: datetime, workspace_id: str, code: str, text: str) -> TaxonomyView:
    """A new code, or other words for one that is there. Raises BadRequest."""
    faults = []
    if _CODE.fullmatch(code) is None:
        faults.append(Fault("/code", "bad_format", "Use 3 to 40 small letters, digits and underscores."))
    if not 0 < len(text.strip()) <= TEXT_MAX:
        faults.append(Fault("/text", "bad_length", f"Write 1 to {TEXT_MAX} characters."))
    if faults:
        raise BadRequest(faults[0].detail, code=faults[0].code, faults=faults)
    with scope.acting(workspace_id):
        now = taxonomy(workspace_id)
        kept = [reason for reason in now.reasons if reason.code != code]
        if len(kept) >= MOST:
            raise BadRequest(f"A taxonomy holds at most {MOST} reasons.", code="too_many")
        place = next((n for n, reason in enumerate(now.reasons) if reason.code == code), len(kept))
        kept.insert(place, ReasonView(code, text.strip()))
        return _change(workspace_id, now, kept, actor, at)


def retire_reason(*, actor: Actor, at: datetime, workspace_id: str, code: str) -> TaxonomyView:
    """It is offered no more. Raises NotFound, and Conflict for one that has to stay."""
    if code in ALWAYS:
        raise Conflict("This reason has to stay: the product itself relies on it.", code="has_to_stay")
    return _turned(actor, at, workspace_id, code, retired=True)


def renew_reason(*, actor: Actor, at: datetime, workspace_id: str, code: str) -> TaxonomyView:
    """It is offered again. Raises NotFound."""
    return _turned(actor, at, workspace_id, code, retired=False)


def _turned(actor: Actor, at: datetime, workspace_id: str, code: str, *, retired: bool) -> TaxonomyView:
    with scope.acting(workspace_id):
        now = taxonomy(workspace_id)
        if code not in {reason.code for reason in now.reasons}:
            raise NotFound(f"There is no reason {code[:40]} here.")
        changed = [ReasonView(r.code, r.text, retired if r.code == code else r.retired) for r in now.reasons]
        return _change(workspace_id, now, changed, actor, at)


def _change(
    workspace_id: str, now: TaxonomyView, reasons: Sequence[ReasonView], actor: Actor, at: datetime
) -> TaxonomyView:
    if tuple(reasons) == now.reasons:
        return now
    made = TaxonomyView(now.n + 1, tuple(reasons))
    Taxonomy(
        id=ids.new("tax", at),
        workspace_id=workspace_id,
        n=made.n,
        entries=[{"code": r.code, "text": r.text, "retired": r.retired} for r in reasons],
        by_id=actor.id,
        by_name=actor.label,
        created_at=at,
    ).save(force_insert=True)
    record.record(
        kind=EventKind.TAXONOMY_CHANGED,
        workspace_id=workspace_id,
        actor=actor,
        at=at,
        subject=("workspace", workspace_id),
        data={"version": made.name, "offered": [code for code, _ in made.offered]},
    )
    forget_reasons()
    return made
