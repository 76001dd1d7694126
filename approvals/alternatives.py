"""The call that would have been right: whoever rejects may name it. It never runs, and the agent is not told it."""

from typing import Any

import orjson

from approvals.answers import ActionView, DecisionView
from approvals.envelope import spelled
from approvals.errors import BadRequest, Fault
from approvals.models import Alternative, Decision
from approvals.states import Source, State, Verdict
from approvals.strict_json import ARGUMENTS_MAX


def refuse(view: ActionView, verdict: Verdict, alternative: bytes) -> None:
    """Raises BadRequest where it may not stand beside that vote."""
    if not alternative:
        return
    if verdict is not Verdict.REJECT:
        raise _fault("alternative_without_rejection", "Name another call only when you reject this one.")
    if len(alternative) > ARGUMENTS_MAX:
        raise _fault("arguments_too_large", "The other call takes over 64 KiB. Shorten it.")
    if alternative == spelled(view.tool, view.args):
        raise _fault("same_call", "This is the call that you reject. Change it, or leave it out.")


def alternative_of(view: ActionView) -> dict[str, Any] | None:
    """`{"args", "tool"}` as it was named by those who rejected the action; None where nobody named one."""
    return of_decision(view.id, view.decision) if view.decision else None


def of_decision(action_id: str, made: Decision | DecisionView) -> dict[str, Any] | None:
    """The newest where several named one; None also where it was erased."""
    if made.outcome != State.REJECTED or made.source != Source.PEOPLE:
        return None
    people = [person["id"] for person in made.decided_by]
    found = Alternative.everywhere.filter(
        action_id=action_id, erased_at=None, review__revision=made.revision, review__user_id__in=people
    )
    call = found.order_by("-created_at", "-review_id").values_list("call", flat=True).first()
    return orjson.loads(bytes(call)) if call else None


def _fault(code: str, detail: str) -> BadRequest:
    return BadRequest(detail, code=code, faults=[Fault("/alternative", code, detail)])
