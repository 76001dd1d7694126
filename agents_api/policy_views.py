"""The endpoints about policies: each parses, makes one call, and presents."""

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from agents_api import asking, describe_policies, errors, idempotency, policy_verbs
from agents_api.door import Door, raw_body
from agents_api.idempotency import Answer
from agents_api.policy_verbs import PROPOSE, READ
from agents_api.serializers import BacktestIn, PolicyIn
from agents_api.views import now, respond
from approvals.shapes import check
from approvals.strict_json import parse
from tenancy import ids


class Policies(Door):
    @extend_schema(**describe_policies.POLICIES)
    def get(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = policy_verbs.who(request, at, READ)
        after = asking.words(request, "after").get("after", "")
        if after and not ids.is_id(after, "pol"):
            raise errors.invalid("/after", "bad_format", "Give `next` of the page before as it came.")
        return respond(Answer(200, policy_verbs.page(who, after)))


class OnePolicy(Door):
    @extend_schema(**describe_policies.POLICY)
    def get(self, request: HttpRequest, version_id: str) -> HttpResponse:
        who = policy_verbs.who(request, now(), READ)
        return respond(Answer(200, policy_verbs.version(who, version_id)))


class PolicyCheck(Door):
    @extend_schema(**describe_policies.POLICY_CHECK)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = policy_verbs.who(request, at, READ)
        asked = check(parse(raw_body(request)), PolicyIn)
        return respond(Answer(200, policy_verbs.check(who, asked, at)))


class Proposals(Door):
    @extend_schema(**describe_policies.POLICY_PROPOSE)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = policy_verbs.who(request, at, PROPOSE)
        raw = raw_body(request)
        asked = check(parse(raw), PolicyIn)
        return respond(policy_verbs.propose(idempotency.ticket(request, who, raw, at), asked))


class OneProposal(Door):
    @extend_schema(**describe_policies.PROPOSAL)
    def get(self, request: HttpRequest, proposal_id: str) -> HttpResponse:
        at = now()
        who = policy_verbs.who(request, at, READ)
        return respond(Answer(200, policy_verbs.proposal(who, proposal_id, at)))


class Backtests(Door):
    @extend_schema(**describe_policies.BACKTEST_START)
    def post(self, request: HttpRequest) -> HttpResponse:
        at = now()
        who = policy_verbs.who(request, at, PROPOSE)
        raw = raw_body(request)
        asked = check(parse(raw), BacktestIn)
        return respond(policy_verbs.start_backtest(idempotency.ticket(request, who, raw, at), asked))


class OneBacktest(Door):
    @extend_schema(**describe_policies.BACKTEST)
    def get(self, request: HttpRequest, job_id: str) -> HttpResponse:
        who = policy_verbs.who(request, now(), READ)
        return respond(Answer(200, policy_verbs.backtest(who, job_id)))
