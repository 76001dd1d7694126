"""Columns without a foreign-key constraint point to rows that nobody can delete (docs/decisions, 0013)."""

from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from tests.approvals.escalating import sweep, with_plan
from tests.cast import Stage, use_policy


def _is_constrained(field: Any) -> bool:
    return bool(field.db_constraint)


def parents() -> list[str]:
    fields = [
        field
        for model in apps.get_app_config("approvals").get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and not _is_constrained(field)
    ]
    return sorted({field.related_model._meta.db_table for field in fields})


def refusal(statement: str) -> str:
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(refused.value).splitlines()[0]


def test_the_parents_are_these() -> None:
    assert parents() == [
        "accounts_agent",
        "accounts_agentversion",
        "accounts_user",
        "accounts_workspace",
        "approvals_action",
        "approvals_decision",
        "approvals_escalation",
        "approvals_policyversion",
        "approvals_review",
    ]


@pytest.mark.parametrize("table", parents())
def test_no_parent_is_deleted(stage: Stage, table: str) -> None:
    use_policy(stage, with_plan())
    view = stage.submit(agent_version={"label": "v1"})
    sweep(stage.at)
    stage.review("ben", view)
    assert refusal(f"delete from {table}") in {f"a row of {table} is never deleted", f"{table} is append-only"}


@pytest.mark.postgres
@pytest.mark.parametrize("table", parents())
def test_no_table_of_parents_is_emptied(stage: Stage, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
    # `cascade` reaches further tables, whose guards may speak first.
    assert refusal(f"truncate {table} cascade").endswith(("is never deleted", "is append-only"))
