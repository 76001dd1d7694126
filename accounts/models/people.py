"""Workspaces, people, their roles and groups."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from tenancy.fields import IdField
from tenancy.scope import Scoped


class Workspace(models.Model):
    """A tenant: its own people, agents, policy, actions and audit log.

    The credentials of a demo stand in a file for anybody to read, so nobody gets into one unless DEBUG is on.
    """

    id = IdField(prefix="wsp")
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.slug


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person. E-mail is the login; rights come from memberships alone."""

    id = IdField(prefix="usr")
    email = models.EmailField()
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.email


class Letters(models.TextChoices):
    """Which letters about actions a person gets from one workspace."""

    SERIOUS = "serious", "Only what has a high or critical risk"
    EACH = "each", "Each one, within half a minute"
    DIGEST = "digest", "All of them, together every 15 minutes"
    OFF = "off", "None"


class Membership(Scoped):
    """One person's role in one workspace; `ended_at` takes every right away at once."""

    id = IdField(prefix="mbr")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20)
    letters = models.CharField(max_length=10, default=Letters.SERIOUS)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "user"], name="membership_once"),
        ]


class Group(Scoped):
    """Reviewers that a policy can name by handle."""

    id = IdField(prefix="grp")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, related_name="groups")
    handle = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "handle"], name="group_handle_once"),
        ]


class GroupMember(Scoped):
    """A person in a group; counts only while the membership lasts."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    group = models.ForeignKey(Group, models.CASCADE, db_index=False, related_name="members")
    user = models.ForeignKey(User, models.PROTECT, related_name="groups_joined")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["group", "user"], name="group_member_once"),
        ]


class Absence(Scoped):
    """When a person is away, and who looks after their things meanwhile. It is told to others and moves no right."""

    id = IdField(prefix="abs")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    user = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="absences")
    delegate = models.ForeignKey(User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("begins_at")), name="absence_has_length"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "ends_at"], name="absence_by_end"),
        ]


class Invitation(models.Model):
    """A one-time link: into a workspace, or (without one) to become the first admin. Only the token's hash is kept.

    `groups` are handles; whoever accepts joins those that are still there.
    """

    id = IdField(prefix="inv")
    workspace = models.ForeignKey(Workspace, models.PROTECT, null=True, blank=True)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=20)
    groups = models.JSONField(default=list)
    digest = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    invited_by = models.CharField(max_length=40, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
