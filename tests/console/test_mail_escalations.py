"""The letters that a plan calls for: to whom, why to them, and what became of each."""

import re
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives

from accounts import services as accounts
from approvals.answers import ActionView
from approvals.escalation import flood
from approvals.models import Notification
from approvals.services import notifications
from audit.actor import OPERATOR
from console.live import deliver as live
from console.mail import deliver
from outbox.models import Message
from outbox.types import Delivery, PermanentFailure
from tests.approvals.escalating import MINUTE, sweep, with_plan
from tests.cast import Stage, use_policy

LETTERS = "[{person: ben}], channels: [console, email]"


def escalated(stage: Stage, **claims: Any) -> ActionView:
    """An action of which Ben was told by letter."""
    use_policy(stage, with_plan().replace("[{person: ben}]", LETTERS))
    view = stage.submit(**claims)
    sweep(stage.at)
    return view


def deliveries(sink: str) -> list[Delivery]:
    return [
        Delivery(row.pk, row.workspace_id, row.kind, row.subject, row.payload, 0, row.created_at)
        for row in Message.objects.filter(sink=sink, kind__in=("action.escalated", "agent.flooded")).order_by("id")
    ]


def outcomes(view: ActionView) -> dict[str, tuple[str, str]]:
    rows = Notification.everywhere.filter(action_id=view.id)
    return {channel: (outcome, why) for channel, outcome, why in rows.values_list("channel", "outcome", "because")}


def test_ben_gets_a_letter_that_says_why_he_is_asked(stage: Stage) -> None:
    view = escalated(stage)
    [promise] = deliveries("mail")
    deliver.send(promise)
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (["ben@example.com"], "[demo] Escalated to you (level 1): billing.refund")
    body = str(letter.body)
    for said in ("You are asked as: ben", "Refunds 80 USD to customer cus_1", f"/w/demo/actions/{view.id}"):
        assert said in body
    assert "Nothing can be decided by this letter" in body
    assert outcomes(view)["email"] == ("sent", "")
    deliver.send(promise)
    assert len(mail.outbox) == 1


def test_the_open_pages_settle_the_console(stage: Stage) -> None:
    view = escalated(stage)
    [word] = deliveries("live")
    live.send(word)
    assert outcomes(view) == {"console": ("sent", ""), "email": ("promised", "")}


def test_what_was_decided_meanwhile_is_not_sent(stage: Stage) -> None:
    view = escalated(stage)
    stage.review("ada", view)
    deliver.send(deliveries("mail")[0])
    assert (mail.outbox, outcomes(view)["email"]) == ([], ("skipped", "decided"))


def test_whoever_left_gets_none(stage: Stage) -> None:
    view = escalated(stage)
    accounts.end_membership(actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people["ben"])
    deliver.send(deliveries("mail")[0])
    assert (mail.outbox, outcomes(view)["email"]) == ([], ("skipped", "has left"))


def test_a_refused_address_is_kept_as_failed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: EmailMessage, fail_silently: bool = False) -> int:
        raise SMTPRecipientsRefused({"ben@example.com": (550, b"no")})

    view = escalated(stage)
    monkeypatch.setattr(EmailMessage, "send", refuse)
    with pytest.raises(PermanentFailure):
        deliver.send(deliveries("mail")[0])
    assert outcomes(view)["email"] == ("failed", "the mail server refuses the address")


def test_the_letter_for_many_says_how_many_wait(stage: Stage) -> None:
    for _ in range(flood.SINGLE + 2):
        escalated(stage)
    promises = deliveries("mail")
    assert [promise.kind for promise in promises].count("agent.flooded") == 1
    deliver.send(next(promise for promise in promises if promise.kind == "agent.flooded"))
    [letter] = mail.outbox
    assert letter.subject == f"[demo] otto asks very often: {flood.SINGLE + 2} of its actions wait"
    assert "stands for all of them: http" in re.sub(r"\s+", " ", str(letter.body))


def test_an_agents_text_is_broken_up_in_the_letter(stage: Stage) -> None:
    escalated(stage, args={"customer_id": "https://evil.example/\u202ex", "amount_usd": 80})
    deliver.send(deliveries("mail")[0])
    [letter] = mail.outbox
    assert isinstance(letter, EmailMultiAlternatives)
    for text in (str(letter.body), str(letter.alternatives[0][0])):
        assert "evil.example" not in text
        assert "\u202e" not in text


def test_what_no_sink_settles_in_a_day_has_failed(stage: Stage) -> None:
    view = escalated(stage)
    assert notifications.give_up(at=stage.at + notifications.GIVEN_UP_AFTER) == 0
    assert notifications.give_up(at=stage.at + notifications.GIVEN_UP_AFTER + MINUTE) == 2
    assert outcomes(view)["email"] == ("failed", "not delivered within a day")


def test_a_sink_learns_whom_to_mention_and_the_first_word_stands(stage: Stage) -> None:
    """What a channel such as Slack asks: names, addresses, as what, and how it is settled."""
    view = escalated(stage)
    ids = list(Notification.everywhere.filter(action_id=view.id).values_list("id", flat=True))
    telling = notifications.owed_telling(stage.id, ids, stage.at)
    assert telling is not None
    assert {(reader.email, via) for reader, via in telling.people} == {("ben@example.com", "ben")}
    assert (telling.kind, telling.level, telling.waiting, telling.action.id) == ("escalate", 1, 1, view.id)
    given = {"at": stage.at, "workspace_id": stage.id, "notification_ids": ids}
    assert notifications.settle(outcome="sent", **given) == 2  # type: ignore[arg-type]
    assert notifications.settle(outcome="failed", **given) == 0  # type: ignore[arg-type]
    assert notifications.owed_telling(stage.id, ids, stage.at) is None
