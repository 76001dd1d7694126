"""Letters about accounts. A link is made as its letter is sent, so that the outbox never holds one."""

from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone

from accounts import queries
from console.mail.letter import Letter
from outbox.types import Delivery

INVITED, RESET = "person.invited", "password.reset"
DONE = {
    "passkey:added": ("A passkey was added", "A passkey was added to your account. It can sign approvals as you."),
    "passkey:removed": ("A passkey was removed", "A passkey was removed from your account. It signs nothing any more."),
    "passkey:reset": (
        "Your passkeys were removed",
        "A lead or an admin removed your passkeys. They sign nothing any more; add new ones under Settings, Passkeys.",
    ),
    "passkey:barred": (
        "A passkey was switched off",
        "A passkey of yours looks like a copy, because its counter went back. It was switched off and signed nothing.",
    ),
    "password:changed": (
        "Your password was changed",
        "The password of your account was changed, and every session of it was ended.",
    ),
}
KINDS = (INVITED, RESET, *DONE)


def about_account(message: Delivery) -> Letter | None:
    """None where there is nothing to say any more."""
    if message.kind == INVITED:
        return _invitation(message.payload["invitation"])
    if message.kind == RESET:
        return _reset(message.payload["user"])
    return _done(message)


def _invitation(invitation_id: str) -> Letter | None:
    letter = queries.invitation_letter(invitation_id, timezone.now())
    if letter is None:
        return None
    body = (
        f"{letter.inviter} invites you to {letter.workspace_name} on Countersign, as {letter.role}.\n\n"
        f"Open this link to accept. It works once, until {letter.expires_at:%d %b %Y, %H:%M} UTC:\n\n"
        f"{settings.BASE_URL}{letter.path}\n\n"
        "If you did not expect this, do nothing.\n"
    )
    return Letter(letter.email, f"Invitation to {letter.workspace_name}", body)


def _reset(user_id: str) -> Letter | None:
    letter = queries.reset_letter(user_id)
    if letter is None:
        return None
    body = (
        f"Hello {letter.name},\n\n"
        "open this link to choose a new password. "
        f"It works once, for {settings.PASSWORD_RESET_TIMEOUT // 60} minutes:\n\n"
        f"{settings.BASE_URL}{letter.path}\n\n"
        "If you did not ask for this, do nothing: your password stays as it is.\n"
    )
    return Letter(letter.email, "A new password for Countersign", body)


def _done(message: Delivery) -> Letter | None:
    """It bears no link: who took an account over could send one that looks like it."""
    letter = queries.notice_letter(message.payload["user"])
    if letter is None:
        return None
    subject, what = DONE[message.kind]
    at = datetime.fromisoformat(message.payload["at"]).astimezone(UTC)
    body = (
        f"Hello {letter.name},\n\n"
        f"{what}\n\n"
        f"When: {at:%d %b %Y, %H:%M} UTC\n\n"
        "If this was not you, tell an admin at once: they can deactivate your account and end its sessions.\n"
    )
    # The same for a second delivery, so that a mail program can tell that it has this one.
    mark = ("Message-ID", f"<{message.kind.replace(':', '.')}.{message.id}@countersign>")
    return Letter(letter.email, f"{subject} (Countersign)", body, headers=(mark, ("Auto-Submitted", "auto-generated")))
