"""The call that would have been right, where somebody named one; what was said later can be erased with its action; and
which versions left for training.
"""

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

from tenancy.erasable import NO_LIST, NO_OBJECT, NO_TEXT, NOBODY, NULL, erasable
from tenancy.triggers import append_only, per_database, refuse_update

PROTECT = django.db.models.deletion.PROTECT

GIVEN = "a second look is given once"
KEPT = ("id", "workspace_id", "label_id", "purpose", "probability", "drawn_at", "reviewer_id", "verdict", "severe")
BLANKED = " and ".join(
    (
        "new.erased_at is not null and new.given_at = old.given_at",
        "coalesce(new.about_id, '') = coalesce(old.about_id, '')",
        *(f"new.{column} = old.{column}" for column in KEPT),
        "new.reviewer_name in (old.reviewer_name, 'Erased person')",
        "new.comment in (old.comment, '')",
        "(new.answer is null or new.answer = old.answer)",
    )
)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("feedback", "0013_sketches")]

    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="TrainingExport",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=PROTECT,
                        primary_key=True,
                        related_name="training_export",
                        serialize=False,
                        to="feedback.datasetversion",
                    ),
                ),
                ("format", models.CharField(max_length=40)),
                ("first_at", models.DateTimeField()),
                ("workspace", models.ForeignKey(db_index=False, on_delete=PROTECT, to="accounts.workspace")),
            ],
            options={"abstract": False},
        ),
        append_only("feedback_trainingexport"),
        migrations.AddField("label", "alternative", models.JSONField(null=True)),
        migrations.AddField("look", "answer", models.JSONField(null=True)),
        migrations.AddField("look", "erased_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("outcome", "erased_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("dataset", "looked_at", models.DateTimeField(blank=True, null=True)),
        erasable(
            "feedback_label",
            {
                "proposed": NO_OBJECT,
                "final": NULL,
                "patch": NO_LIST,
                "comment": NO_TEXT,
                "context": NO_OBJECT,
                "alternative": NULL,
            },
        ),
        erasable("feedback_outcome", {"comment": NO_TEXT, "by_name": NOBODY}),
        per_database(
            postgresql=[
                "drop trigger feedback_look_given on feedback_look",
                "drop function feedback_look_given_refuses()",
            ],
            sqlite=["drop trigger feedback_look_given"],
        ),
        refuse_update("feedback_look", "given", f"old.given_at is not null and not coalesce({BLANKED}, false)", GIVEN),
    ]
