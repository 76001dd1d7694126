"""The endpoints about single events of the log."""

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from agents_api import audit_verbs, describe_audit
from agents_api.door import Door
from agents_api.idempotency import Answer
from agents_api.log import TEXT
from agents_api.views import now, respond


class OneEvent(Door):
    @extend_schema(**describe_audit.EVENT)
    def get(self, request: HttpRequest, event_id: str) -> HttpResponse:
        view = audit_verbs.event(request, event_id, now())
        return respond(Answer(200, audit_verbs.told(view)))


class Receipt(Door):
    @extend_schema(**describe_audit.RECEIPT)
    def get(self, request: HttpRequest, event_id: str) -> HttpResponse:
        made = audit_verbs.receipt(audit_verbs.event(request, event_id, now()))
        name = f'attachment; filename="{event_id}.tlog-proof"'
        return HttpResponse(made, content_type=TEXT, headers={"Content-Disposition": name})
