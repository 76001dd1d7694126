"""report: what the agent says has happened; the first report stands."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from accounts.queries import Caller
from approvals import queries, strict_json
from approvals.answers import ActionView
from approvals.errors import AlreadyReported, NotSpent
from approvals.models import Execution, Timer
from approvals.services.callers import refuse_gone
from approvals.services.limits import add_used, give_back
from approvals.services.telling import tell
from approvals.states import Outcome
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import Secret
from tenancy import scope


@dataclass(frozen=True, slots=True)
class Report:
    """`executed_args` are the arguments that really ran; what else the agent tells stands in `details`."""

    status: str
    executed_args: dict[str, Any] | None
    details: dict[str, Any]


def report(*, actor: Actor, at: datetime, caller: Caller, action_id: str, told: Report) -> ActionView:
    """Closes the record of an execution. Arguments that differ from the decided ones are a security event.

    Raises NotSpent, AlreadyReported (unless it says the same again), CallerGone, NotFound.
    """
    view = queries.find(caller.workspace_id, action_id, agent_id=caller.agent_id)
    refuse_gone(caller, at)
    if view.execution is None:
        raise NotSpent("No grant was spent for this action, so nothing should have run. Spend first, then report.")
    ran = None if told.executed_args is None else strict_json.canonical(told.executed_args)
    drifted = ran is not None and ran != view.args
    kept = {**told.details, **({} if told.executed_args is None else {"executed_args": told.executed_args})}
    with scope.acting(view.workspace_id):
        open_ones = Execution.objects.filter(action_id=view.id, status__in=[Outcome.RUNNING, Outcome.UNKNOWN])
        if not open_ones.filter(reported_at=None).update(
            status=told.status, reported_at=at, report=kept, drifted=drifted
        ):
            return _again(view, told.status, kept)
        Timer.objects.filter(action_id=view.id, fired_at=None, cancelled_at=None).update(cancelled_at=at)
        if told.status == Outcome.FAILED:
            give_back(view.id, at)
        add_used(view, told.details.get("usage") or {}, at)
        secrets = [Secret("report", strict_json.canonical(kept), view.id)]
        fact = partial(tell, workspace_id=view.workspace_id, action_id=view.id, actor=actor, at=at, secrets=secrets)
        fact(EventKind.EXECUTION_REPORTED, data={"status": told.status, "drifted": drifted})
        if drifted:
            fact(EventKind.EXECUTION_DRIFTED, sinks=("live", "incidents"))
    return queries.find(caller.workspace_id, action_id, agent_id=caller.agent_id)


def _again(view: ActionView, status: str, kept: dict[str, Any]) -> ActionView:
    now = queries.find(view.workspace_id, view.id, agent_id=view.agent_id)
    if now.execution and (now.execution.status, now.execution.report) == (status, kept):
        return now
    raise AlreadyReported("Another result was reported before, and the first report stands. Nothing was changed.")
