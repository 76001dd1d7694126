"""Where people are logged in."""

from typing import ClassVar

from django.db import models

from accounts.models.people import User


class BrowserSession(models.Model):
    """One browser's session. `id` is a keyed hash of what the cookie holds, so a copy of this table opens nothing.

    `user` is empty before a log-in. A session that is deleted is over with its next request.
    """

    id = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="sessions")
    data = models.TextField()
    browser = models.CharField(max_length=80, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["expires_at"], name="session_by_end")]
