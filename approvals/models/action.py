"""An action, its revisions, the votes, the decision, and what people said and saw.

The rows that hang on an action repeat its workspace, so that each can be scoped. None bears a foreign-key constraint:
each would read and lock its parent once more for every row, the one row of the agent again and again (docs/decisions,
0013). The guarded statement that writes a row proves its parents, and triggers refuse to delete a parent.

Rows that are never rewritten may lose a value for good: `erased_at` says when, and triggers let nothing else change.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Agent, AgentVersion, User, Workspace
from approvals.models.policy import PolicyVersion
from approvals.states import State
from tenancy.fields import IdField
from tenancy.scope import Scoped


class Action(Scoped):
    """One tool call that an agent proposes. Only `approvals.lifecycle` writes `state`.

    `terms` freezes what governs it (obligations of the policy at opening); `envelope` is what the agent claimed.
    `closing_at` is set while the votes suffice and can still be taken back.
    """

    id = IdField(prefix="act")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    agent = models.ForeignKey(Agent, models.PROTECT, db_index=False, db_constraint=False, related_name="actions")
    agent_version = models.ForeignKey(
        AgentVersion, models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False
    )
    key_id = models.CharField(max_length=40)
    state = models.CharField(max_length=20)
    version = models.IntegerField(default=0)
    revision = models.IntegerField(default=1)
    tool = models.CharField(max_length=200)
    trace_id = models.CharField(max_length=200, blank=True)
    risk = models.CharField(max_length=10)
    risk_rank = models.SmallIntegerField()
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, db_index=False, db_constraint=False)
    policy = models.JSONField()
    terms = models.JSONField()
    envelope = models.JSONField()
    effect_sentence = models.TextField(blank=True)
    amount = models.DecimalField(max_digits=30, decimal_places=10, null=True, blank=True)
    currency = models.CharField(max_length=10, blank=True)
    counterpart = models.CharField(max_length=400, blank=True)
    group_key = models.CharField(max_length=200, blank=True)
    supersedes = models.CharField(max_length=40, blank=True)
    question = models.TextField(blank=True)
    created_at = models.DateTimeField()
    target_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closing_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="action_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.PENDING, decided_at__isnull=True)
                | (~Q(state=State.PENDING) & Q(decided_at__isnull=False)),
                name="action_decided_iff_final",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["workspace", "-risk_rank", "expires_at", "id"],
                name="action_queue",
                condition=Q(state=State.PENDING),
                # With these, what waits is counted by level, age and agent without a look at any action.
                include=["target_at", "agent"],
            ),
            models.Index(fields=["workspace", "-id"], name="action_newest"),
            models.Index(
                fields=["workspace", "state", "-id"], name="action_by_state", condition=~Q(state=State.PENDING)
            ),
            models.Index(fields=["agent", "-id"], name="action_by_agent"),
            models.Index(fields=["workspace", "trace_id", "id"], name="action_by_trace", condition=~Q(trace_id="")),
            # The history of a tool and of a counterpart: past.py, measured at 100,000 actions.
            models.Index(
                fields=["workspace", "tool", "state", "-created_at"],
                name="action_past_of_tool",
                condition=Q(state__in=("approved", "rejected")),
            ),
            models.Index(
                fields=["workspace", "tool", "counterpart", "state", "-created_at"],
                name="action_past_of_counterpart",
                condition=Q(state__in=("approved", "rejected")),
            ),
        ]


class Revision(Scoped):
    """Exact arguments. `args` are the canonical bytes, made once at the door; `digest` binds them (api, section 6)."""

    pk = models.CompositePrimaryKey("action_id", "n")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.ForeignKey(Action, models.PROTECT, db_index=False, db_constraint=False, related_name="revisions")
    n = models.IntegerField()
    args = models.BinaryField()
    digest = models.BinaryField()
    changes = models.JSONField(default=list)
    author_id = models.CharField(max_length=40)
    author_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)


class Review(Scoped):
    """One person's vote on one revision, with the groups in which it counted.

    `n` counts the votes that this person had taken back on the revision before; `opened_at` is when they first opened
    it, null where they did not; `checks` are the texts that they ticked. `proof` is `{"authenticated_by": how they
    proved who they are, "evidence": what they had to open}`, null for votes from before it was kept.
    """

    id = IdField(prefix="vot")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.ForeignKey(Action, models.PROTECT, db_index=False, db_constraint=False, related_name="reviews")
    revision = models.IntegerField()
    user = models.ForeignKey(User, models.PROTECT, db_index=False, db_constraint=False)
    user_name = models.CharField(max_length=120)
    verdict = models.CharField(max_length=10)
    digest = models.BinaryField()
    groups = models.JSONField()
    reason_code = models.CharField(max_length=40, blank=True)
    comment = models.TextField(blank=True)
    door = models.CharField(max_length=10)
    n = models.IntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)
    checks = models.JSONField(default=list)
    proof = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["action", "revision", "user", "n"], name="review_once_per_person"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user", "-id"], name="review_by_person")]


class Alternative(Scoped):
    """The call that would have been right, as whoever rejected named it: canonical JSON of `{"args", "tool"}`."""

    review = models.OneToOneField(
        Review, models.PROTECT, related_name="alternative", primary_key=True, db_constraint=False
    )
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.ForeignKey(Action, models.PROTECT, db_constraint=False, related_name="alternatives")
    call = models.BinaryField()
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)


class Retraction(Scoped):
    """A vote that was taken back: it counts no more, and whoever cast it may vote again."""

    id = IdField(prefix="rtr")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.ForeignKey(Action, models.PROTECT, db_index=False, db_constraint=False, related_name="retractions")
    review = models.OneToOneField(Review, models.PROTECT, related_name="retraction", db_constraint=False)
    because = models.CharField(max_length=40)
    created_at = models.DateTimeField()


class Look(Scoped):
    """Who first opened which revision when: the moment from which the dwell is counted. Written once."""

    pk = models.CompositePrimaryKey("action_id", "revision", "user_id")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.ForeignKey(Action, models.PROTECT, db_index=False, db_constraint=False, related_name="looks")
    revision = models.IntegerField()
    user = models.ForeignKey(User, models.PROTECT, db_index=False, db_constraint=False)
    door = models.CharField(max_length=10)
    first_at = models.DateTimeField()


class Opening(Scoped):
    """Who opened which piece of evidence of which revision when. Written once, where the policy asks for it."""

    pk = models.CompositePrimaryKey("action_id", "revision", "user_id", "item")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.ForeignKey(Action, models.PROTECT, db_index=False, db_constraint=False, related_name="openings")
    revision = models.IntegerField()
    user = models.ForeignKey(User, models.PROTECT, db_index=False, db_constraint=False)
    item = models.CharField(max_length=300)
    opened_at = models.DateTimeField()


class Decision(Scoped):
    """The final outcome: one per action, never changed. `material`: people `edited` what the call means, not only its
    looks; null in decisions from before it was kept, where every edit counts as one.
    """

    id = IdField(prefix="dec")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.OneToOneField(Action, models.PROTECT, related_name="decision", db_constraint=False)
    outcome = models.CharField(max_length=20)
    source = models.CharField(max_length=20)
    revision = models.IntegerField()
    edited = models.BooleanField()
    material = models.BooleanField(null=True, blank=True)
    changes = models.JSONField()
    reason_code = models.CharField(max_length=60, blank=True)
    comment = models.TextField(blank=True)
    decided_by = models.JSONField()
    decided_at = models.DateTimeField()
    door = models.CharField(max_length=10)
    event_id = models.CharField(max_length=40)
    erased_at = models.DateTimeField(null=True, blank=True)


class Snapshot(Scoped):
    """What the decision was made on: the facts as shown, the context, the policy's trace. Labels are made of it."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.OneToOneField(
        Action, models.PROTECT, related_name="snapshot", primary_key=True, db_constraint=False
    )
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    template = models.CharField(max_length=40)
    facts = models.JSONField()
    facts_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)


class Message(Scoped):
    """A reviewer's question or the agent's answer."""

    id = IdField(prefix="msg")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.ForeignKey(Action, models.PROTECT, related_name="messages")
    author_kind = models.CharField(max_length=20)
    author_id = models.CharField(max_length=40)
    author_name = models.CharField(max_length=120)
    text = models.TextField()
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)
