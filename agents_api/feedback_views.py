"""The endpoints about readiness, confidence, drift, scheduled gates, judges and outcomes."""

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.roles import Verb
from agents_api import asking, describe_feedback, errors, eval_verbs, feedback_output, feedback_verbs, idempotency
from agents_api.door import Door, raw_body
from agents_api.idempotency import Answer
from agents_api.output import dumps
from agents_api.serializers import ControlIn, EndPlanIn, JudgeIn, OutcomeIn, PlanIn
from agents_api.views import now, respond
from approvals.shapes import check
from approvals.strict_json import parse
from feedback.queries import evaluation, plans


def _reader(request: HttpRequest) -> str:
    """The workspace of whoever may read evaluation."""
    asking.words(request)
    return eval_verbs.who(request, now(), Verb.READ_DATASET).workspace_id


class Readiness(Door):
    @extend_schema(**describe_feedback.READINESS)
    def get(self, request: HttpRequest) -> HttpResponse:
        return respond(Answer(200, feedback_output.readiness(_reader(request), now())))


class Controls(Door):
    @extend_schema(**describe_feedback.SET_CONTROL)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = eval_verbs.who(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), ControlIn)
        return respond(feedback_verbs.set_control(idempotency.ticket(request, who, raw, at), asked))


class Confidence(Door):
    @extend_schema(**describe_feedback.CONFIDENCE)
    def get(self, request: HttpRequest) -> HttpResponse:
        return respond(Answer(200, feedback_output.confidence(_reader(request))))


class Drift(Door):
    @extend_schema(**describe_feedback.DRIFT)
    def get(self, request: HttpRequest) -> HttpResponse:
        return respond(Answer(200, feedback_output.drift(_reader(request), now())))


class Alerts(Door):
    @extend_schema(**describe_feedback.ALERTS)
    def get(self, request: HttpRequest) -> HttpResponse:
        return respond(Answer(200, feedback_output.alerts(_reader(request))))


class Plans(Door):
    @extend_schema(**describe_feedback.PLANS)
    def get(self, request: HttpRequest) -> HttpResponse:
        found = [feedback_output.plan_tree(one) for one in plans.plans(_reader(request))]
        return respond(Answer(200, dumps({"items": found})))

    @extend_schema(**describe_feedback.PLAN)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = eval_verbs.who(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), PlanIn)
        return respond(feedback_verbs.plan(idempotency.ticket(request, who, raw, at), asked))


class EndPlan(Door):
    @extend_schema(**describe_feedback.END_PLAN)
    def post(self, request: HttpRequest, plan_id: str) -> HttpResponse:
        at = now()
        who = eval_verbs.who(request, at)
        raw = raw_body(request)
        check(parse(raw), EndPlanIn)
        return respond(feedback_verbs.end_plan(idempotency.ticket(request, who, raw, at), plan_id))


class Judges(Door):
    @extend_schema(**describe_feedback.JUDGES)
    def get(self, request: HttpRequest) -> HttpResponse:
        found = [feedback_output.judge_tree(one) for one in evaluation.calibrations(_reader(request))]
        return respond(Answer(200, dumps({"items": found})))

    @extend_schema(**describe_feedback.CALIBRATE)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = eval_verbs.who(request, at)
        raw = raw_body(request)
        asked = check(parse(raw), JudgeIn)
        return respond(feedback_verbs.calibrate(idempotency.ticket(request, who, raw, at), asked))


class Outcomes(Door):
    @extend_schema(**describe_feedback.OUTCOMES)
    def get(self, request: HttpRequest) -> HttpResponse:
        who = eval_verbs.who(request, now(), Verb.READ_DATASET)
        after = asking.words(request, "after").get("after", "")
        if after and not (after.isascii() and after.isdigit() and len(after) <= 18):
            raise errors.invalid("/after", "bad_format", "Give `next` of the page before as it came.")
        return respond(Answer(200, feedback_verbs.told(who, int(after) if after else None)))

    @extend_schema(**describe_feedback.TELL_OUTCOME)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = eval_verbs.who(request, at, Verb.LABEL)
        raw = raw_body(request)
        asked = check(parse(raw), OutcomeIn)
        return respond(feedback_verbs.tell(idempotency.ticket(request, who, raw, at), asked))
