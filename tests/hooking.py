"""Webhooks for tests: an endpoint at the receiver of `tests.receiving`, and workers that send what is promised."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import time_machine

from accounts.services import endpoints
from accounts.services.endpoints import IssuedSecret
from audit.actor import OPERATOR
from countersign import webhooks
from outbox import delivering, queries
from outbox.models import Message
from outbox.queries import EndpointView
from tests.cast import Stage
from tests.receiving import Receiver, Request

EVERYTHING = tuple(queries.WEBHOOK_KINDS)


@dataclass(slots=True)
class Told:
    """One request that came, after its signature was checked as an integrator would."""

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]


def url(found: Receiver) -> str:
    return f"https://127.0.0.1:{found.port}/in"


def add(stage: Stage, found: Receiver, *kinds: str, **given: Any) -> IssuedSecret:
    return endpoints.add_endpoint(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, url=url(found), kinds=kinds or EVERYTHING, **given
    )


def work(stage: Stage, at: datetime | None = None) -> int:
    """A worker takes every webhook that is due at that moment; how many it tried."""
    moment = at or stage.at
    due = Message.objects.filter(sink="webhook", dead_at=None, due_at__lte=moment)
    until = moment + timedelta(seconds=30)
    ids = list(due.order_by("id").values_list("id", flat=True))
    due.update(leased_until=until)
    with time_machine.travel(moment, tick=False):
        return delivering.deliver(message_ids=ids, leased_until=until)


def read(request: Request, secret: str, at: datetime) -> Told:
    told = webhooks.verified(request.headers, request.body, secret, now=at.timestamp())
    return Told(request.headers["webhook-id"], told["type"], told["timestamp"], told["data"])


def only(stage: Stage, at: datetime | None = None) -> EndpointView:
    (view,) = queries.endpoints(stage.id, at=at or stage.at)
    return view
