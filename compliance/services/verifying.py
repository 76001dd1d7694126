"""Verifies logs on schedule and on demand. Each verdict is a fact in the log it is about, and a row for the page."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from audit import record
from audit.actor import SYSTEM, Actor
from audit.kinds import EventKind
from audit.models import Log, Verdict
from audit.record import SYSTEM_LOG
from audit.verdicts import Code, Report
from audit.verify import Step, quietly
from compliance import verifying
from outbox import jobs
from outbox.jobs import Work

EVERY = timedelta(hours=1)
WHOLE_EVERY = timedelta(days=7)
# A job that nobody finished by then is ordered again.
PATIENCE = timedelta(hours=1)
KIND = "verify"

log_ = logging.getLogger(__name__)


def verify_log(
    *, actor: Actor, at: datetime, log: Log, deep: bool = False, since: int = 0, step: Step = quietly
) -> Report:
    """Derives the log again and tells the verdict: as a fact, as a row, and loudly where something is wrong."""
    report = verifying.derived(log, at=at, since=since, deep=deep, step=step)
    with transaction.atomic():
        Verdict.objects.create(
            log_id=log.id,
            workspace_id=log.workspace_id,
            at=at,
            first=report.first,
            size=report.size,
            is_deep=deep,
            code=report.code,
            first_bad=report.first_bad,
            faults=report.tree["faults"],
        )
        record.record(
            kind=EventKind.LOG_VERIFIED if report.code <= Code.UNWITNESSED else EventKind.LOG_FAULTED,
            workspace_id="" if log.workspace_id == SYSTEM_LOG else log.workspace_id,
            actor=actor,
            at=at,
            subject=("log", log.id),
            data={
                "exit": int(report.code),
                "first": str(report.first),
                "size": str(report.size),
                "deep": deep,
                "first_bad_index": None if report.first_bad is None else str(report.first_bad),
                "faults": report.count,
            },
        )
    if report.code > Code.UNWITNESSED:
        log_.error("The log %s is %s: %s", log.id, report.code.words, report.faults[0].says)
    return report


def order_due(*, at: datetime) -> int:
    """Orders a job for each log that is due: whole and deep every week, what is new every hour; says how many."""
    verdicts = Verdict.objects.values_list("log_id")
    runs = verdicts.annotate(newest=Max("at"), whole=Max("at", filter=Q(first=0, is_deep=True)))
    told = {log_id: (newest, whole) for log_id, newest, whole in runs}
    ordered = 0
    for log in Log.objects.order_by("workspace_id", "generation"):
        newest, whole = told.get(log.id, (None, None))
        is_whole = whole is None or whole <= at - WHOLE_EVERY
        is_due = is_whole or newest is None or newest <= at - EVERY
        if is_due and not _is_ordered(log, at):
            _order(log, is_whole, at)
            ordered += 1
    return ordered


def run(work: Work) -> dict[str, Any]:
    """The job."""
    log = Log.objects.get(pk=work.payload["log"])
    whole = bool(work.payload["whole"])
    since = 0 if whole else verifying.goes_on_from(log.id)
    report = verify_log(actor=SYSTEM, at=work.now(), log=log, deep=whole, since=since, step=work.step)
    return report.tree


def _is_ordered(log: Log, at: datetime) -> bool:
    newest = jobs.newest(log.workspace_id, KIND, 5)
    return any(
        job.payload["log"] == log.id and job.finished_at is None and job.created_at > at - PATIENCE for job in newest
    )


def _order(log: Log, is_whole: bool, at: datetime) -> None:
    with transaction.atomic():
        jobs.start(
            kind=KIND,
            workspace_id=log.workspace_id,
            by_id=SYSTEM.id,
            by_name=SYSTEM.label,
            payload={"log": log.id, "whole": is_whole},
            at=at,
        )
