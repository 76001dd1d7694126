"""The endpoints about evaluation: each parses, makes one call, and presents."""

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.roles import Verb
from agents_api import asking, describe_evals, errors, eval_verbs, idempotency
from agents_api.door import Door, raw_body
from agents_api.idempotency import Answer
from agents_api.serializers import AnswersIn, BaselineIn, CloseRunIn, GateIn, RunIn
from agents_api.views import now, respond
from approvals.shapes import check
from approvals.strict_json import parse
from tenancy import ids


class Runs(Door):
    @extend_schema(**describe_evals.RUNS)
    def get(self, request: HttpRequest) -> HttpResponse:
        who = eval_verbs.who(request, now(), Verb.READ_DATASET)
        after = asking.words(request, "after").get("after", "")
        if after and not ids.is_id(after, "run"):
            raise errors.invalid("/after", "bad_format", "Give `next` of the page before as it came.")
        return respond(Answer(200, eval_verbs.runs(who, after)))

    @extend_schema(**describe_evals.OPEN_RUN)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = eval_verbs.who(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), RunIn)
        return respond(eval_verbs.open_run(idempotency.ticket(request, who, raw, at), asked))


class OneRun(Door):
    @extend_schema(**describe_evals.RUN)
    def get(self, request: HttpRequest, run_id: str) -> HttpResponse:
        who = eval_verbs.who(request, now(), Verb.READ_DATASET)
        return respond(Answer(200, eval_verbs.one_run(who, run_id)))


class RunItems(Door):
    @extend_schema(**describe_evals.RUN_ITEMS)
    def post(self, request: HttpRequest, run_id: str) -> HttpResponse:
        at = now()
        who = eval_verbs.who(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), AnswersIn)
        return respond(eval_verbs.add(idempotency.ticket(request, who, raw, at), run_id, asked))


class RunClose(Door):
    @extend_schema(**describe_evals.CLOSE_RUN)
    def post(self, request: HttpRequest, run_id: str) -> HttpResponse:
        at = now()
        who = eval_verbs.who(request, at)
        raw = raw_body(request)
        check(parse(raw), CloseRunIn)
        return respond(eval_verbs.close(idempotency.ticket(request, who, raw, at), run_id))


class Gates(Door):
    @extend_schema(**describe_evals.CHECK_GATE)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = eval_verbs.who(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), GateIn)
        return respond(eval_verbs.check(idempotency.ticket(request, who, raw, at), asked))


class OneGate(Door):
    @extend_schema(**describe_evals.GATE)
    def get(self, request: HttpRequest, gate_id: str) -> HttpResponse:
        who = eval_verbs.who(request, now(), Verb.READ_DATASET)
        return respond(Answer(200, eval_verbs.one_gate(who, gate_id)))


class Baselines(Door):
    @extend_schema(**describe_evals.MOVE_BASELINE)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = eval_verbs.who(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), BaselineIn)
        return respond(eval_verbs.move(idempotency.ticket(request, who, raw, at), asked))
