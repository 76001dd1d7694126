"""How a policy version becomes the active one, what is tried beside it, and what people agreed to in advance."""

from typing import Any, ClassVar

from django.db import models

from accounts.models import Agent, User, Workspace
from approvals.models.action import Action
from approvals.models.policy import PolicyVersion
from tenancy.fields import IdField
from tenancy.scope import Scoped


class PolicyProposal(Scoped):
    """Somebody wants a version to decide. `outcome` is activated, declined or withdrawn once it is closed."""

    id = IdField(prefix="prp")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    version = models.ForeignKey(PolicyVersion, models.PROTECT, db_index=False, related_name="proposals")
    note = models.TextField(blank=True)
    by_kind = models.CharField(max_length=20)
    by_id = models.CharField(max_length=40)
    by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    because = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["workspace", "version"],
                name="policy_proposal_open_once",
                condition=models.Q(closed_at__isnull=True),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-id"], name="policy_proposal_newest"),
        ]


class PolicySignature(Scoped):
    """One person's yes to one change: from the version `base`, which was active, to the proposed one. Should another
    become active meanwhile, it is another change, and the signature counts no more.
    """

    id = IdField(prefix="sig")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    proposal = models.ForeignKey(PolicyProposal, models.PROTECT, db_index=False, related_name="signatures")
    user = models.ForeignKey(User, models.PROTECT, db_index=False)
    user_name = models.CharField(max_length=120)
    base = models.ForeignKey(PolicyVersion, models.PROTECT, db_index=False, related_name="+")
    signed_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["proposal", "user", "base"], name="policy_signature_once"),
        ]


class PolicyActivation(Scoped):
    """That a version began to decide: after which one, by whom, and why."""

    id = IdField(prefix="pac")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    version = models.ForeignKey(PolicyVersion, models.PROTECT, db_index=False, related_name="activations")
    before = models.CharField(max_length=40, blank=True)
    proposal_id = models.CharField(max_length=40, blank=True)
    by_name = models.CharField(max_length=400)
    why = models.TextField(blank=True)
    activated_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-id"], name="policy_activation_newest"),
            models.Index(fields=["version", "-id"], name="policy_activation_of_version"),
        ]


class PolicyShadow(Scoped):
    """The version that is asked beside the active one, and decides nothing."""

    workspace = models.OneToOneField(Workspace, models.PROTECT, primary_key=True, related_name="policy_shadow")
    version = models.ForeignKey(PolicyVersion, models.PROTECT, db_index=False, related_name="+")
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=120)


class ShadowVerdict(Scoped):
    """What the shadow would have said to one action. Written in the statement that opens the action."""

    id = IdField(prefix="shv")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    version = models.ForeignKey(
        PolicyVersion, models.PROTECT, db_index=False, db_constraint=False, related_name="shadow_verdicts"
    )
    action = models.ForeignKey(Action, models.PROTECT, db_index=False, db_constraint=False, related_name="+")
    enforced = models.CharField(max_length=20)
    effect = models.CharField(max_length=20)
    rule = models.CharField(max_length=200, blank=True)
    explanation = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "version", "-id"], name="shadow_verdict_newest"),
        ]


class StandingGrant(Scoped):
    """People agreed in advance: such calls of one agent need no further question until it ends or is revoked.

    One person proposes it, another agrees; before that it counts for nothing. All `clauses`, over the call, have to be
    true.
    """

    id = IdField(prefix="sgr")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    agent = models.ForeignKey(Agent, models.PROTECT, db_index=False, related_name="standing_grants")
    tool = models.CharField(max_length=200)
    clauses = models.JSONField(default=list)
    why = models.TextField(blank=True)
    proposed_by = models.CharField(max_length=40)
    proposed_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    agreed_name = models.CharField(max_length=120, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_name = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-id"], name="standing_grant_newest"),
            models.Index(
                fields=["workspace", "expires_at"],
                name="standing_grant_live",
                condition=models.Q(agreed_at__isnull=False, revoked_at__isnull=True),
            ),
        ]
