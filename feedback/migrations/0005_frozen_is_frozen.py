"""What a frozen version holds is never rewritten: the database refuses it, whoever asks.

An example's words may go, and only they, once a tombstone says so: the hashes stay, so the manifest can still be checked.
"""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import never_deleted, never_replaced, per_database, refuse_insert, refuse_update

FROZEN = "a dataset version is frozen"
REVISION = "a revision of an example is never rewritten"
KEPT = (
    "id",
    "workspace_id",
    "example_id",
    "n",
    "kind",
    "sha256",
    "group_key",
    "cluster",
    "decision",
    "tool",
    "tier",
    "created_at",
)
VERSION = (
    "id",
    "workspace_id",
    "dataset_id",
    "n",
    "manifest",
    "manifest_sha256",
    "size",
    "counts",
    "report",
    "frozen_at",
)
OF_DATASET = ("id", "workspace_id", "name", "salt", "shares", "recipe", "pseudonym_key")


def _same(columns: tuple[str, ...]) -> str:
    # Nulls are equal here. SQLite says `is`.
    return " and ".join(f"new.{column} is not distinct from old.{column}" for column in columns)


ERASED = f"{_same(KEPT)} and new.content = '' and new.provenance = ''"
BURIED = "exists (select 1 from feedback_examplerevision t where t.example_id = old.example_id and t.kind = 'delete')"
REVOKED = f"old.status = 'frozen' and new.status = 'revoked' and {_same(VERSION)}"
DRAFT = "(select status from feedback_datasetversion v where v.id = {row}.version_id) = 'draft'"


def _guarded(table: str, name: str, moment: str, allowed: str, message: str) -> migrations.RunPython:
    """Refuses the moment (`update` or `delete`) of a row unless `allowed` (SQL over old and new) holds."""
    given_back = "new" if moment == "update" else "old"
    function = f"{table}_{name}_refuses"
    return per_database(
        postgresql=[
            f"""create function {function}() returns trigger language plpgsql as $$
                begin if {allowed} then return {given_back}; end if;
                raise exception '{message}' using errcode = 'restrict_violation'; end $$""",
            f"create trigger {table}_{name} before {moment} on {table} for each row execute function {function}()",
            f"alter table {table} enable always trigger {table}_{name}",
        ],
        sqlite=[
            f"create trigger {table}_{name} before {moment} on {table}"
            f" when not ({allowed.replace('is not distinct from', 'is')})"
            f" begin select raise(abort, '{message}'); end"
        ],
    )


def _never_emptied(table: str, message: str) -> migrations.RunPython:
    """Refuses TRUNCATE, which only PostgreSQL knows."""
    return per_database(
        postgresql=[
            f"""create function {table}_full_refuses() returns trigger language plpgsql as $$
                begin raise exception '{message}' using errcode = 'restrict_violation'; end $$""",
            f"create trigger {table}_full before truncate on {table} execute function {table}_full_refuses()",
            f"alter table {table} enable always trigger {table}_full",
        ],
        sqlite=[],
    )


def _not(condition: str) -> dict[str, str]:
    return {"postgresql": f"({condition}) is not true", "sqlite": f"({condition}) is not true"}


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("feedback", "0004_datasets")]

    operations: ClassVar[list[migrations.RunPython]] = [
        never_deleted("feedback_dataset"),
        never_replaced("feedback_dataset", "a dataset is never replaced"),
        _guarded("feedback_dataset", "kept", "update", _same(OF_DATASET), "what decides the splits of a dataset stays"),
        never_deleted("feedback_example"),
        never_replaced("feedback_example", "an example is never replaced"),
        refuse_update(
            "feedback_example",
            "kept",
            "new.dataset_id <> old.dataset_id or new.external_id <> old.external_id or new.id <> old.id",
            "an example stays what it is",
        ),
        never_deleted("feedback_examplerevision"),
        never_replaced("feedback_examplerevision", REVISION),
        _guarded("feedback_examplerevision", "kept", "update", f"{ERASED} and {BURIED}", REVISION),
        refuse_insert("feedback_datasetversion", "begins", _not("new.status = 'draft'"), "a version begins as a draft"),
        never_replaced("feedback_datasetversion", FROZEN),
        _guarded("feedback_datasetversion", "kept", "update", f"old.status = 'draft' or ({REVOKED})", FROZEN),
        _guarded("feedback_datasetversion", "stays", "delete", "old.status = 'draft'", FROZEN),
        _never_emptied("feedback_datasetversion", FROZEN),
        refuse_insert("feedback_datasetitem", "added", _not(DRAFT.format(row="new")), FROZEN),
        never_replaced("feedback_datasetitem", FROZEN),
        _guarded("feedback_datasetitem", "kept", "update", "false", FROZEN),
        _guarded("feedback_datasetitem", "stays", "delete", DRAFT.format(row="old"), FROZEN),
        _never_emptied("feedback_datasetitem", FROZEN),
    ]
