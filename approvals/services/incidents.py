"""Incidents: open one, gather actions in it, say who works it, and close it. Each change is a line of its story."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import queries as accounts_queries
from approvals import incidents, queries
from approvals.answers import ActionView
from approvals.errors import BadRequest, Fault, IncidentClosed, NotFound
from approvals.incidents import IncidentKind, IncidentView, Severity
from approvals.models import Incident, IncidentAction, IncidentEntry
from approvals.strict_json import canonical
from audit import record
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import Secret
from outbox import endpoints, post
from tenancy import ids, scope

TITLE_MAX, TEXT_MAX, ACTIONS_MAX = 300, 4000, 100
OPENED = "incident.opened"


def open_incident(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    title: str,
    severity: str,
    kind: IncidentKind = IncidentKind.HAND,
    action_ids: Sequence[str] = (),
    text: str = "",
) -> IncidentView:
    """By hand; whoever opens it owns it at first. Raises BadRequest."""
    title = _text(title, "/title", TITLE_MAX)
    if severity not in Severity.values:
        raise _fault("/severity", "unknown_word", f"Take one of: {', '.join(Severity.values)}.")
    if len(action_ids) > ACTIONS_MAX:
        raise _fault("/actions", "bad_length", f"Name at most {ACTIONS_MAX} actions; more can join later.")
    views = [_named(workspace_id, n, action_id) for n, action_id in enumerate(dict.fromkeys(action_ids))]
    agents = {(view.agent_id, view.agent_name) for view in views}
    agent_id, agent_name = agents.pop() if len(agents) == 1 else ("", "")
    with scope.acting(workspace_id):
        row = Incident(
            workspace_id=workspace_id,
            kind=kind.value,
            title=title,
            severity=severity,
            owner_id=actor.id if actor.is_person else None,
            owner_name=actor.label if actor.is_person else "",
            agent_id=agent_id,
            agent_name=agent_name,
        )
        _begin(row, actor, at, text)
        for view in views:
            join_row(row, view, actor, at)
        if kind is IncidentKind.MANIPULATED:
            alert(row, accounts_queries.guards(workspace_id), at)
    return incidents.incident_of(row)


def gather(
    *, actor: Actor, at: datetime, kind: IncidentKind, about: str, title: str, severity: str, view: ActionView
) -> tuple[Incident, bool]:
    """The open incident of this kind about this, opened if there is none, with the action in it; and whether it is
    new. In the caller's transaction.
    """
    open_ones = Incident.objects.filter(kind=kind.value, about=about, closed_at=None)
    row = open_ones.first()
    is_new = row is None
    if row is None:
        row = Incident(
            workspace_id=view.workspace_id,
            kind=kind.value,
            about=about,
            title=title[:TITLE_MAX],
            severity=severity,
            agent_id=view.agent_id,
            agent_name=view.agent_name,
        )
        try:
            # A savepoint: whoever was quicker has opened it meanwhile.
            with transaction.atomic():
                _begin(row, actor, at, "")
        except IntegrityError:
            row, is_new = open_ones.get(), False
    join_row(row, view, actor, at)
    return row, is_new


def join(*, actor: Actor, at: datetime, workspace_id: str, incident_id: str, action_id: str) -> IncidentView:
    """One more action for an open incident; one that belongs to it already changes nothing. Raises NotFound,
    IncidentClosed.
    """
    view = queries.find(workspace_id, action_id)
    with scope.acting(workspace_id):
        row = open_row(workspace_id, incident_id)
        join_row(row, view, actor, at)
    return incidents.incident_of(row)


def note(*, actor: Actor, at: datetime, workspace_id: str, incident_id: str, text: str) -> IncidentView:
    """Raises NotFound, IncidentClosed, BadRequest."""
    said = _text(text, "/text", TEXT_MAX)
    with scope.acting(workspace_id):
        row = open_row(workspace_id, incident_id)
        tell(EventKind.INCIDENT_NOTED, row, actor, at, said)
    return incidents.incident_of(row)


def assign(*, actor: Actor, at: datetime, workspace_id: str, incident_id: str, user_id: str) -> IncidentView:
    """Says who works it. Raises NotFound, IncidentClosed, BadRequest (not a member who may)."""
    reader = accounts_queries.reader(workspace_id, user_id)
    if reader is None or not reader.may(accounts_queries.Verb.WORK_INCIDENT):
        raise _fault("/owner", "not_found", "Choose somebody of this workspace who may work an incident.")
    with scope.acting(workspace_id):
        row = open_row(workspace_id, incident_id)
        row.owner_id, row.owner_name = reader.user_id, reader.name
        row.save(update_fields=["owner", "owner_name"])
        tell(EventKind.INCIDENT_ASSIGNED, row, actor, at, reader.name, owner=reader.user_id)
    return incidents.incident_of(row)


def rate(*, actor: Actor, at: datetime, workspace_id: str, incident_id: str, severity: str) -> IncidentView:
    """Raises NotFound, IncidentClosed, BadRequest."""
    if severity not in Severity.values:
        raise _fault("/severity", "unknown_word", f"Take one of: {', '.join(Severity.values)}.")
    with scope.acting(workspace_id):
        row = open_row(workspace_id, incident_id)
        before, row.severity = row.severity, severity
        row.save(update_fields=["severity"])
        tell(EventKind.INCIDENT_RATED, row, actor, at, f"From {before} to {severity}", before=before, now=severity)
    return incidents.incident_of(row)


def close(*, actor: Actor, at: datetime, workspace_id: str, incident_id: str, text: str) -> IncidentView:
    """With what was found. A stop switch that it pulled stays on. Raises NotFound, IncidentClosed, BadRequest."""
    said = _text(text, "/text", TEXT_MAX)
    with scope.acting(workspace_id):
        row = open_row(workspace_id, incident_id)
        row.closed_at, row.closed_by = at, actor.label
        row.save(update_fields=["closed_at", "closed_by"])
        tell(EventKind.INCIDENT_CLOSED, row, actor, at, said)
    return incidents.incident_of(row)


def open_row(workspace_id: str, incident_id: str) -> Incident:
    """The open incident, locked until the transaction ends. Raises NotFound, IncidentClosed."""
    incidents.find_incident(workspace_id, incident_id)
    row = Incident.objects.select_for_update(of=("self",)).get(id=incident_id)
    if row.closed_at is not None:
        raise IncidentClosed(f"{row.closed_by} closed this incident. Nothing was changed; open another.")
    return row


def join_row(row: Incident, view: ActionView, actor: Actor, at: datetime) -> None:
    """In the caller's transaction; nothing where the action belongs to it already."""
    values = {"workspace_id": row.workspace_id, "joined_at": at}
    _, is_new = IncidentAction.objects.get_or_create(incident_id=row.id, action_id=view.id, defaults=values)
    if is_new:
        tell(EventKind.INCIDENT_JOINED, row, actor, at, "", action_id=view.id, action=view.id, tool=view.tool)


def tell(
    kind: EventKind, row: Incident, actor: Actor, at: datetime, text: str, *, action_id: str = "", **data: Any
) -> None:
    """One line of the story, its fact and the word to open pages, in the caller's transaction."""
    IncidentEntry(
        id=ids.new("ine", at),
        workspace_id=row.workspace_id,
        incident_id=row.id,
        kind=kind.verb,
        at=at,
        by=actor.label,
        text=text,
        data=data,
    ).save(force_insert=True)
    event_id = record.record(
        kind=kind,
        workspace_id=row.workspace_id,
        actor=actor,
        at=at,
        subject=("incident", row.id),
        action_id=action_id,
        data=data,
        secrets=[Secret("text", canonical(text), row.id)] if text else [],
    )
    about: dict[str, Any] = {"workspace_id": row.workspace_id, "subject": row.id, "at": at}
    post.post(sink="live", kind=kind.value.replace(":", "."), payload={"id": row.id}, **about)
    if kind is EventKind.INCIDENT_OPENED:
        post.post_webhook(kind=endpoints.OPENED, ref=event_id, **about)


def alert(row: Incident, user_ids: Sequence[str], at: datetime) -> None:
    """A letter to each of these people, whatever letters they chose. In the caller's transaction."""
    for user_id in user_ids:
        post.post(
            sink="mail",
            kind=OPENED,
            workspace_id=row.workspace_id,
            subject=row.id,
            payload={"user": user_id, "incident": row.id},
            at=at,
        )


def _begin(row: Incident, actor: Actor, at: datetime, text: str) -> None:
    row.id = ids.new("inc", at)
    row.opened_at, row.opened_by = at, actor.label
    row.save(force_insert=True)
    tell(EventKind.INCIDENT_OPENED, row, actor, at, text, about=row.kind, severity=row.severity)


def _named(workspace_id: str, n: int, action_id: str) -> ActionView:
    try:
        return queries.find(workspace_id, action_id)
    except NotFound as error:
        raise _fault(f"/actions/{n}", "not_found", error.detail) from error


def _text(text: str, pointer: str, most: int) -> str:
    kept = text.strip()
    if not kept or len(kept) > most:
        raise _fault(pointer, "bad_length", f"Write 1 to {most} characters.")
    return kept


def _fault(pointer: str, code: str, detail: str) -> BadRequest:
    return BadRequest(detail, code=code, faults=[Fault(pointer, code, detail)])
