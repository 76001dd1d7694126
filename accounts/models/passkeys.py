"""Passkeys of people, and what a passkey was asked to sign."""

from typing import ClassVar

from django.db import models

from accounts.models.people import User
from tenancy.fields import IdField


class Passkey(models.Model):
    """A public key whose private half never leaves a person's device, or the vault that syncs it.

    A passkey that was removed stays as a row that signs nothing, so that what it signed can still be verified.
    `ended_because` is "removed", "reset" (by a lead or an admin) or "copied" (its counter went back).
    """

    id = IdField(prefix="pky")
    user = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="passkeys")
    name = models.CharField(max_length=120)
    credential_id = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField()
    transports = models.JSONField()
    is_synced = models.BooleanField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user", "id"], name="passkey_by_person")]


class PasskeyChallenge(models.Model):
    """Something that one person's passkey may sign once, until `expires_at`.

    `about` says what it is; `challenge` is derived from that, the person and `nonce` (accounts/passkeys.py).
    """

    id = IdField(prefix="pkc")
    user = models.ForeignKey(User, models.CASCADE, db_index=False, related_name="+")
    challenge = models.BinaryField(unique=True)
    nonce = models.BinaryField()
    about = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "created_at"], name="challenge_by_person")
        ]
