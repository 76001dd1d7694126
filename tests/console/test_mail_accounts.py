"""Letters about what was done to an account: whoever took it over cannot keep that from its person."""

import pytest
from django.core import mail

from accounts import errors, services
from accounts.models import User
from audit.actor import Door
from audit.kinds import EventKind
from console.mail import accounts, deliver
from outbox.models import Message
from outbox.types import Delivery
from tests.accounts.test_passkeys import add, mine, session
from tests.authenticators import Authenticator
from tests.cast import PASSWORD, Stage


def deliver_all() -> list[str]:
    """Sends every promised letter about an account, and returns their subjects."""
    for row in Message.objects.filter(sink="mail", workspace_id="").order_by("id"):
        deliver.send(Delivery(row.id, "", row.kind, row.subject, row.payload, 0, row.created_at))
    return [str(letter.subject) for letter in mail.outbox]


def test_ada_reads_that_a_passkey_was_added_and_what_to_do_if_it_was_not_her(stage: Stage) -> None:
    add(stage)
    assert deliver_all() == ["A passkey was added (Countersign)"]
    [letter] = mail.outbox
    assert letter.to == [User.objects.get(id=stage.people["ada"]).email]
    assert str(letter.body) == (
        "Hello Ada,\n\nA passkey was added to your account. It can sign approvals as you.\n\n"
        f"When: {stage.at:%d %b %Y, %H:%M} UTC\n\n"
        "If this was not you, tell an admin at once: they can deactivate your account and end its sessions.\n"
    )


def test_removing_and_resetting_send_one_letter_each(stage: Stage) -> None:
    gone = add(stage)
    services.remove_passkey(**mine(stage), passkey_id=gone, session_id=session(stage, "ada"), password="")
    add(stage, label="Phone")
    add(stage, device=Authenticator(), label="Tablet")
    eve = stage.member("eve").actor(Door.WEB, "password")
    services.reset_passkeys(actor=eve, at=stage.at, workspace_id=stage.id, user_id=stage.people["ada"])
    assert deliver_all() == [
        "A passkey was added (Countersign)",
        "A passkey was removed (Countersign)",
        "A passkey was added (Countersign)",
        "A passkey was added (Countersign)",
        "Your passkeys were removed (Countersign)",
    ]


def test_a_copy_that_is_switched_off_is_told(stage: Stage) -> None:
    device = Authenticator()
    add(stage, device=device)
    about = {"for": "a test"}
    device.count = 0
    asked = services.ask_passkey(at=stage.at, user_id=stage.people["ada"], about=about)
    with pytest.raises(errors.PasskeyRefused):
        services.use_passkey(at=stage.at, user_id=stage.people["ada"], about=about, answer=device.get(asked))
    assert deliver_all()[-1] == "A passkey was switched off (Countersign)"


def test_a_changed_password_is_told(stage: Stage) -> None:
    new = "another long password of Ada's"
    services.change_password(at=stage.at, user_id=stage.people["ada"], old=PASSWORD, new=new)
    assert deliver_all() == ["Your password was changed (Countersign)"]


def test_whoever_is_gone_gets_no_letter(stage: Stage) -> None:
    add(stage)
    User.objects.filter(id=stage.people["ada"]).update(is_active=False)
    assert deliver_all() == []


def test_each_letter_is_of_a_kind_that_the_log_knows() -> None:
    assert set(accounts.DONE) <= {kind.value for kind in EventKind}
