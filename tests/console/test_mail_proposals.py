"""The letter that a proposed policy waits for a signature: to whoever may sign, as long as it waits for them."""

import pytest
from django.core import mail

from accounts import services as accounts
from approvals import policies, services
from audit.actor import OPERATOR, Actor, Door, Kind
from console.mail import deliver
from outbox.models import Message
from outbox.types import Delivery
from tests.cast import POLICY, Stage, add_person

LOOSER = POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 60")
TIGHTER = POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 40")
CI = Actor(Kind.SERVICE, "key_01m7wazxb0esgvqf5qdsgq3vw5", "service account", Door.API)


def propose(stage: Stage, actor: Actor, text: str = LOOSER, note: str = "") -> services.Signed:
    return services.propose_policy(actor=actor, at=stage.at, workspace_id=stage.id, text=text, note=note)


def ada(stage: Stage) -> Actor:
    return stage.member("ada").actor(Door.WEB)


def owed(stage: Stage) -> list[str]:
    """Who is to get a letter, by name."""
    names = {user_id: name for name, user_id in stage.people.items()}
    rows = Message.objects.filter(sink="mail", kind="policy.proposed", workspace_id=stage.id)
    return sorted(names[row.payload["user"]] for row in rows)


def deliver_all(stage: Stage) -> None:
    for row in Message.objects.filter(sink="mail", kind="policy.proposed").order_by("id"):
        deliver.send(Delivery(row.pk, stage.id, row.kind, row.subject, row.payload, 0, row.created_at))


def test_the_other_who_may_sign_gets_a_letter_with_the_reason_and_a_link(stage: Stage) -> None:
    made = propose(stage, ada(stage), note="See https://evil.example.\nNow!")
    assert owed(stage) == ["eve"]
    deliver_all(stage)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["eve@example.com"], "[demo] A policy waits for your signature")
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    body = str(letter.body)
    assert "Ada proposes another policy for demo." in body
    assert "https[://]evil[.]example" in body
    assert f"/w/demo/policies/proposals/{made.proposal_id}\n" in body


def test_what_a_machine_proposes_is_told_to_everybody_who_may_sign(stage: Stage) -> None:
    add_person(stage, "leo", "lead", ())
    propose(stage, CI)
    assert owed(stage) == ["ada", "eve", "leo"]


def test_what_needs_nobody_else_is_told_to_nobody(stage: Stage) -> None:
    propose(stage, ada(stage), TIGHTER)
    assert owed(stage) == []


def test_proposing_the_same_again_tells_nobody_twice(stage: Stage) -> None:
    propose(stage, CI)
    before = owed(stage)
    propose(stage, CI)
    assert owed(stage) == before == ["ada", "eve"]


def test_rolling_back_to_what_is_looser_is_told_too(stage: Stage) -> None:
    before = policies.active(stage.id, fresh=True)
    assert before is not None
    tighter = propose(stage, ada(stage), TIGHTER)
    given = {"actor": ada(stage), "at": stage.at, "workspace_id": stage.id}
    services.sign_policy(proposal_id=tighter.proposal_id, base_id=before.version_id, **given)  # type: ignore[arg-type]
    services.roll_back(version_id=before.version_id, **given)  # type: ignore[arg-type]
    assert owed(stage) == ["eve"]


@pytest.mark.parametrize("what", ["signed", "declined", "may sign no more"])
def test_no_letter_is_sent_for_what_waits_for_one_no_more(stage: Stage, what: str) -> None:
    made = propose(stage, CI)
    active = policies.active(stage.id, fresh=True)
    assert active is not None
    given = {"at": stage.at, "workspace_id": stage.id, "proposal_id": made.proposal_id}
    eve = stage.member("eve").actor(Door.WEB)
    if what == "signed":
        services.sign_policy(actor=eve, base_id=active.version_id, **given)  # type: ignore[arg-type]
    elif what == "declined":
        services.decline_policy(actor=ada(stage), **given)  # type: ignore[arg-type]
    else:
        add_person(stage, "amy", "admin", ())
        accounts.change_role(
            actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people["eve"], role="reviewer"
        )
    deliver_all(stage)
    assert "eve@example.com" not in [address for letter in mail.outbox for address in letter.to]
