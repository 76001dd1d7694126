"""The stop switch, for people and their scripts: by a person's own token, with the rights of that moment."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.queries import Member
from accounts.roles import Verb
from agents_api import asking, auth, describe, errors, idempotency, output
from agents_api.door import Door, raw_body
from agents_api.idempotency import Answer
from agents_api.serializers import ReleaseIn, StopIn
from agents_api.views import respond
from approvals import queries
from approvals.services import stops
from approvals.shapes import check
from approvals.strict_json import parse


def entitled(request: HttpRequest, verb: Verb, at: datetime) -> Member:
    """The person whose token this is, if their role may do that."""
    member = auth.person(request, at)
    if not member.may(verb):
        raise errors.forbidden("role", f"Your role is {member.role}, which may not {verb.label}.")
    return member


class Stops(Door):
    @extend_schema(**describe.STOPS)
    def get(self, request: HttpRequest) -> HttpResponse:
        asking.words(request)
        member = entitled(request, Verb.SEE, datetime.now(UTC))
        items = [output.dumps(output.stop_tree(stop)) for stop in queries.stops_on(member.workspace_id)]
        return respond(Answer(200, output.page_out(items, None)))

    @extend_schema(**describe.STOP)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = datetime.now(UTC)
        member = entitled(request, Verb.STOP, at)
        raw = raw_body(request)
        asked = check(parse(raw), StopIn)
        ticket = idempotency.ticket(request, member, raw, at)
        return respond(ticket.around(lambda: _pull(member, asked, at)))


class Release(Door):
    @extend_schema(**describe.RELEASE)
    def post(self, request: HttpRequest, stop_id: str) -> HttpResponse:
        at = datetime.now(UTC)
        member = entitled(request, Verb.RELEASE, at)
        raw = raw_body(request)
        asked = check(parse(raw), ReleaseIn)
        ticket = idempotency.ticket(request, member, raw, at)
        return respond(ticket.around(lambda: _release(member, stop_id, asked, at)))


def _pull(member: Member, asked: StopIn, at: datetime) -> Answer:
    stop = stops.pull(
        actor=auth.actor_of(member),
        at=at,
        workspace_id=member.workspace_id,
        mode=asked.mode,
        agent=asked.agent or "",
        tool=asked.tool or "",
        reason=asked.reason or "",
    )
    return Answer(201, output.dumps(output.stop_tree(stop)))


def _release(member: Member, stop_id: str, asked: ReleaseIn, at: datetime) -> Answer:
    stop = stops.release(
        actor=auth.actor_of(member),
        at=at,
        workspace_id=member.workspace_id,
        stop_id=stop_id,
        because=asked.reason,
    )
    return Answer(200, output.dumps(output.stop_tree(stop)))
