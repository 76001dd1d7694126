"""A loosening policy change needs two people, and neither is its author alone; a tightening one is at once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts import services as accounts
from approvals import policies, services
from approvals.errors import AlreadyClosed, BadRequest, ChangeMoved, NotFound, SecondPersonNeeded
from approvals.models import PolicyActivation, PolicySignature
from approvals.services import Signed, policy_reading
from audit.actor import OPERATOR, Actor, Door, Kind
from audit.models import Event
from tests.cast import POLICY, Stage, add_person

LOOSER = POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 60")
TIGHTER = POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 40")
CI = Actor(Kind.SERVICE, "key_01m7wazxb0esgvqf5qdsgq3vw5", "service account", Door.API)


def who(stage: Stage, name: str) -> Actor:
    return stage.member(name).actor(Door.WEB, "password")


def active(stage: Stage) -> str:
    found = policies.active(stage.id, fresh=True)
    assert found is not None
    return found.version_id


def propose(stage: Stage, actor: Actor, text: str, note: str = "") -> Signed:
    return services.propose_policy(actor=actor, at=stage.at, workspace_id=stage.id, text=text, note=note)


def sign(stage: Stage, name: str, proposal_id: str, base_id: str = "") -> Signed:
    return services.sign_policy(
        actor=who(stage, name),
        at=stage.at,
        workspace_id=stage.id,
        proposal_id=proposal_id,
        base_id=base_id or active(stage),
    )


def test_what_loosens_waits_for_a_second_person(stage: Stage) -> None:
    before = active(stage)
    made = propose(stage, who(stage, "ada"), LOOSER, "Refunds of 60 were never rejected.")
    assert (made.is_active, made.missing, active(stage)) == (False, 1, before)
    assert sign(stage, "ada", made.proposal_id).missing == 1
    signed = sign(stage, "eve", made.proposal_id)
    assert (signed.is_active, signed.missing, active(stage)) == (True, 0, made.version_id)
    kept = PolicyActivation.everywhere.get(workspace_id=stage.id, version_id=made.version_id)
    assert (kept.before, kept.by_name, kept.why) == (before, "Eve", "Refunds of 60 were never rejected.")


def test_what_tightens_needs_its_author_alone(stage: Stage) -> None:
    made = propose(stage, who(stage, "ada"), TIGHTER)
    assert made.missing == 0
    assert sign(stage, "ada", made.proposal_id).is_active is True


def test_a_key_may_propose_and_two_people_have_to_sign(stage: Stage) -> None:
    made = propose(stage, CI, LOOSER)
    assert made.missing == 2
    assert sign(stage, "ada", made.proposal_id).missing == 1
    assert sign(stage, "ada", made.proposal_id).missing == 1
    assert sign(stage, "eve", made.proposal_id).is_active is True


def test_a_key_never_signs(stage: Stage) -> None:
    made = propose(stage, CI, TIGHTER)
    with pytest.raises(SecondPersonNeeded):
        services.sign_policy(
            actor=CI, at=stage.at, workspace_id=stage.id, proposal_id=made.proposal_id, base_id=active(stage)
        )


def test_a_signature_is_to_the_change_that_was_looked_at(stage: Stage) -> None:
    base = active(stage)
    made = propose(stage, who(stage, "ada"), LOOSER)
    other = propose(stage, who(stage, "eve"), TIGHTER)
    sign(stage, "eve", other.proposal_id)
    with pytest.raises(ChangeMoved):
        sign(stage, "eve", made.proposal_id, base)
    # Ada agreed to 50 -> 60; from 40 to 60 she has not agreed.
    assert sign(stage, "eve", made.proposal_id).missing == 1
    assert sign(stage, "ada", made.proposal_id).is_active is True


def test_whoever_may_no_longer_activate_counts_no_more(stage: Stage) -> None:
    add_person(stage, "leo", "lead", ())
    made = propose(stage, who(stage, "leo"), LOOSER)
    accounts.change_role(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people["leo"], role="reviewer"
    )
    assert sign(stage, "ada", made.proposal_id).missing == 1


def test_in_a_workspace_of_one_person_that_person_activates_alone(other: Stage) -> None:
    accounts.change_role(actor=OPERATOR, at=other.at, workspace_id=other.id, user_id=other.people["cleo"], role="admin")
    text = "name: mine\nrules: [{id: all, effect: allow}]\n"
    made = propose(other, who(other, "cleo"), text)
    assert sign(other, "cleo", made.proposal_id).is_active is True
    change = policy_reading.change_to(other.id, made.version_id, other.at)
    assert change.is_alone is True


def test_rolling_back_is_one_click_where_it_tightens_and_a_proposal_where_it_loosens(stage: Stage) -> None:
    first = active(stage)
    tighter = propose(stage, who(stage, "ada"), TIGHTER)
    sign(stage, "ada", tighter.proposal_id)
    back = services.roll_back(actor=who(stage, "ada"), at=stage.at, workspace_id=stage.id, version_id=first)
    assert (back.is_active, back.missing, active(stage)) == (False, 1, tighter.version_id)
    assert sign(stage, "eve", back.proposal_id).is_active is True
    again = services.roll_back(
        actor=who(stage, "ada"), at=stage.at, workspace_id=stage.id, version_id=tighter.version_id
    )
    assert (again.is_active, active(stage)) == (True, tighter.version_id)


def test_the_same_text_is_one_open_proposal(stage: Stage) -> None:
    one, two = propose(stage, who(stage, "ada"), LOOSER), propose(stage, who(stage, "eve"), LOOSER)
    assert (one.proposal_id, two.missing) == (two.proposal_id, 0)
    assert PolicySignature.everywhere.filter(proposal_id=one.proposal_id).count() == 2


def test_what_decides_already_cannot_be_proposed(stage: Stage) -> None:
    with pytest.raises(AlreadyClosed):
        propose(stage, who(stage, "ada"), POLICY)


def test_a_declined_proposal_is_over(stage: Stage) -> None:
    made = propose(stage, who(stage, "ada"), LOOSER)
    close = {"at": stage.at, "workspace_id": stage.id, "proposal_id": made.proposal_id}
    services.decline_policy(actor=who(stage, "eve"), because="Too much.", **close)  # type: ignore[arg-type]
    view = policy_reading.proposal(stage.id, made.proposal_id)
    assert (view.outcome, view.closed_by, view.because) == ("declined", "Eve", "Too much.")
    with pytest.raises(AlreadyClosed):
        sign(stage, "eve", made.proposal_id)
    assert propose(stage, who(stage, "ada"), LOOSER).proposal_id != made.proposal_id


def test_what_has_faults_is_not_proposed(stage: Stage) -> None:
    with pytest.raises(BadRequest):
        propose(stage, who(stage, "ada"), LOOSER.replace("effect: allow", "effect: alow"))


def test_another_workspace_has_no_such_proposal(stage: Stage, other: Stage) -> None:
    made = propose(stage, who(stage, "ada"), LOOSER)
    with pytest.raises(NotFound):
        sign(other, "cleo", made.proposal_id, active(stage))


def test_every_step_stands_in_the_audit_log(stage: Stage) -> None:
    made = propose(stage, who(stage, "ada"), LOOSER, "Because")
    sign(stage, "eve", made.proposal_id)
    told = Event.objects.filter(subject_id=made.version_id).order_by("id").values_list("kind", "actor_id")
    ada, eve = stage.people["ada"], stage.people["eve"]
    assert sorted(told) == sorted(
        [
            ("policy:saved", ada),
            ("policy:proposed", ada),
            ("policy:signed", ada),
            ("policy:signed", eve),
            ("policy:activated", eve),
        ]
    )


def test_versions_say_who_and_why(stage: Stage) -> None:
    made = propose(stage, who(stage, "ada"), LOOSER, "More")
    services.sign_policy(
        actor=who(stage, "eve"),
        at=stage.at + timedelta(seconds=5),
        workspace_id=stage.id,
        proposal_id=made.proposal_id,
        base_id=active(stage),
    )
    rows = {row.id: row for row in policy_reading.versions(stage.id)}
    row = rows[made.version_id]
    assert (row.is_active, row.author_name, row.activated_by, row.why) == (True, "Ada", "Eve", "More")
    assert [one.is_active for one in rows.values() if one.id != made.version_id] == [False]


@pytest.mark.parametrize("model", [PolicySignature, PolicyActivation])
def test_what_was_signed_and_activated_is_never_rewritten(
    stage: Stage, model: type[PolicySignature] | type[PolicyActivation]
) -> None:
    made = propose(stage, who(stage, "ada"), TIGHTER)
    sign(stage, "ada", made.proposal_id)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.everywhere.update(id="x")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.everywhere.all().delete()
