"""What opens an incident by itself. The sink `incidents` hears of it by a promise that was made with the move itself.

Actions are gathered, so that an agent which is refused a thousand times makes one incident and not a thousand.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts import queries as accounts_queries
from approvals import queries
from approvals.answers import ActionView
from approvals.endings import VIOLATIONS
from approvals.errors import NotFound
from approvals.incidents import IncidentKind, IncidentView, incident_of
from approvals.models import Incident
from approvals.services.incidents import alert, gather, tell
from approvals.states import Reason, Source
from audit.actor import SYSTEM, Actor
from audit.kinds import EventKind
from outbox.types import Delivery, PermanentFailure
from tenancy import scope

SERIOUS = {"low": "medium", "medium": "medium", "high": "high", "critical": "critical"}


@dataclass(frozen=True, slots=True)
class Matter:
    """Why an action is one for an incident. `for_guards`: security is written to, else the agent's owner."""

    kind: IncidentKind
    about: str
    title: str
    severity: str
    for_guards: bool


def capture(message: Delivery) -> None:
    """Gathers the action that `message.subject` names; a second delivery changes nothing.

    PermanentFailure: there is no such action.
    """
    try:
        view = queries.find(message.workspace_id, message.subject)
    except NotFound as error:
        raise PermanentFailure(error.detail) from error
    found = _matter(message.kind, view)
    if found is None or "seeded" in view.terms:
        return
    at = timezone.now()
    with scope.acting(view.workspace_id):
        if Incident.objects.filter(kind=found.kind.value, actions__action_id=view.id).exists():
            return
        _gather(found, view, SYSTEM, at)


def suspect(*, actor: Actor, at: datetime, workspace_id: str, action_id: str, text: str = "") -> IncidentView:
    """Somebody says that an action looks manipulated: it goes to security, whatever becomes of the action.

    Raises NotFound.
    """
    view = queries.find(workspace_id, action_id)
    with scope.acting(workspace_id):
        row = _gather(_manipulated(view), view, actor, at)
        if text.strip():
            tell(EventKind.INCIDENT_NOTED, row, actor, at, text.strip()[:4000])
    return incident_of(row)


def _gather(found: Matter, view: ActionView, actor: Actor, at: datetime) -> Incident:
    row, is_new = gather(
        actor=actor, at=at, kind=found.kind, about=found.about, title=found.title, severity=found.severity, view=view
    )
    if is_new:
        alert(row, accounts_queries.guards(view.workspace_id) if found.for_guards else [view.agent_owner_id], at)
    return row


def _matter(kind: str, view: ActionView) -> Matter | None:
    called = f"{view.agent_id}:{view.tool}"
    if kind == "execution.drifted":
        title = f"{view.agent_name} ran other arguments than approved: {view.tool}"
        return Matter(IncidentKind.DRIFT, called, title, "critical", for_guards=True)
    if kind == "execution.unreported":
        spec = queries.tool_spec(view)
        if spec is not None and spec.reversible:
            return None
        title = f"{view.agent_name} told no result: {view.tool}"
        return Matter(IncidentKind.MISSING_RESULT, called, title, SERIOUS[view.risk], for_guards=False)
    made = view.decision
    if made is not None and made.source == Source.PEOPLE and made.reason_code == Reason.LOOKS_MANIPULATED:
        return _manipulated(view)
    if made is not None and made.source == Source.POLICY and made.reason_code in VIOLATIONS:
        title = f"{view.agent_name} was refused {view.tool}"
        return Matter(IncidentKind.VIOLATION, called, title, SERIOUS[view.risk], for_guards=False)
    return None


def _manipulated(view: ActionView) -> Matter:
    title = f"{view.agent_name} looks manipulated"
    return Matter(IncidentKind.MANIPULATED, view.agent_id, title, "high", for_guards=True)
