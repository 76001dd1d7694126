"""Policies as documents of the API."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from agents_api.output import dumps
from approvals.services.backtests import Job
from approvals.services.policy_reading import PAGE, Change, Checked, ProposalView, VersionRow


def one(row: VersionRow, text: str) -> bytes:
    return dumps(_version(row, text))


def _version(row: VersionRow, text: str | None = None) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "sha256": row.sha256,
        "active": row.is_active,
        "saved_at": row.created_at,
        "saved_by": row.author_name,
        "activated_at": row.activated_at,
        "activated_by": row.activated_by or None,
        "why": row.why or None,
        "text": text,
    }


def page(rows: Sequence[VersionRow]) -> bytes:
    shown = rows[:PAGE]
    following = shown[-1].id if len(rows) > PAGE else None
    return dumps({"items": [_version(row) for row in shown], "next": following})


def checked(found: Checked) -> bytes:
    change = found.change
    tests = [
        {"line": trial.line, "tool": trial.tool, "passed": trial.passed, "problems": list(trial.problems)}
        for trial in found.trials
    ]
    return dumps(
        {
            "problems": [{"pointer": p.pointer, "code": p.code, "detail": p.detail} for p in found.problems],
            "warnings": [{"pointer": p.pointer, "code": p.code, "detail": p.detail} for p in found.warnings],
            "tests": tests,
            "direction": change.difference.direction if change else None,
            "signers": change.signers if change else None,
            "changes": _changes(change) if change else [],
        }
    )


def _changes(change: Change) -> list[dict[str, Any]]:
    return [
        {
            "part": part.part,
            "name": part.name,
            "word": part.word,
            "direction": part.direction,
            "details": [detail.text for detail in part.details],
        }
        for part in change.difference.changes
    ]


def proposal(view: ProposalView, change: Change | None, slug: str) -> bytes:
    return dumps(
        {
            "id": view.id,
            "version": view.version_id,
            "state": view.outcome or "open",
            "note": view.note,
            "proposed_by": {"id": view.by_id, "name": view.by_name},
            "created_at": view.created_at,
            "signed": sum(signature.counts for signature in view.signatures),
            "signers": change.signers if change else None,
            "direction": change.difference.direction if change else None,
            "console": f"{settings.BASE_URL}/w/{slug}/policies/proposals/{view.id}",
        }
    )


def backtest(job: Job) -> bytes:
    return dumps(
        {
            "id": job.id,
            "version": job.payload["after"],
            "against": job.payload["before"],
            "state": job.outcome or "running",
            "done": job.done,
            "total": job.total,
            "problem": job.problem or None,
            "report": job.result,
        }
    )
