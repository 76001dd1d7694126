"""Whoever froze, ran, judged or calibrated may be forgotten: the name goes, and nothing else of these rows changes."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, ClassVar

from django.db import migrations, models

from tenancy.erasable import NOBODY, erasable
from tenancy.triggers import Statements, per_database, refuse_update

_frozen = import_module("feedback.migrations.0005_frozen_is_frozen")

CLOSED = import_module("feedback.migrations.0007_runs_stay").CLOSED
OF_VERSION = (*_frozen.VERSION, "status", "by_id", "created_at", "revoked_at")
OF_RUN = (
    "id",
    "workspace_id",
    "version_id",
    "split",
    "agent_name",
    "agent_version",
    "label",
    "scorers",
    "tool_schemas",
    "repetitions",
    "size",
    "passed",
    "diagnoses",
    "by_id",
    "created_at",
    "closed_at",
)


def _nameless(kept: Sequence[str], same: str) -> str:
    """All but the name as it was. Nulls are equal."""
    others = (f"new.{column} {same} old.{column}" for column in kept)
    return " and ".join((*others, "new.by_name in (old.by_name, 'Erased person')"))


def _version_guard() -> Statements:
    same = "is not distinct from"
    allowed = f"old.status = 'draft' or ({_frozen.REVOKED}) or ({_nameless(OF_VERSION, same)})"
    table = "feedback_datasetversion"
    return per_database(
        postgresql=[
            f"create or replace function {table}_kept_refuses() returns trigger language plpgsql as $$"
            f" begin if {allowed} then return new; end if;"
            f" raise exception '{_frozen.FROZEN}' using errcode = 'restrict_violation'; end $$"
        ],
        sqlite=[
            f"drop trigger {table}_kept",
            f"create trigger {table}_kept before update on {table} when not ({allowed.replace(same, 'is')})"
            f" begin select raise(abort, '{_frozen.FROZEN}'); end",
        ],
    )


def _run_guard() -> list[Statements]:
    # Of a closed run no column is null.
    allowed = _nameless(OF_RUN, "=")
    return [
        per_database(
            postgresql=[
                "drop trigger feedback_evalrun_closed on feedback_evalrun",
                "drop function feedback_evalrun_closed_refuses()",
            ],
            sqlite=["drop trigger feedback_evalrun_closed"],
        ),
        refuse_update(
            "feedback_evalrun", "closed", f"old.closed_at is not null and not coalesce({allowed}, false)", CLOSED
        ),
    ]


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("feedback", "0014_settled_and_trained")]

    operations: ClassVar[list[Any]] = [
        migrations.AddField("gateresult", "erased_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("judgecalibration", "erased_at", models.DateTimeField(blank=True, null=True)),
        erasable("feedback_gateresult", {"by_name": NOBODY}),
        erasable("feedback_judgecalibration", {"by_name": NOBODY}),
        _version_guard(),
        *_run_guard(),
    ]
