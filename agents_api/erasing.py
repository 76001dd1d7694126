"""Erasures and legal holds, for people and their scripts: by the token of an admin or an auditor."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.queries import Member
from accounts.roles import Verb
from agents_api import asking, auth, describe_erasing, errors, idempotency, output
from agents_api.door import Door, raw_body
from agents_api.erasing_documents import erasure_out, hold_out
from agents_api.idempotency import Answer
from agents_api.serializers import ErasureIn, HoldIn, PressIn
from agents_api.stopping import entitled
from agents_api.views import respond
from approvals.shapes import check
from approvals.strict_json import parse
from compliance import queries, services
from tenancy import ids


class Erasures(Door):
    @extend_schema(**describe_erasing.ERASURES)
    def get(self, request: HttpRequest) -> HttpResponse:
        after = _after(request, "ers")
        member = entitled(request, Verb.ERASE, datetime.now(UTC))
        found = queries.erasures(member.workspace_id, after=after, limit=queries.PAGE + 1)
        items = [erasure_out(one) for one in found[: queries.PAGE]]
        return respond(Answer(200, output.page_out(items, found[-2].id if len(found) > queries.PAGE else None)))

    @extend_schema(**describe_erasing.REQUEST)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = datetime.now(UTC)
        member = entitled(request, Verb.ERASE, at)
        raw = raw_body(request)
        asked = check(parse(raw), ErasureIn)
        ticket = idempotency.ticket(request, member, raw, at)
        return respond(ticket.around(lambda: _request(member, asked, at)))


class OneErasure(Door):
    @extend_schema(**describe_erasing.ERASURE)
    def get(self, request: HttpRequest, erasure_id: str) -> HttpResponse:
        asking.words(request)
        member = entitled(request, Verb.ERASE, datetime.now(UTC))
        return respond(Answer(200, erasure_out(queries.find_erasure(member.workspace_id, erasure_id))))


class Agree(Door):
    @extend_schema(**describe_erasing.AGREE)
    def post(self, request: HttpRequest, erasure_id: str) -> HttpResponse:
        agree = partial(services.agree_to_erase, erasure_id=erasure_id)
        return _pressed(request, lambda **by: erasure_out(agree(**by)))


class Decline(Door):
    @extend_schema(**describe_erasing.DECLINE)
    def post(self, request: HttpRequest, erasure_id: str) -> HttpResponse:
        decline = partial(services.decline_erasure, erasure_id=erasure_id)
        return _pressed(request, lambda **by: erasure_out(decline(**by)))


class Holds(Door):
    @extend_schema(**describe_erasing.HOLDS)
    def get(self, request: HttpRequest) -> HttpResponse:
        after = _after(request, "hld")
        member = entitled(request, Verb.ERASE, datetime.now(UTC))
        found = queries.holds(member.workspace_id, after=after, limit=queries.PAGE + 1)
        items = [hold_out(one) for one in found[: queries.PAGE]]
        return respond(Answer(200, output.page_out(items, found[-2].id if len(found) > queries.PAGE else None)))

    @extend_schema(**describe_erasing.PLACE)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = datetime.now(UTC)
        member = entitled(request, Verb.ERASE, at)
        raw = raw_body(request)
        asked = check(parse(raw), HoldIn)
        ticket = idempotency.ticket(request, member, raw, at)
        return respond(ticket.around(lambda: _place(member, asked, at)))


class AskToLift(Door):
    @extend_schema(**describe_erasing.ASK_TO_LIFT)
    def post(self, request: HttpRequest, hold_id: str) -> HttpResponse:
        ask = partial(services.ask_to_lift, hold_id=hold_id)
        return _pressed(request, lambda **by: hold_out(ask(**by)))


class Lift(Door):
    @extend_schema(**describe_erasing.LIFT)
    def post(self, request: HttpRequest, hold_id: str) -> HttpResponse:
        agree = partial(services.agree_to_lift, hold_id=hold_id)
        return _pressed(request, lambda **by: hold_out(agree(**by)))


def _request(member: Member, asked: ErasureIn, at: datetime) -> Answer:
    made = services.request_erasure(
        actor=auth.actor_of(member),
        at=at,
        workspace_id=member.workspace_id,
        kind=asked.kind,
        subject=asked.subject,
        basis=asked.basis,
        note=asked.note or "",
    )
    return Answer(201, erasure_out(made))


def _place(member: Member, asked: HoldIn, at: datetime) -> Answer:
    made = services.place_hold(
        actor=auth.actor_of(member),
        at=at,
        workspace_id=member.workspace_id,
        kind=asked.kind or "",
        subject=asked.subject or "",
        reason=asked.reason,
    )
    return Answer(201, hold_out(made))


def _pressed(request: HttpRequest, verb: Callable[..., bytes]) -> HttpResponse:
    """A verb that needs nothing but who presses it, once."""
    at = datetime.now(UTC)
    member = entitled(request, Verb.ERASE, at)
    raw = raw_body(request)
    check(parse(raw), PressIn)
    by = {"actor": auth.actor_of(member), "at": at, "workspace_id": member.workspace_id}
    ticket = idempotency.ticket(request, member, raw, at)
    return respond(ticket.around(lambda: Answer(200, verb(**by))))


def _after(request: HttpRequest, prefix: str) -> str:
    after = asking.words(request, "after").get("after", "")
    if after and not ids.is_id(after, prefix):
        raise errors.invalid("/after", "bad_format", "Give `next` of the page before as it came.")
    return after
