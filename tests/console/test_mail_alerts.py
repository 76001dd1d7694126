"""Letters about what went wrong: they link, quote no agent as ourselves, and reach whoever has to know."""

from datetime import timedelta

import pytest
from django.core import mail

from accounts import services as accounts
from approvals import services
from approvals.services import suspicions, versions
from audit.actor import OPERATOR
from console.mail import deliver
from outbox.models import Message
from outbox.types import Delivery
from tests.approvals.presses import leave, spend
from tests.cast import Stage

SMALL = {"customer_id": "cus_1", "amount_usd": 40}


def sent(stage: Stage, kind: str) -> tuple[list[str], str, str]:
    """To whom, subject and body of the one letter of this kind."""
    owed = Message.objects.get(sink="mail", kind=kind, workspace_id=stage.id)
    made = Delivery(owed.pk, stage.id, owed.kind, owed.subject, owed.payload, 0, owed.created_at)
    deliver.send(made)
    (letter,) = mail.outbox
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    return letter.to, str(letter.subject), str(letter.body)


@pytest.mark.parametrize("letters", ["serious", "off"])
def test_security_is_told_of_a_manipulation_whatever_letters_it_chose(stage: Stage, letters: str) -> None:
    accounts.choose_letters(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people["eve"], letters=letters
    )
    found = suspicions.suspect(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, action_id=stage.submit().id, text="Look"
    )
    to, subject, body = sent(stage, "incident.opened")
    assert (to, subject) == (["eve@example.com"], "[demo] Incident: otto looks manipulated")
    assert f"/w/demo/incidents/{found.id}\n" in body


def test_the_owner_is_told_that_no_result_came(stage: Stage) -> None:
    view = stage.submit(args=SMALL)
    spend(stage, view)
    services.fire_due(at=stage.at + timedelta(minutes=61))
    to, subject, body = sent(stage, "execution.unreported")
    assert (to, subject) == (["eve@example.com"], "[demo] No result of billing.refund")
    assert "otto, for which you answer, began to run billing[.]refund and told no result in time." in body
    assert f"/w/demo/actions/{view.id}\n" in body


def test_the_owner_is_told_what_was_blocked_and_what_to_go_back_to(stage: Stage) -> None:
    version = accounts.register_version(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, agent_id=stage.otto.agent_id, manifest={"model": "m"}
    )
    accounts.bind_label(actor=OPERATOR, at=stage.at, workspace_id=stage.id, version_id=version.id, label="v4")
    versions.block(actor=OPERATOR, at=stage.at, workspace_id=stage.id, version_id=version.id)
    to, subject, body = sent(stage, "version.blocked")
    assert (to, subject) == (["eve@example.com"], "[demo] v4 of otto is blocked")
    assert "Go back to a version that you trust." in body


def test_whoever_has_left_is_not_written_to(stage: Stage) -> None:
    suspicions.suspect(actor=OPERATOR, at=stage.at, workspace_id=stage.id, action_id=stage.submit().id)
    owed = Message.objects.get(sink="mail")
    payload = {**owed.payload, "user": stage.people["ben"]}
    leave(stage, "ben")
    deliver.send(Delivery(owed.pk, stage.id, owed.kind, owed.subject, payload, 0, owed.created_at))
    assert mail.outbox == []
