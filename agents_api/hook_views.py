"""How what is sent out stands: streams for those who read the log, webhooks for admins. Both are set up in the console,
for a secret is shown once, and an answer that is kept to be given again would keep it.
"""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.queries import Member
from accounts.roles import Verb
from accounts.services import endpoints
from agents_api import asking, auth, describe_hooks, export_verbs, idempotency, output
from agents_api.audit_verbs import nothing
from agents_api.door import Door, raw_body
from agents_api.hook_documents import stream_tree, webhook_tree
from agents_api.idempotency import Answer
from agents_api.serializers import PressIn
from agents_api.stopping import entitled
from agents_api.views import now, respond
from approvals.shapes import check
from approvals.strict_json import parse
from compliance.queries import streams
from outbox import queries
from outbox.queries import EndpointView


class Streams(Door):
    @extend_schema(**describe_hooks.STREAMS)
    def get(self, request: HttpRequest) -> HttpResponse:
        asking.words(request)
        at = now()
        found = streams.page(export_verbs.who(request, at).workspace_id, at=at)
        return respond(Answer(200, output.page_out([output.dumps(stream_tree(view)) for view in found], None)))


class OneStream(Door):
    @extend_schema(**describe_hooks.STREAM)
    def get(self, request: HttpRequest, stream_id: str) -> HttpResponse:
        asking.words(request)
        at = now()
        found = streams.page(export_verbs.who(request, at).workspace_id, at=at)
        view = next((view for view in found if view.id == stream_id), None)
        if view is None:
            raise nothing()
        return respond(Answer(200, output.dumps(stream_tree(view))))


class Webhooks(Door):
    @extend_schema(**describe_hooks.WEBHOOKS)
    def get(self, request: HttpRequest) -> HttpResponse:
        asking.words(request)
        at = now()
        found = queries.endpoints(entitled(request, Verb.ADMINISTER, at).workspace_id, at=at)
        return respond(Answer(200, output.page_out([output.dumps(webhook_tree(view)) for view in found], None)))


class OneWebhook(Door):
    @extend_schema(**describe_hooks.WEBHOOK)
    def get(self, request: HttpRequest, endpoint_id: str) -> HttpResponse:
        asking.words(request)
        at = now()
        view = _find(entitled(request, Verb.ADMINISTER, at), endpoint_id, at)
        return respond(Answer(200, output.dumps(webhook_tree(view))))


class WebhookTest(Door):
    @extend_schema(**describe_hooks.WEBHOOK_TEST)
    def post(self, request: HttpRequest, endpoint_id: str) -> HttpResponse:
        at = now()
        member = entitled(request, Verb.ADMINISTER, at)
        raw = raw_body(request)
        check(parse(raw), PressIn)
        ticket = idempotency.ticket(request, member, raw, at)
        return respond(ticket.around(lambda: _test(member, endpoint_id, at)))


def _test(member: Member, endpoint_id: str, at: datetime) -> Answer:
    view = _find(member, endpoint_id, at)
    endpoints.check_endpoint(actor=auth.actor_of(member), at=at, workspace_id=member.workspace_id, endpoint_id=view.id)
    return Answer(200, output.dumps(webhook_tree(view)))


def _find(member: Member, endpoint_id: str, at: datetime) -> EndpointView:
    view = queries.endpoint(member.workspace_id, endpoint_id, at=at)
    if view is None:
        raise nothing()
    return view
