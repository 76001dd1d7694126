"""Test actions with a known answer, which the database refuses every grant; and one person's votes in their order."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

from tenancy.triggers import per_database, refuse_insert

STAYS = "a test action stays one"


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0002_built_in_agents"),
        ("approvals", "0005_past"),
    ]

    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="Seeding",
            fields=[
                (
                    "workspace",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="seeding",
                        serialize=False,
                        to="accounts.workspace",
                    ),
                ),
                ("every", models.IntegerField(default=0)),
                ("due_after", models.IntegerField(default=0)),
                ("counted_from", models.CharField(blank=True, max_length=40)),
                (
                    "agent",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.agent"),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.AddIndex("review", models.Index(fields=["user", "-id"], name="review_by_person")),
        refuse_insert(
            "approvals_grant",
            "never_for_tests",
            {
                "postgresql": "exists (select 1 from approvals_action a where a.id = new.action_id"
                " and jsonb_exists(a.terms, 'seeded'))",
                "sqlite": "exists (select 1 from approvals_action a where a.id = new.action_id"
                " and json_type(a.terms, '$.seeded') is not null)",
            },
            "a test action never gets a grant",
        ),
        # Of this column alone, so that other moves pay nothing for it.
        per_database(
            postgresql=[
                f"""create function approvals_action_test_stays_refuses() returns trigger language plpgsql as $$
                    begin raise exception '{STAYS}' using errcode = 'restrict_violation'; end $$""",
                "create trigger approvals_action_test_stays before update of terms on approvals_action for each row"
                " when (old.terms -> 'seeded' is distinct from new.terms -> 'seeded')"
                " execute function approvals_action_test_stays_refuses()",
                "alter table approvals_action enable always trigger approvals_action_test_stays",
            ],
            sqlite=[
                "create trigger approvals_action_test_stays before update of terms on approvals_action"
                " when json_extract(old.terms, '$.seeded') is not json_extract(new.terms, '$.seeded')"
                f" begin select raise(abort, '{STAYS}'); end"
            ],
        ),
    ]
