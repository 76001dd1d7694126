"""Streams to a SIEM: begun, paused, given a new secret, tested, ended. Each leaves a fact, which the stream carries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.models import Workspace
from approvals.errors import AlreadyClosed, BadRequest, Conflict, Fault, NotFound
from audit import record, trees
from audit.actor import Actor
from audit.canonical import canonical
from audit.kinds import EventKind
from audit.record import Secret
from compliance import formats
from compliance.models import Stream
from outbox import addresses, webhooks
from outbox.addresses import Forbidden
from tenancy import ids, scope, sealing

STREAMS_MAX = 5
AUTHORIZATION_MAX = 1000
# How long the secret before still signs too.
BOTH_FOR = timedelta(hours=24)
BEGINNING, NOW = "beginning", "now"


@dataclass(frozen=True, slots=True)
class Issued:
    """`secret` is told in this answer alone."""

    id: str
    secret: str


def start_stream(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    url: str,
    form: str,
    since: str = NOW,
    with_values: bool = False,
    authorization: str = "",
) -> Issued:
    """Sends the log from its BEGINNING, or what comes from NOW on. Raises BadRequest and Conflict."""
    host = _checked(url, form, since, authorization)
    with scope.acting(workspace_id):
        # One after another, or two at once would both find room.
        Workspace.objects.select_for_update().get(pk=workspace_id)
        if Stream.objects.filter(ended_at=None).count() >= STREAMS_MAX:
            raise Conflict(f"There are {STREAMS_MAX} already. End one first.", code="too_many")
        issued = Issued(ids.new("str", at), webhooks.new_secret())
        log = trees.current(workspace_id) if since == NOW else None
        row = Stream.objects.create(
            id=issued.id,
            workspace_id=workspace_id,
            url=url,
            format=form,
            with_values=with_values,
            secret=sealing.seal(issued.secret, issued.id),
            authorization=sealing.seal(authorization, issued.id),
            by_id=actor.id,
            by_name=actor.label[:120],
            created_at=at,
            log_id=log.id if log else workspace_id,
            generation=log.generation if log else 1,
            position=trees.size(log.id) if log else 0,
        )
        said = {"host": host, "format": form, "values": with_values, "since": since}
        _record(EventKind.STREAM_STARTED, row, actor, at, said, [Secret("url", canonical(url), row.id)])
    return issued


def pause_stream(*, actor: Actor, at: datetime, workspace_id: str, stream_id: str) -> None:
    """Nothing is sent until it is resumed, and nothing is lost. Raises NotFound, AlreadyClosed."""
    with scope.acting(workspace_id):
        row = _find(stream_id)
        if not Stream.objects.filter(pk=row.pk, paused_at=None).update(paused_at=at):
            raise AlreadyClosed("Nothing was changed: the stream is paused already.")
        _record(EventKind.STREAM_PAUSED, row, actor, at)


def resume_stream(*, actor: Actor, at: datetime, workspace_id: str, stream_id: str) -> None:
    """Goes on where it stopped. Raises NotFound, AlreadyClosed."""
    with scope.acting(workspace_id):
        row = _find(stream_id)
        paused = Stream.objects.filter(pk=row.pk, paused_at__isnull=False)
        if not paused.update(paused_at=None, promised_at=None):
            raise AlreadyClosed("Nothing was changed: the stream is not paused.")
        _record(EventKind.STREAM_RESUMED, row, actor, at)


def rotate_secret(*, actor: Actor, at: datetime, workspace_id: str, stream_id: str) -> Issued:
    """A new secret, beside which the old one signs for BOTH_FOR. Raises NotFound."""
    with scope.acting(workspace_id):
        row = _find(stream_id)
        issued = Issued(row.id, webhooks.new_secret())
        Stream.objects.filter(pk=row.pk).update(
            secret=sealing.seal(issued.secret, row.id),
            secret_before=bytes(row.secret),
            before_until=at + BOTH_FOR,
            promised_at=None,
        )
        _record(EventKind.STREAM_ROTATED, row, actor, at)
    return issued


def check_stream(*, actor: Actor, at: datetime, workspace_id: str, stream_id: str) -> None:
    """Leaves an event that the stream then carries as any other, and tries at once. Raises NotFound."""
    with scope.acting(workspace_id):
        row = _find(stream_id)
        Stream.objects.filter(pk=row.pk).update(promised_at=None)
        _record(EventKind.STREAM_TESTED, row, actor, at)


def end_stream(*, actor: Actor, at: datetime, workspace_id: str, stream_id: str) -> None:
    """Forgets its secrets; what was not sent yet is not sent. Raises NotFound."""
    with scope.acting(workspace_id):
        row = _find(stream_id)
        Stream.objects.filter(pk=row.pk).update(ended_at=at, secret=b"", secret_before=b"", authorization=b"")
        _record(EventKind.STREAM_ENDED, row, actor, at)


def forget_person(*, workspace_id: str, user_id: str, name: str) -> None:
    """Puts another name on the streams that the person began."""
    with scope.workspace(workspace_id):
        Stream.objects.filter(by_id=user_id).update(by_name=name)


def _find(stream_id: str) -> Stream:
    shaped = ids.is_id(stream_id, "str")
    row = Stream.objects.select_for_update().filter(pk=stream_id, ended_at=None).first() if shaped else None
    if row is None:
        raise NotFound(f"There is no stream {stream_id[:60]} here.")
    return row


def _checked(url: str, form: str, since: str, authorization: str) -> str:
    """The receiver's host. Whether it is inside a private network is asked each time that something is sent."""
    try:
        target = addresses.parse(url, settings.OUTWARD_HOSTS)
    except Forbidden as error:
        raise _refused("/url", "bad_address", str(error)) from error
    if form not in formats.LABELS:
        raise _refused("/format", "unknown_format", f"Take one of: {', '.join(formats.LABELS)}.")
    if since not in {BEGINNING, NOW}:
        raise _refused("/since", "unknown_start", f"Take {BEGINNING} or {NOW}.")
    if len(authorization) > AUTHORIZATION_MAX or not (authorization.isascii() and authorization.isprintable()):
        raise _refused("/authorization", "bad_text", f"Give at most {AUTHORIZATION_MAX} plain characters.")
    return target.host


def _record(
    kind: EventKind,
    row: Stream,
    actor: Actor,
    at: datetime,
    data: dict[str, Any] | None = None,
    secrets: list[Secret] | tuple[()] = (),
) -> None:
    record.record(
        kind=kind,
        workspace_id=row.workspace_id,
        actor=actor,
        at=at,
        subject=("stream", row.id),
        data=data,
        secrets=secrets,
    )


def _refused(pointer: str, code: str, detail: str) -> BadRequest:
    return BadRequest(detail, faults=[Fault(pointer, code, detail)])
