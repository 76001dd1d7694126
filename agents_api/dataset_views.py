"""The endpoints about datasets: service accounts with `datasets:read`, and people whose role may read them."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.queries import Caller
from accounts.roles import Verb
from agents_api import asking, auth, dataset_output, describe_evals, errors, idempotency
from agents_api.auth import Who
from agents_api.door import Door, raw_body
from agents_api.idempotency import Answer
from agents_api.serializers import PromptsIn
from agents_api.views import now, respond
from approvals.shapes import check
from approvals.strict_json import parse
from feedback import queries, services
from tenancy import ids

READ = "datasets:read"
PAGE = 50


def reader(request: HttpRequest, at: datetime) -> Who:
    found = auth.who(request, at)
    if isinstance(found, Caller):
        if READ not in found.scopes:
            raise errors.forbidden("missing_scope", f"The key lacks the scope {READ}. Make one that has it.")
    elif not found.may(Verb.READ_DATASET):
        detail = f"Your role may not {Verb.READ_DATASET.label}. An admin can change it."
        raise errors.forbidden("wrong_role", detail)
    return found


class Datasets(Door):
    @extend_schema(**describe_evals.DATASETS)
    def get(self, request: HttpRequest) -> HttpResponse:
        workspace_id = reader(request, now()).workspace_id
        after = asking.words(request, "after").get("after", "")
        if after and not ids.is_id(after, "dst"):
            raise errors.invalid("/after", "bad_format", "Give `next` of the page before as it came.")
        found = queries.datasets(workspace_id, after=after, limit=PAGE + 1)
        newest = queries.newest_of(workspace_id, [dataset.id for dataset in found])
        return respond(Answer(200, dataset_output.page(found, newest, PAGE)))


class OneDataset(Door):
    @extend_schema(**describe_evals.DATASET)
    def get(self, request: HttpRequest, dataset_id: str) -> HttpResponse:
        workspace_id = reader(request, now()).workspace_id
        asking.words(request)
        dataset = queries.find_dataset(workspace_id, dataset_id)
        return respond(Answer(200, dataset_output.one(dataset, queries.versions(workspace_id, dataset.id))))


class Leaks(Door):
    @extend_schema(**describe_evals.LEAKS)
    def post(self, request: HttpRequest, frozen_id: str) -> HttpResponse:
        """Nothing is stored, so there is nothing to remember either."""
        at = now()
        who, raw = reader(request, at), raw_body(request)
        asked = check(parse(raw), PromptsIn)
        idempotency.ticket(request, who, raw, at)
        version = queries.find_version(who.workspace_id, frozen_id)
        return respond(
            Answer(200, dataset_output.leaks(services.leaks_of(who.workspace_id, version.id, asked.prompts)))
        )


class Examples(Door):
    @extend_schema(**describe_evals.EXAMPLES)
    def get(self, request: HttpRequest, frozen_id: str) -> HttpResponse:
        workspace_id = reader(request, now()).workspace_id
        asked = asking.words(request, "after")
        after = asking.whole_number(asked, "after", default=0, least=0, most=2**31 - 1)
        version = queries.find_version(workspace_id, frozen_id)
        found = queries.some_items(workspace_id, version.id, after=after, limit=PAGE + 1)
        return respond(Answer(200, dataset_output.examples(found, PAGE)))
