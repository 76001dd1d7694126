"""Incidents and blocked versions, for people and their scripts: by a person's own token."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.queries import Member
from accounts.roles import Verb
from agents_api import asking, auth, describe, idempotency, output
from agents_api.door import Door, raw_body
from agents_api.idempotency import Answer
from agents_api.serializers import BlockIn, IncidentIn, NoteIn, StepIn
from agents_api.stopping import entitled
from agents_api.views import respond
from approvals import queries
from approvals.queries import IncidentKind, IncidentView
from approvals.services import incidents, playbook, versions
from approvals.shapes import check
from approvals.strict_json import parse


class Incidents(Door):
    @extend_schema(**describe.INCIDENTS)
    def get(self, request: HttpRequest) -> HttpResponse:
        asked = asking.incidents(request)
        member = entitled(request, Verb.SEE, datetime.now(UTC))
        found = queries.incidents(member.workspace_id, closed=asked.closed, after=asked.after, limit=asked.limit + 1)
        items = [output.incident_out(one) for one in found[: asked.limit]]
        following = found[asked.limit - 1].id if len(found) > asked.limit else None
        return respond(Answer(200, output.page_out(items, following)))

    @extend_schema(**describe.OPEN_INCIDENT)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = datetime.now(UTC)
        member = entitled(request, Verb.WORK_INCIDENT, at)
        raw = raw_body(request)
        asked = check(parse(raw), IncidentIn)
        ticket = idempotency.ticket(request, member, raw, at)
        return respond(ticket.around(lambda: _open(member, asked, at)))


class OneIncident(Door):
    @extend_schema(**describe.INCIDENT)
    def get(self, request: HttpRequest, incident_id: str) -> HttpResponse:
        asking.words(request)
        member = entitled(request, Verb.SEE, datetime.now(UTC))
        found = queries.find_incident(member.workspace_id, incident_id)
        actions = [view.id for view in queries.actions_of(member.workspace_id, incident_id)]
        story = queries.entries(member.workspace_id, incident_id)
        return respond(Answer(200, output.incident_out(found, story, actions)))


class Steps(Door):
    @extend_schema(**describe.STEP)
    def post(self, request: HttpRequest, incident_id: str) -> HttpResponse:
        at = datetime.now(UTC)
        member = entitled(request, Verb.WORK_INCIDENT, at)
        raw = raw_body(request)
        asked = check(parse(raw), StepIn)
        ticket = idempotency.ticket(request, member, raw, at)
        take = partial(playbook.take, incident_id=incident_id, step=asked.step)
        return respond(ticket.around(lambda: _changed(member, at, take)))


class Notes(Door):
    @extend_schema(**describe.NOTE)
    def post(self, request: HttpRequest, incident_id: str) -> HttpResponse:
        at = datetime.now(UTC)
        member = entitled(request, Verb.WORK_INCIDENT, at)
        raw = raw_body(request)
        asked = check(parse(raw), NoteIn)
        ticket = idempotency.ticket(request, member, raw, at)
        note = partial(incidents.note, incident_id=incident_id, text=asked.text)
        return respond(ticket.around(lambda: _changed(member, at, note)))


class Close(Door):
    @extend_schema(**describe.CLOSE)
    def post(self, request: HttpRequest, incident_id: str) -> HttpResponse:
        at = datetime.now(UTC)
        member = entitled(request, Verb.CLOSE_INCIDENT, at)
        raw = raw_body(request)
        asked = check(parse(raw), NoteIn)
        ticket = idempotency.ticket(request, member, raw, at)
        close = partial(incidents.close, incident_id=incident_id, text=asked.text)
        return respond(ticket.around(lambda: _changed(member, at, close)))


class Block(Door):
    @extend_schema(**describe.BLOCK)
    def post(self, request: HttpRequest, version_id: str) -> HttpResponse:
        at = datetime.now(UTC)
        member = entitled(request, Verb.STOP, at)
        raw = raw_body(request)
        asked = check(parse(raw), BlockIn)
        ticket = idempotency.ticket(request, member, raw, at)
        return respond(ticket.around(lambda: _block(member, version_id, asked, at)))


def _open(member: Member, asked: IncidentIn, at: datetime) -> Answer:
    found = incidents.open_incident(
        actor=auth.actor_of(member),
        at=at,
        workspace_id=member.workspace_id,
        title=asked.title,
        severity=asked.severity,
        kind=IncidentKind.MANIPULATED if asked.looks_manipulated else IncidentKind.HAND,
        action_ids=asked.actions,
        text=asked.text or "",
    )
    return Answer(201, output.incident_out(found))


def _changed(member: Member, at: datetime, verb: Callable[..., IncidentView]) -> Answer:
    found = verb(actor=auth.actor_of(member), at=at, workspace_id=member.workspace_id)
    return Answer(200, output.incident_out(found))


def _block(member: Member, version_id: str, asked: BlockIn, at: datetime) -> Answer:
    stop = versions.block(
        actor=auth.actor_of(member),
        at=at,
        workspace_id=member.workspace_id,
        version_id=version_id,
        back_to=asked.back_to or "",
        reason=asked.reason or "",
    )
    return Answer(201, output.dumps(output.stop_tree(stop)))
