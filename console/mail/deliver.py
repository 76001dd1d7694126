"""The `mail` sink: letters about accounts and about actions. A link is made as its letter is sent, so that the outbox
never holds one.
"""

from smtplib import SMTPException, SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts import queries
from approvals.services import letter_is_out, notices, notifications
from console.mail import alerts
from console.mail.actions import about_actions
from console.mail.escalations import about_escalation
from console.mail.exports import MADE, about_export
from console.mail.letter import Letter
from outbox.types import Delivery, PermanentFailure, TransientFailure

TELLINGS = (notifications.ESCALATED, notifications.FLOODED)


def send(message: Delivery) -> None:
    """Sends what is still worth sending; a withdrawn invitation or an unknown address is delivered by doing nothing.

    Raises PermanentFailure (unknown kind, address refused for good) and TransientFailure (the mail server is away).
    """
    letter = _written(message)
    if letter is None:
        return
    mail = EmailMultiAlternatives(letter.subject, letter.body, to=[letter.to], headers=dict(letter.headers))
    if letter.html:
        mail.attach_alternative(letter.html, "text/html")
    try:
        mail.send()
    except (SMTPRecipientsRefused, SMTPSenderRefused) as error:
        _settle(message, notifications.FAILED, "the mail server refuses the address")
        raise PermanentFailure(f"The mail server refuses the address: {type(error).__name__}.") from error
    except (SMTPException, OSError) as error:
        raise TransientFailure(f"The mail server cannot be used: {type(error).__name__}.") from error
    if message.kind == notices.KIND:
        letter_is_out(at=timezone.now(), workspace_id=message.workspace_id, notice_ids=message.payload["notices"])
    _settle(message, notifications.SENT)


def _settle(message: Delivery, outcome: str, because: str = "") -> None:
    """Where the letter keeps a telling of somebody, says what became of it."""
    if message.kind in TELLINGS:
        notifications.settle(
            at=timezone.now(),
            workspace_id=message.workspace_id,
            notification_ids=message.payload["notifications"],
            outcome=outcome,
            because=because,
        )


def _written(message: Delivery) -> Letter | None:
    if message.kind == "person.invited":
        return _invitation(message.payload["invitation"])
    if message.kind == "password.reset":
        return _reset(message.payload["user"])
    if message.kind == notices.KIND:
        return about_actions(message)
    if message.kind in TELLINGS:
        return about_escalation(message)
    if message.kind == MADE:
        return about_export(message)
    if message.kind in alerts.KINDS:
        return alerts.about_trouble(message)
    raise PermanentFailure(f"There is no letter for {message.kind}.")


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
