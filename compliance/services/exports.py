"""Exports: ordered, made by a worker, fetched, and gone after some days. Each of these but the order leaves a fact."""

import errno
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import Workspace
from approvals.errors import AlreadyClosed, Conflict
from audit import keys, record, trees
from audit.actor import SYSTEM, Actor, Door, Kind
from audit.canonical import canonical
from audit.kinds import EventKind
from audit.record import Secret
from audit.trust import BadPolicy
from compliance import filters, making, offers, storage
from compliance.filters import Filter
from compliance.models import Export
from compliance.queries import exports as queries
from compliance.queries.exports import ExportView
from compliance.services.anchoring import ask_witnesses
from compliance.services.letters import promise
from outbox import jobs
from outbox.jobs import JobFailed, Work
from tenancy import ids, scope

KIND = "export"
AT_ONCE = 5
EXPIRED_AT_ONCE = 100
TIME, PERSON, ERASURE = "time", "person", "erasure"


def order_export(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    what: str,
    form: str,
    wanted: Filter,
    with_values: bool = False,
    schedule_id: str | None = None,
) -> ExportView:
    """Has a worker make a file. Raises BadRequest where it is not offered, Conflict while AT_ONCE are under way."""
    offers.check(what, form, wanted)
    with scope.acting(workspace_id):
        # One after another, or two at once would both find room.
        Workspace.objects.select_for_update().get(pk=workspace_id)
        newest = queries.page(workspace_id, limit=AT_ONCE * 4)
        if sum(view.is_under_way for view in newest) >= AT_ONCE:
            detail = f"{AT_ONCE} exports are under way already. Wait for one, or cancel it."
            raise Conflict(detail, code="busy")
        export_id = ids.new("exp", at)
        job_id = jobs.start(
            kind=KIND,
            workspace_id=workspace_id,
            by_id=actor.id[:40],
            by_name=actor.label[:120],
            payload={"export": export_id},
            at=at,
        )
        Export.objects.create(
            id=export_id,
            workspace_id=workspace_id,
            schedule_id=schedule_id,
            job_id=job_id,
            what=what,
            format=form,
            asked=wanted.tree,
            with_values=with_values and what in {offers.EVENTS, offers.LOG},
            by_kind=actor.kind.value,
            by_id=actor.id,
            by_name=actor.label[:120],
            created_at=at,
        )
        return queries.find(workspace_id, export_id)


def cancel_export(*, actor: Actor, at: datetime, workspace_id: str, export_id: str) -> None:
    """Raises NotFound, and AlreadyClosed where nothing is under way any more."""
    row = queries.row_of(workspace_id, export_id)
    if not jobs.cancel(workspace_id=workspace_id, job_id=row.job_id, at=at):
        raise AlreadyClosed("Nothing was changed: this export is not under way any more.")


def run(work: Work) -> dict[str, Any]:
    """The job itself. A try that broke off left nothing, so each begins anew; one that was finished stays."""
    row = Export.objects.filter(pk=work.payload["export"]).first()
    if row is None:
        raise JobFailed("The order is gone.")
    if row.made_at is not None:
        return {"export": row.id}
    try:
        with storage.part(row.id, offers.SUFFIXES[row.format]) as part:
            rows = making.make(_order(row, _cosigned(row, work.now())), part.out, work.step)
    except keys.WrongKey as error:
        raise JobFailed(f"{error} Tell the operator.") from error
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise
        raise JobFailed("There is no room left for exports on the server's disk. Tell the operator.") from error
    try:
        _keep(work, row, part, rows)
    except BaseException:
        storage.remove(part.name)
        raise
    return {"export": row.id}


def _cosigned(row: Export, at: datetime) -> int:
    """Lets the witnesses see where a bundle is to end, so that it is witnessed to its last entry."""
    if row.format != offers.BUNDLE:
        return 0
    log = trees.current(row.workspace_id)
    try:
        return ask_witnesses(log, at=at) if log else 0
    except (BadPolicy, OSError) as error:
        raise JobFailed("The file of COUNTERSIGN_WITNESS_POLICY cannot be read. Tell the operator.") from error


def _order(row: Export, size: int) -> making.Order:
    name = Workspace.objects.values_list("name", flat=True).get(pk=row.workspace_id)
    return making.Order(
        workspace_id=row.workspace_id,
        workspace_name=name,
        what=row.what,
        format=row.format,
        wanted=filters.read(row.asked),
        with_values=row.with_values,
        made_for=row.by_name,
        at=row.created_at,
        size=size,
    )


def _keep(work: Work, row: Export, part: storage.Part, rows: int) -> None:
    at = work.now()
    with scope.acting(row.workspace_id):
        # The lease, and that nobody cancelled: asked in the transaction that makes the file somebody's.
        work.step(1, 1)
        kept = Export.objects.filter(pk=row.id, made_at=None).update(
            made_at=at,
            expires_at=at + timedelta(days=settings.EXPORT_DAYS),
            file=part.name,
            bytes=part.bytes,
            sha256=part.sha256,
            rows=rows,
        )
        if not kept:
            raise jobs.Stopped
        _record(EventKind.EXPORT_MADE, row, _asker(row), at, {**_said(row), "sha256": part.sha256, "rows": rows})
        if row.schedule_id:
            promise(row, at=at)


def expire_due(*, at: datetime) -> int:
    """Takes away what is over; says how many. A file that outlives its row for a moment is gone with the next look."""
    due = Export.everywhere.filter(expires_at__lte=at, expired_at=None, made_at__isnull=False).order_by("expires_at")
    rows = list(due[:EXPIRED_AT_ONCE])
    for row in rows:
        _end(row, SYSTEM, at, TIME)
    return len(rows)


def drop_export(*, actor: Actor, at: datetime, workspace_id: str, export_id: str) -> None:
    """Takes the file away before its time. Raises NotFound, and AlreadyClosed where there is none."""
    row = queries.row_of(workspace_id, export_id)
    if not _end(row, actor, at, PERSON):
        raise AlreadyClosed("Nothing was changed: there is no file of this export.")


def drop_all(*, actor: Actor, at: datetime, workspace_id: str) -> int:
    """Takes every file of the workspace away and stops what is being made: called where values are erased."""
    with scope.workspace(workspace_id):
        under_way = list(Export.objects.filter(made_at=None).values_list("job_id", flat=True))
        made = list(Export.objects.filter(made_at__isnull=False, expired_at=None))
    for job_id in under_way:
        jobs.cancel(workspace_id=workspace_id, job_id=job_id, at=at)
    return sum(_end(row, actor, at, ERASURE) for row in made)


def forget_person(*, workspace_id: str, user_id: str, name: str) -> None:
    """Puts another name on what the person ordered."""
    with scope.workspace(workspace_id):
        Export.objects.filter(by_id=user_id).update(by_name=name)


def sweep() -> int:
    """Removes files that no live export names: of expired ones at once, others once nobody writes to them."""
    removed = 0
    for name in storage.names():
        row = Export.everywhere.filter(pk=storage.export_of(name)).first()
        is_live = row is not None and row.expired_at is None and row.file == name
        if not is_live and ((row is not None and row.expired_at is not None) or storage.is_left_behind(name)):
            storage.remove(name)
            removed += 1
    return removed


def _end(row: Export, actor: Actor, at: datetime, because: str) -> bool:
    with scope.acting(row.workspace_id):
        open_one = Export.objects.filter(pk=row.id, made_at__isnull=False, expired_at=None)
        if not open_one.update(expired_at=at, because=because):
            return False
        _record(EventKind.EXPORT_EXPIRED, row, actor, at, {"because": because})
        transaction.on_commit(lambda: storage.remove(row.file))
    return True


def _said(row: Export) -> dict[str, Any]:
    """What is exported, in the open: ids and words, and the filter but for what a person may have typed."""
    told = {name: value for name, value in row.asked.items() if name in {"since", "until", "kind", "outcome"}}
    return {
        "what": row.what,
        "format": row.format,
        "values": row.with_values,
        "asked": told,
        "schedule": row.schedule_id,
    }


def _record(kind: EventKind, row: Export, actor: Actor, at: datetime, data: dict[str, Any]) -> None:
    secrets = [Secret("asked", canonical(row.asked), row.by_id)] if row.asked and kind is EventKind.EXPORT_MADE else []
    record.record(
        kind=kind,
        workspace_id=row.workspace_id,
        actor=actor,
        at=at,
        subject=("export", row.id),
        data=data,
        secrets=secrets,
    )


def _asker(row: Export) -> Actor:
    """Whoever ordered it: the worker only does what they asked for."""
    return Actor(Kind(row.by_kind), row.by_id, row.by_name, Door.SYSTEM)
