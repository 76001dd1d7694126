"""Readiness: a workspace sets its controls, and each change of how an agent stands is a fact."""

from datetime import datetime
from math import isfinite

from accounts import queries as accounts
from accounts.roles import Verb
from approvals.errors import BadRequest, Fault
from audit import record
from audit.actor import SYSTEM, Actor
from audit.canonical import plain
from audit.kinds import EventKind
from audit.record import Secret
from feedback.models import ReadinessControl, ReadinessState
from feedback.queries import readiness as queries
from feedback.readiness import SHARES, Control
from tenancy import ids, scope

WHY_MAX = 4000
LARGEST = 1e9


def set_control(
    *, actor: Actor, at: datetime, workspace_id: str, name: str, owner_id: str, threshold: float | None = None,
    currency: str = "", waived: bool = False, why: str = "",
) -> None:  # fmt: skip
    """Sets one of the five controls and names who answers for it, or waives it with a reason. Raises BadRequest."""
    faults = [*_misnamed(workspace_id, name, owner_id), *_mistaken(name, threshold, currency, waived=waived, why=why)]
    if faults:
        raise BadRequest(" ".join(fault.detail for fault in faults), code=faults[0].code, faults=faults)
    with scope.acting(workspace_id):
        row = ReadinessControl.objects.select_for_update().filter(name=name).first()
        before = _told(row)
        row = row or ReadinessControl(id=ids.new("rdy", at), workspace_id=workspace_id, name=name)
        row.threshold, row.currency, row.waived, row.why = threshold, currency, waived, why
        row.owner_id, row.owner_name = owner_id, _name(workspace_id, owner_id, at)
        row.set_by, row.set_at = actor.label, at
        row.save()
        record.record(
            kind=EventKind.CONTROL_SET,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("control", row.pk),
            data={"control": name, "from": before, "to": _told(row)},
            secrets=[Secret("why", plain(why), row.pk)] if why else [],
        )
    look(at=at, workspace_id=workspace_id)


def look(*, at: datetime, workspace_id: str) -> int:
    """Leaves a fact of each agent that stands otherwise than when it was last looked at; says of how many."""
    found = queries.readiness_of(workspace_id, at)
    changed = 0
    with scope.acting(workspace_id):
        kept = {row.agent_id: row for row in ReadinessState.objects.select_for_update()}
        for one in found:
            row = kept.get(one.agent_id)
            if row is None or row.lacking != one.lacking:
                _change(row, one, at, workspace_id)
                changed += 1
    return changed


def _change(row: ReadinessState | None, one: queries.AgentReadiness, at: datetime, workspace_id: str) -> None:
    before = row.lacking if row else None
    row = row or ReadinessState(workspace_id=workspace_id, agent_id=one.agent_id)
    row.lacking, row.changed_at = one.lacking, at
    row.save()
    record.record(
        kind=EventKind.READINESS_CHANGED,
        workspace_id=workspace_id,
        actor=SYSTEM,
        at=at,
        subject=("agent", one.agent_id),
        data={"version": one.version_id or None, "lacked": before, "lacks": one.lacking, "ready": one.is_ready},
    )


def _misnamed(workspace_id: str, name: str, owner_id: str) -> list[Fault]:
    faults = []
    if name not in set(Control):
        faults.append(Fault("/name", "unknown_word", f"Take one of: {', '.join(Control)}."))
    if owner_id not in accounts.holders(workspace_id, Verb.READ_DATASET):
        faults.append(Fault("/owner", "unknown_person", "Name somebody of this workspace who may read evaluation."))
    return faults


def _mistaken(name: str, threshold: float | None, currency: str, *, waived: bool, why: str) -> list[Fault]:
    faults = []
    if waived and not why.strip():
        faults.append(Fault("/why", "required", "Say why agents may pass without it."))
    if len(why) > WHY_MAX:
        faults.append(Fault("/why", "bad_length", f"Write at most {WHY_MAX} characters."))
    if threshold is None and not waived:
        faults.append(Fault("/threshold", "required", "Give the threshold, or waive the control."))
    most = 1.0 if name in SHARES else LARGEST
    if threshold is not None and not (isfinite(threshold) and 0 <= threshold <= most):
        faults.append(Fault("/threshold", "out_of_range", f"Give a number from 0 to {most:g}."))
    if name == Control.COST_PER_TASK and not waived and not (currency.isascii() and currency.isalnum()):
        faults.append(Fault("/currency", "required", "Say in which currency, such as USD."))
    if len(currency) > 10:
        faults.append(Fault("/currency", "bad_length", "Write at most 10 characters."))
    return faults


def _name(workspace_id: str, owner_id: str, at: datetime) -> str:
    return next(one.name for one in accounts.directory(workspace_id, at) if one.user_id == owner_id)


def _told(row: ReadinessControl | None) -> dict[str, object] | None:
    """As the log keeps it: a number as its text, because logs hold no floats."""
    if row is None:
        return None
    threshold = None if row.threshold is None else f"{row.threshold:g}"
    return {"threshold": threshold, "currency": row.currency or None, "waived": row.waived, "owner": row.owner_id}
