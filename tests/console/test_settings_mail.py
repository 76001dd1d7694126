"""Letters: what they say, and what happens when they cannot be sent."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client, override_settings

from accounts import services
from accounts.models import Invitation
from audit.actor import Door
from console.mail import deliver
from outbox.models import Message
from outbox.types import Delivery, PermanentFailure, TransientFailure
from tests.cast import Stage


def delivery(at: datetime, kind: str = "", payload: dict[str, str] | None = None) -> Delivery:
    """The one promise that waits, or a made-up one."""
    row = None if kind else Message.objects.get(sink="mail")
    return Delivery(
        id=row.id if row else 1,
        workspace_id=row.workspace_id if row else "",
        kind=row.kind if row else kind,
        subject=row.subject if row else "",
        payload=row.payload if row else payload or {},
        attempts=0,
        created_at=at,
    )


def invite(stage: Stage, at: datetime) -> str:
    actor = stage.member("eve").actor(Door.WEB, "password")
    return services.invite(actor=actor, at=at, workspace_id=stage.id, email="finn@example.com", role="reviewer")


def link_in(message: EmailMessage) -> str:
    [link] = re.findall(r"http://127\.0\.0\.1:8000(/\S+)", str(message.body))
    return str(link)


def test_an_invitation_brings_finn_to_its_page(stage: Stage, at: datetime, client: Client) -> None:
    invite(stage, at)
    deliver.send(delivery(at))
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (["finn@example.com"], "Invitation to Demo")
    assert str(letter.body).startswith("Eve invites you to Demo on Countersign, as reviewer.")
    assert "finn@example.com is invited as reviewer." in client.get(link_in(letter)).text


def test_a_second_delivery_sends_the_same_link(stage: Stage, at: datetime) -> None:
    invite(stage, at)
    deliver.send(delivery(at))
    deliver.send(delivery(at))
    assert mail.outbox[0].body == mail.outbox[1].body


def test_a_withdrawn_invitation_is_not_sent(stage: Stage, at: datetime) -> None:
    invitation_id = invite(stage, at)
    actor = stage.member("eve").actor(Door.WEB, "password")
    services.revoke_invitation(actor=actor, at=at, workspace_id=stage.id, invitation_id=invitation_id)
    deliver.send(delivery(at))
    assert mail.outbox == []


def test_an_invitation_that_ran_out_while_waiting_is_not_sent(stage: Stage, at: datetime) -> None:
    invite(stage, at)
    Invitation.objects.update(expires_at=at - timedelta(seconds=1))
    deliver.send(delivery(at))
    assert mail.outbox == []


def test_a_forgotten_password_brings_ada_a_link_that_works(stage: Stage, at: datetime, client: Client) -> None:
    services.request_reset(at=at, email="ada@example.com")
    deliver.send(delivery(at))
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (["ada@example.com"], "A new password for Countersign")
    assert client.get(link_in(letter)).status_code == 200


def test_for_an_address_that_nobody_has_nothing_is_sent(stage: Stage, at: datetime) -> None:
    services.request_reset(at=at, email="nobody@example.com")
    deliver.send(delivery(at))
    assert mail.outbox == []


def test_a_letter_that_nobody_wrote_is_given_up_at_once(at: datetime) -> None:
    with pytest.raises(PermanentFailure, match=r"no letter for person\.greeted"):
        deliver.send(delivery(at, "person.greeted"))


@override_settings(
    EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=1, EMAIL_TIMEOUT=2
)
def test_without_a_mail_server_it_is_tried_again(stage: Stage, at: datetime) -> None:
    invite(stage, at)
    with pytest.raises(TransientFailure, match="ConnectionRefusedError"):
        deliver.send(delivery(at))


class RefusingBackend(BaseEmailBackend):
    """A mail server that knows nobody."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise SMTPRecipientsRefused({email_messages[0].to[0]: (550, b"No such person")})


@override_settings(EMAIL_BACKEND=f"{__name__}.RefusingBackend")
def test_a_refused_address_is_given_up_and_not_repeated_in_the_error(stage: Stage, at: datetime) -> None:
    invite(stage, at)
    with pytest.raises(PermanentFailure) as refused:
        deliver.send(delivery(at))
    assert str(refused.value) == "The mail server refuses the address: SMTPRecipientsRefused."
