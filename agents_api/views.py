"""The endpoints: each parses, makes one call, and presents."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from agents_api import asking, auth, describe, idempotency, output, reading, verbs, waiting, whoami
from agents_api.door import JSON, AsyncDoor, Door, raw_body
from agents_api.errors import MEDIA_TYPE
from agents_api.idempotency import Answer
from agents_api.serializers import BatchIn, MessageIn, ResultIn, ReviewIn, SpendIn, UndoIn, WithdrawIn
from approvals import envelope
from approvals.shapes import check
from approvals.strict_json import parse


def now() -> datetime:
    return datetime.now(UTC)


def respond(answer: Answer) -> HttpResponse:
    kind = JSON if answer.status < 400 else MEDIA_TYPE
    response = HttpResponse(answer.body, status=answer.status, content_type=kind)
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    if answer.body.startswith(b'{"id":"act_'):
        response["ETag"] = output.etag(answer.body)
    return response


class Actions(Door):
    @extend_schema(**describe.LIST)
    def get(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = auth.who(request, at)
        return respond(Answer(200, reading.page(who, asking.page(request), at)))

    @extend_schema(**describe.SUBMIT)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        caller = auth.agent(request, at)
        raw = raw_body(request)
        asked = envelope.read(parse(raw))
        ticket = idempotency.ticket(request, caller, raw, at)
        return respond(verbs.submit(ticket, caller, asked))


class Batch(Door):
    @extend_schema(**describe.BATCH)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        caller = auth.agent(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), BatchIn)
        ticket = idempotency.ticket(request, caller, raw, at)
        return respond(verbs.submit_each(ticket, caller, asked))


class Validate(Door):
    @extend_schema(**describe.VALIDATE)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        caller = auth.agent(request, at)
        raw = raw_body(request)
        asked = envelope.read(parse(raw))
        ticket = idempotency.ticket(request, caller, raw, at)
        return respond(verbs.validate(ticket, caller, asked))


class OneAction(AsyncDoor):
    @extend_schema(**describe.READ)
    async def get(self, request: HttpRequest, action_id: str) -> HttpResponse:
        asked, known = asking.words(request, "wait"), asking.known_tags(request)
        seconds = asking.whole_number(asked, "wait", default=0, least=0, most=waiting.WAIT_MAX)
        who = await waiting.who(request, now())
        if seconds:
            seen = await waiting.wait(request, who, action_id, seconds, known)
        else:
            seen = await waiting.look(request, who, action_id)
        await waiting.opened(request, who, action_id, seen)
        if known & {seen.etag, "*"}:
            return HttpResponse(status=304, headers={"ETag": seen.etag})
        return respond(Answer(200, seen.body))


class Reviews(Door):
    @extend_schema(**describe.REVIEW)
    def post(self, request: HttpRequest, action_id: str) -> HttpResponse:
        at = now()
        member, seen = auth.voter(request, action_id, at)
        raw = raw_body(request)
        asked = check(parse(raw), ReviewIn)
        ticket = idempotency.ticket(request, member, raw, at)
        return respond(verbs.review(ticket, member, action_id, asked, seen))


class Undo(Door):
    @extend_schema(**describe.UNDO)
    def post(self, request: HttpRequest, action_id: str) -> HttpResponse:
        at = now()
        member = auth.person(request, at)
        raw = raw_body(request)
        check(parse(raw), UndoIn)
        ticket = idempotency.ticket(request, member, raw, at)
        return respond(verbs.undo(ticket, member, action_id))


class Spend(Door):
    @extend_schema(**describe.SPEND)
    def post(self, request: HttpRequest, action_id: str) -> HttpResponse:
        at = now()
        caller = auth.agent(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), SpendIn)
        ticket = idempotency.ticket(request, caller, raw, at)
        return respond(verbs.spend(ticket, caller, action_id, asked.grant))


class Result(Door):
    @extend_schema(**describe.RESULT)
    def post(self, request: HttpRequest, action_id: str) -> HttpResponse:
        at = now()
        caller = auth.agent(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), ResultIn)
        ticket = idempotency.ticket(request, caller, raw, at)
        return respond(verbs.report(ticket, caller, action_id, asked))


class Withdraw(Door):
    @extend_schema(**describe.WITHDRAW)
    def post(self, request: HttpRequest, action_id: str) -> HttpResponse:
        at = now()
        caller = auth.agent(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), WithdrawIn)
        ticket = idempotency.ticket(request, caller, raw, at)
        return respond(verbs.withdraw(ticket, caller, action_id, asked.reason or ""))


class Messages(Door):
    @extend_schema(**describe.MESSAGE)
    def post(self, request: HttpRequest, action_id: str) -> HttpResponse:
        at = now()
        caller = auth.agent(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), MessageIn)
        ticket = idempotency.ticket(request, caller, raw, at)
        return respond(verbs.answer(ticket, caller, action_id, asked.text))


class WhoAmI(Door):
    @extend_schema(**describe.WHOAMI)
    def get(self, request: HttpRequest) -> HttpResponse:
        at = now()
        asking.words(request)
        return respond(Answer(200, whoami.tell(auth.who(request, at), at)))
