"""How a version becomes the active one, what is tried beside it, and what people agreed to in advance."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenancy.fields
from tenancy.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_sessions_absences_letters"),
        ("approvals", "0012_stop_and_incidents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyProposal",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="prp", primary_key=True, serialize=False
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("by_kind", models.CharField(max_length=20)),
                ("by_id", models.CharField(max_length=40)),
                ("by_name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("closed_by", models.CharField(blank=True, max_length=120)),
                ("outcome", models.CharField(blank=True, max_length=20)),
                ("because", models.TextField(blank=True)),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="approvals.policyversion",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.workspace"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PolicyShadow",
            fields=[
                (
                    "workspace",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="policy_shadow",
                        serialize=False,
                        to="accounts.workspace",
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("started_by", models.CharField(max_length=120)),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="approvals.policyversion",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PolicySignature",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="sig", primary_key=True, serialize=False
                    ),
                ),
                ("user_name", models.CharField(max_length=120)),
                ("signed_at", models.DateTimeField()),
                (
                    "base",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="approvals.policyversion",
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="approvals.policyproposal",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.workspace"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ShadowVerdict",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="shv", primary_key=True, serialize=False
                    ),
                ),
                ("enforced", models.CharField(max_length=20)),
                ("effect", models.CharField(max_length=20)),
                ("rule", models.CharField(blank=True, max_length=200)),
                ("explanation", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                (
                    "action",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="approvals.action",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shadow_verdicts",
                        to="approvals.policyversion",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="accounts.workspace",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StandingGrant",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="sgr", primary_key=True, serialize=False
                    ),
                ),
                ("tool", models.CharField(max_length=200)),
                ("clauses", models.JSONField(default=list)),
                ("why", models.TextField(blank=True)),
                ("proposed_by", models.CharField(max_length=40)),
                ("proposed_name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
                ("agreed_name", models.CharField(blank=True, max_length=120)),
                ("agreed_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_name", models.CharField(blank=True, max_length=120)),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing_grants",
                        to="accounts.agent",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.workspace"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PolicyActivation",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="pac", primary_key=True, serialize=False
                    ),
                ),
                ("before", models.CharField(blank=True, max_length=40)),
                ("proposal_id", models.CharField(blank=True, max_length=40)),
                ("by_name", models.CharField(max_length=400)),
                ("why", models.TextField(blank=True)),
                ("activated_at", models.DateTimeField()),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activations",
                        to="approvals.policyversion",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["workspace", "-id"], name="policy_activation_newest"),
                    models.Index(fields=["version", "-id"], name="policy_activation_of_version"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="policyproposal",
            index=models.Index(fields=["workspace", "-id"], name="policy_proposal_newest"),
        ),
        migrations.AddConstraint(
            model_name="policyproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("workspace", "version"),
                name="policy_proposal_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="policysignature",
            constraint=models.UniqueConstraint(fields=("proposal", "user", "base"), name="policy_signature_once"),
        ),
        migrations.AddIndex(
            model_name="shadowverdict",
            index=models.Index(fields=["workspace", "version", "-id"], name="shadow_verdict_newest"),
        ),
        migrations.AddIndex(
            model_name="standinggrant",
            index=models.Index(fields=["workspace", "-id"], name="standing_grant_newest"),
        ),
        migrations.AddIndex(
            model_name="standinggrant",
            index=models.Index(
                condition=models.Q(("agreed_at__isnull", False), ("revoked_at__isnull", True)),
                fields=["workspace", "expires_at"],
                name="standing_grant_live",
            ),
        ),
        append_only("approvals_policyactivation"),
        append_only("approvals_policysignature"),
    ]
