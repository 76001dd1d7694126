"""The endpoints about the audit log: each parses, makes one call, and presents."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema

from agents_api import describe_exports, export_verbs, idempotency
from agents_api.door import Door, raw_body
from agents_api.idempotency import Answer
from agents_api.serializers import CancelIn, ExportIn
from agents_api.views import now, respond
from approvals.shapes import check
from approvals.strict_json import parse


class Events(Door):
    @extend_schema(**describe_exports.EVENTS)
    def get(self, request: HttpRequest) -> HttpResponse:
        at = now()
        return respond(Answer(200, export_verbs.event_page(request, export_verbs.who(request, at), at)))


class Exports(Door):
    @extend_schema(**describe_exports.EXPORTS)
    def get(self, request: HttpRequest) -> HttpResponse:
        return respond(Answer(200, export_verbs.export_page(request, export_verbs.who(request, now()))))

    @extend_schema(**describe_exports.EXPORT_ORDER)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = export_verbs.who(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), ExportIn)
        return respond(export_verbs.order(idempotency.ticket(request, who, raw, at), asked))


class OneExport(Door):
    @extend_schema(**describe_exports.EXPORT)
    def get(self, request: HttpRequest, export_id: str) -> HttpResponse:
        return respond(Answer(200, export_verbs.export(export_verbs.who(request, now()), export_id)))


class Cancel(Door):
    @extend_schema(**describe_exports.EXPORT_CANCEL)
    def post(self, request: HttpRequest, export_id: str) -> HttpResponse:
        at = now()
        who = export_verbs.who(request, at)
        raw = raw_body(request)
        check(parse(raw), CancelIn)
        return respond(export_verbs.cancel(idempotency.ticket(request, who, raw, at), export_id))


class ExportFile(Door):
    @extend_schema(**describe_exports.EXPORT_FILE)
    def get(self, request: HttpRequest, export_id: str) -> StreamingHttpResponse:
        at = now()
        answer = export_verbs.fetch(request, export_verbs.who(request, at), export_id, at)
        # An ASGI server would read a plain iterator to its end before it sends anything.
        pieces = answer.pieces_async() if hasattr(request, "scope") else answer.pieces()
        return StreamingHttpResponse(pieces, status=answer.status, headers=answer.headers)
