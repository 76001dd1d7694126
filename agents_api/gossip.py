"""Whoever talks to this server may pin what it signs: the newest checkpoint, with the proof that it grew.

Open to every key and person of the workspace, for a checkpoint tells the size of the log and nothing of what is in it.
"""

from base64 import b64encode
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from agents_api import asking, audit_verbs, auth, describe_audit, errors, output
from agents_api.door import Door
from agents_api.errors import Problem
from agents_api.idempotency import Answer
from agents_api.views import now, respond
from audit.queries import log_queries

SIZE_MAX = 999_999_999
NOT_YET = "This workspace has no signed log yet. Its first event begins one; try again in a second."
SHORTER = (
    "The log has only {size} entries, and you hold a checkpoint of {old}. If nobody told you that it was restored from"
    " a backup, keep your checkpoint and show it to an auditor."
)


class NewestCheckpoint(Door):
    @extend_schema(**describe_audit.CHECKPOINT)
    def get(self, request: HttpRequest) -> HttpResponse:
        asking.words(request)
        return respond(Answer(200, output.dumps(_told(_log(request, now())))))


class Consistency(Door):
    @extend_schema(**describe_audit.CONSISTENCY)
    def get(self, request: HttpRequest) -> HttpResponse:
        view, old = _log(request, now()), _old(request)
        if old > view.size:
            raise Problem(409, "log_shorter", "Shorter than that", SHORTER.format(size=view.size, old=old))
        proof = [b64encode(each).decode() for each in log_queries.grown(view, old)]
        return respond(Answer(200, output.dumps({**_told(view), "from": old, "proof": proof})))


def _log(request: HttpRequest, at: datetime) -> log_queries.LogView:
    view = log_queries.current(auth.who(request, at).workspace_id)
    if view is None or not view.size:
        raise audit_verbs.nothing(NOT_YET)
    return view


def _old(request: HttpRequest) -> int:
    asked = asking.words(request, "from")
    if "from" not in asked:
        raise errors.invalid("/from", "missing", "Give the size of the checkpoint that you hold.")
    return asking.whole_number(asked, "from", default=0, least=0, most=SIZE_MAX)


def _told(view: log_queries.LogView) -> dict[str, str | int]:
    return {"log": view.id, "origin": view.origin, "size": view.size, "checkpoint": view.checkpoint.decode()}
