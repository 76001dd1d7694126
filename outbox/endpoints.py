"""Who takes which webhook, and what is kept of how that went.

A change that webhooks tell of leaves one prepared message (`Outgoing`); in the change's own transaction it becomes one
message for each endpoint that takes its kind: by a join where one statement writes everything, by `spread` elsewhere.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce

from outbox.models import Endpoint, Message, Outgoing
from tenancy.rows import Row

SINK = "webhook"
TESTED = "webhook.tested"
DECIDED, ASKED, ESCALATED = "action.decided", "action.question", "action.escalated"
JUDGED, ALERTED = "gate.verdict", "signal.alert"
SWITCHED, OPENED = "stop_switch.changed", "incident.opened"
KINDS = {
    DECIDED: "an action was decided",
    ASKED: "a reviewer asks the agent something",
    ESCALATED: "an action was escalated",
    JUDGED: "a gate gave its verdict",
    ALERTED: "a signal raised an alert",
    SWITCHED: "a stop switch was pulled or released",
    OPENED: "an incident was opened",
}
# What an endpoint of one agent may take: its own actions, and nothing of anybody else.
AGENT_KINDS = (DECIDED, ASKED, ESCALATED)
ERROR_MAX = 500


def live() -> QuerySet[Endpoint]:
    """Of all workspaces."""
    return Endpoint.everywhere.filter(ended_at=None)


def takes(endpoint: Endpoint, kind: str, agent_id: str) -> bool:
    return kind in endpoint.kinds and endpoint.agent_id in {"", agent_id}


def is_taken(workspace_id: str, kind: str, agent_id: str) -> bool:
    """Whether anybody would get it."""
    return any(takes(endpoint, kind, agent_id) for endpoint in live().filter(workspace_id=workspace_id))


def spread(rows: Iterable[Row]) -> list[Row]:
    """The rows, with one message an endpoint for each that is Outgoing. Asks nothing where none is."""
    kept = list(rows)
    workspaces = {row.values["workspace_id"] for row in kept if row.model is Outgoing}
    if not workspaces:
        return kept
    found = list(live().filter(workspace_id__in=workspaces).order_by("id"))
    return [made for row in kept for made in (_each(row, found) if row.model is Outgoing else [row])]


def _each(row: Row, found: Sequence[Endpoint]) -> list[Row]:
    values = row.values
    takers = [
        endpoint
        for endpoint in found
        if endpoint.workspace_id == values["workspace_id"]
        and takes(endpoint, values["kind"], values["payload"]["agent"])
    ]
    return [Row(Message, {**values, "payload": {**values["payload"], "endpoint": taker.pk}}) for taker in takers]


def each_sql(names: Sequence[str]) -> tuple[str, str]:
    """The same on PostgreSQL: what to select of prepared messages `v`, and what to join to them."""
    with_endpoint = {"payload": "v.payload || jsonb_build_object('endpoint', e.id)"}
    taken = ", ".join(with_endpoint.get(name, f"v.{name}") for name in names)
    return taken, (
        " join outbox_endpoint e on e.workspace_id = v.workspace_id and e.ended_at is null"
        " and e.kinds @> to_jsonb(v.kind) and e.agent_id in ('', v.payload->>'agent')"
    )


def arrived(endpoint: Endpoint, at: datetime) -> None:
    told = {"sent": F("sent") + 1, "sent_at": at, "failures": 0, "rests_until": None, "failing_since": None}
    Endpoint.everywhere.filter(pk=endpoint.pk).update(**told, last_error="")


def failed(endpoint: Endpoint, told: str, rests_until: datetime, at: datetime) -> None:
    since = Coalesce("failing_since", Value(at, Endpoint._meta.get_field("failing_since")))
    Endpoint.everywhere.filter(pk=endpoint.pk).update(
        failures=F("failures") + 1, rests_until=rests_until, failing_since=since, last_error=told[:ERROR_MAX]
    )
