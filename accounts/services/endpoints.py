"""Where webhooks go: added, changed, given a new secret, tested, removed. The outbox keeps no log, so the facts are
left here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from accounts import errors, rows
from audit import record
from audit.actor import Actor
from audit.canonical import canonical
from audit.kinds import EventKind
from audit.record import Secret
from outbox import addresses, endpoints, post, webhooks
from outbox import services as outbox
from outbox.addresses import Forbidden
from outbox.models import Endpoint, Message
from tenancy import ids, scope, sealing

ENDPOINTS_MAX = 20
# How long the secret before still signs too.
BOTH_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IssuedSecret:
    """`secret` is told in this answer alone."""

    id: str
    secret: str


def add_endpoint(
    *, actor: Actor, at: datetime, workspace_id: str, url: str, kinds: Sequence[str], agent_id: str = ""
) -> IssuedSecret:
    """For the whole workspace, or with `agent_id` for what one agent asks. Raises Invalid, NotFound and Conflict."""
    host = _host(url)
    with scope.acting(workspace_id):
        # One after another, or two at once would both find room.
        rows.lock(workspace_id)
        agent = rows.agent(agent_id) if agent_id else None
        taken = _kinds(kinds, agent_id)
        if Endpoint.objects.filter(ended_at=None).count() >= ENDPOINTS_MAX:
            raise errors.Conflict(f"There are {ENDPOINTS_MAX} already. Remove one first.", field="url")
        issued = IssuedSecret(ids.new("whk", at), webhooks.new_secret())
        row = Endpoint.objects.create(
            id=issued.id,
            workspace_id=workspace_id,
            agent_id=agent_id,
            agent_name=agent.name if agent else "",
            url=url,
            kinds=taken,
            secret=sealing.seal(issued.secret, issued.id),
            by_id=actor.id,
            by_name=actor.label[:120],
            created_at=at,
        )
        said = {"host": host, "kinds": taken, "agent": agent_id or None}
        _note(EventKind.ENDPOINT_ADDED, row, actor, at, said, [Secret("url", canonical(url), row.id)])
    return issued


def choose_kinds(*, actor: Actor, at: datetime, workspace_id: str, endpoint_id: str, kinds: Sequence[str]) -> None:
    """Takes these from now on. Raises NotFound, Invalid, AlreadyOver."""
    with scope.acting(workspace_id):
        row = _find(endpoint_id)
        taken = _kinds(kinds, row.agent_id)
        if taken == row.kinds:
            raise errors.AlreadyOver("It takes exactly these already. Nothing was changed.", field="kinds")
        before, row.kinds = row.kinds, taken
        row.save(update_fields=["kinds"])
        _note(EventKind.ENDPOINT_CHANGED, row, actor, at, {"from": before, "to": taken})


def rotate_endpoint_secret(*, actor: Actor, at: datetime, workspace_id: str, endpoint_id: str) -> IssuedSecret:
    """A new secret, beside which the old one signs for BOTH_FOR. Raises NotFound."""
    with scope.acting(workspace_id):
        row = _find(endpoint_id)
        issued = IssuedSecret(row.id, webhooks.new_secret())
        row.secret_before, row.before_until = bytes(row.secret), at + BOTH_FOR
        row.secret = sealing.seal(issued.secret, row.id)
        row.rests_until = None
        row.save(update_fields=["secret", "secret_before", "before_until", "rests_until"])
        _note(EventKind.ENDPOINT_ROTATED, row, actor, at)
    return issued


def check_endpoint(*, actor: Actor, at: datetime, workspace_id: str, endpoint_id: str) -> None:
    """Promises one message of the type `webhook.tested`, and tries at once whatever failed before. Raises NotFound."""
    with scope.acting(workspace_id):
        row = _find(endpoint_id)
        Endpoint.objects.filter(pk=row.pk).update(rests_until=None)
        event_id = _note(EventKind.ENDPOINT_TESTED, row, actor, at)
        payload = {"id": row.id, "agent": row.agent_id, "ref": event_id, "endpoint": row.id, "by": actor.id}
        given: dict[str, Any] = {"workspace_id": workspace_id, "subject": row.id, "payload": payload, "at": at}
        post.post(sink=endpoints.SINK, kind=endpoints.TESTED, **given)


def replay_endpoint(*, actor: Actor, at: datetime, workspace_id: str, endpoint_id: str) -> int:
    """Makes everything due again that was given up on, says how many. Raises NotFound, and AlreadyOver for none."""
    with scope.acting(workspace_id):
        row = _find(endpoint_id)
        dead = _promised(row).filter(dead_at__isnull=False)
        count = outbox.retry(at=at, message_ids=dead.values_list("id", flat=True), workspace_id=workspace_id)
        if not count:
            raise errors.AlreadyOver("Nothing of it was given up on.")
        Endpoint.objects.filter(pk=row.pk).update(rests_until=None)
        _note(EventKind.DELIVERY_REPLAYED, row, actor, at, {"messages": count})
    return count


def remove_endpoint(*, actor: Actor, at: datetime, workspace_id: str, endpoint_id: str) -> None:
    """Forgets its secrets; what was not sent yet is not sent. Raises NotFound."""
    with scope.acting(workspace_id):
        row = _find(endpoint_id)
        Endpoint.objects.filter(pk=row.pk).update(ended_at=at, secret=b"", secret_before=b"")
        _promised(row).filter(dead_at__isnull=False).delete()
        _note(EventKind.ENDPOINT_REMOVED, row, actor, at)


def _promised(row: Endpoint) -> QuerySet[Message]:
    return Message.objects.filter(workspace_id=row.workspace_id, sink=endpoints.SINK, payload__endpoint=row.id)


def _find(endpoint_id: str) -> Endpoint:
    shaped = ids.is_id(endpoint_id, "whk")
    row = Endpoint.objects.select_for_update().filter(pk=endpoint_id, ended_at=None).first() if shaped else None
    if row is None:
        raise errors.NotFound("There is no webhook like that here.")
    return row


def _host(url: str) -> str:
    """Whether it is inside a private network is asked each time that something is sent."""
    try:
        return addresses.parse(url, settings.OUTWARD_HOSTS).host
    except Forbidden as error:
        raise errors.Invalid(str(error), field="url") from error


def _kinds(kinds: Sequence[str], agent_id: str) -> list[str]:
    """In the order of the catalogue, each once."""
    known = endpoints.AGENT_KINDS if agent_id else tuple(endpoints.KINDS)
    strange = [kind for kind in kinds if kind not in known]
    if strange and agent_id and strange[0] in endpoints.KINDS:
        raise errors.Invalid(f"For one agent take of: {', '.join(known)}.", field="kinds")
    if strange or not kinds:
        raise errors.Invalid(f"Take one or more of: {', '.join(known)}.", field="kinds")
    return [kind for kind in known if kind in kinds]


def _note(
    kind: EventKind,
    row: Endpoint,
    actor: Actor,
    at: datetime,
    data: dict[str, Any] | None = None,
    secrets: Sequence[Secret] = (),
) -> str:
    return record.record(
        kind=kind,
        workspace_id=row.workspace_id,
        actor=actor,
        at=at,
        subject=("endpoint", row.id),
        data=data,
        secrets=secrets,
    )
