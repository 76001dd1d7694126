"""The `mail` sink: letters about accounts, actions, exports and trouble."""

from collections.abc import Callable
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPSenderRefused

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from approvals.services import letter_is_out, notices, notifications
from console.mail import accounts, alerts, gates
from console.mail.actions import about_actions
from console.mail.escalations import about_escalation
from console.mail.exports import MADE, about_export
from console.mail.letter import Letter
from console.mail.proposals import PROPOSED, about_proposal
from outbox.types import Delivery, PermanentFailure, TransientFailure

TELLINGS = (notifications.ESCALATED, notifications.FLOODED)
# Who writes what; None comes from a writer where there is nothing to say any more.
LETTERS: dict[str, Callable[[Delivery], Letter | None]] = {
    **dict.fromkeys(accounts.KINDS, accounts.about_account),
    notices.KIND: about_actions,
    **dict.fromkeys(TELLINGS, about_escalation),
    MADE: about_export,
    PROPOSED: about_proposal,
    **dict.fromkeys(gates.KINDS, gates.about_gate),
    **dict.fromkeys(alerts.KINDS, alerts.about_trouble),
}


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
    write = LETTERS.get(message.kind)
    if write is None:
        raise PermanentFailure(f"There is no letter for {message.kind}.")
    return write(message)
