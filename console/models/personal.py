"""What people set for themselves in the console: no rule of the product hangs on it."""

from typing import Any, ClassVar

from django.db import models

from tenancy.fields import IdField
from tenancy.scope import Scoped


class SavedView(Scoped):
    """A way to look at the queue, under a name: one person's own. `query` is the address's query, as we wrote it."""

    id = IdField(prefix="viw")
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, db_index=False)
    user = models.ForeignKey("accounts.User", models.CASCADE, db_index=False)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "user", "name"], name="view_name_once"),
            models.UniqueConstraint(
                fields=["workspace", "user"], name="view_default_once", condition=models.Q(is_default=True)
            ),
        ]


class KeyMap(models.Model):
    """A person's single keys, in every workspace. `keys` maps acts to keys where they differ from ours."""

    user = models.OneToOneField("accounts.User", models.CASCADE, primary_key=True)
    is_on = models.BooleanField(default=True)
    keys = models.JSONField(default=dict)
