"""Invitations: a link by mail, good once and for a week."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from accounts import errors, links, queries, services
from accounts.models import Group, Invitation, Membership
from audit.actor import OPERATOR, Door
from outbox.models import Message
from tests.accounts.records import facts, last, secrets_of
from tests.cast import Stage

WEEK = timedelta(days=7)
GIVEN: dict[str, Any] = {"name": "Finn", "password": "four unrelated words"}


def invite(stage: Stage, at: datetime, email: str = "Finn@example.com", role: str = "reviewer") -> str:
    actor = stage.member("eve").actor(Door.WEB, "password")
    return services.invite(actor=actor, at=at, workspace_id=stage.id, email=email, role=role)


def test_an_invitation_promises_a_letter_that_holds_no_link(stage: Stage, at: datetime) -> None:
    invitation_id = invite(stage, at)
    promised = Message.objects.get(sink="mail")
    assert (promised.kind, promised.subject, promised.payload) == (
        "person.invited",
        invitation_id,
        {"invitation": invitation_id},
    )
    token = links.for_invitation(invitation_id)
    row = Invitation.objects.get()
    assert bytes(row.digest) == links.digest(token)
    assert [value for value in row.__dict__.values() if token.split(".")[1] in str(value)] == []
    assert last("person:invited", stage.id) == {
        "subject": {"type": "invitation", "id": invitation_id},
        "actor": stage.people["eve"],
        "data": {"role": "reviewer", "groups": []},
    }
    assert secrets_of("person:invited", stage.id) == [{"email": "finn@example.com"}]


def test_a_new_person_comes_in_by_the_link(stage: Stage, at: datetime) -> None:
    token = links.for_invitation(invite(stage, at))
    found = queries.invited(token, at)
    assert found is not None
    assert (found.workspace_slug, found.email, found.role, found.has_account) == (
        "demo",
        "finn@example.com",
        "reviewer",
        False,
    )
    person = services.accept_invitation(at=at, token=token, **GIVEN)
    member = queries.member_of(person.id, "demo")
    assert member is not None
    assert (member.name, member.email, member.role) == ("Finn", "finn@example.com", "reviewer")
    assert last("person:joined", stage.id)["actor"] == person.id


def test_whoever_has_an_account_keeps_it(stage: Stage, other: Stage, at: datetime) -> None:
    token = links.for_invitation(invite(stage, at, "cleo@example.com", "viewer"))
    found = queries.invited(token, at)
    assert found is not None
    assert found.has_account is True
    person = services.accept_invitation(at=at, token=token, name="Mallory", password="another long password")
    assert (person.id, person.name) == (other.people["cleo"], "Cleo")
    assert person.check_password("another long password") is False


def test_a_link_works_once(stage: Stage, at: datetime) -> None:
    token = links.for_invitation(invite(stage, at))
    services.accept_invitation(at=at, token=token, **GIVEN)
    assert queries.invited(token, at) is None
    with pytest.raises(errors.LinkRefused):
        services.accept_invitation(at=at, token=token, **GIVEN)


def test_a_refused_password_leaves_the_link_open(stage: Stage, at: datetime) -> None:
    token = links.for_invitation(invite(stage, at))
    with pytest.raises(errors.WeakPassword):
        services.accept_invitation(at=at, token=token, name="Finn", password="short")
    assert services.accept_invitation(at=at, token=token, **GIVEN).name == "Finn"


def test_a_link_works_for_a_week(stage: Stage, at: datetime) -> None:
    token = links.for_invitation(invite(stage, at))
    assert queries.invited(token, at + WEEK - timedelta(seconds=1)) is not None
    assert queries.invited(token, at + WEEK) is None
    with pytest.raises(errors.LinkRefused):
        services.accept_invitation(at=at + WEEK, token=token, **GIVEN)


def test_a_withdrawn_or_replaced_link_does_nothing(stage: Stage, at: datetime) -> None:
    first = invite(stage, at)
    second = invite(stage, at)
    assert queries.invited(links.for_invitation(first), at) is None
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id}
    with pytest.raises(errors.NotFound):
        services.revoke_invitation(invitation_id=first, **who)
    services.revoke_invitation(invitation_id=second, **who)
    assert queries.invited(links.for_invitation(second), at) is None
    assert queries.invitations(stage.id, at) == []
    assert last("invitation:revoked", stage.id)["subject"] == {"type": "invitation", "id": second}


@pytest.mark.parametrize("token", ["", "x", "inv_01m7waf705ewrb8xtcdnheqcvh.", "\x00"])
def test_a_made_up_link_does_nothing(stage: Stage, at: datetime, token: str) -> None:
    assert queries.invited(token, at) is None
    with pytest.raises(errors.LinkRefused):
        services.accept_invitation(at=at, token=token, **GIVEN)


def test_members_are_not_invited(stage: Stage, at: datetime) -> None:
    with pytest.raises(errors.Taken):
        invite(stage, at, "ADA@example.com")
    assert Message.objects.filter(sink="mail").count() == 0


def test_an_invitation_of_another_workspace_is_not_there(stage: Stage, other: Stage, at: datetime) -> None:
    invitation_id = invite(stage, at)
    with pytest.raises(errors.NotFound):
        services.revoke_invitation(actor=OPERATOR, at=at, workspace_id=other.id, invitation_id=invitation_id)
    assert queries.invited(links.for_invitation(invitation_id), at) is not None


@pytest.mark.race
def test_of_many_who_use_a_link_at_once_one_comes_in(open_stage: Stage, at: datetime) -> None:
    token = links.for_invitation(invite(open_stage, at))
    together, answers = Barrier(6), list[str]()

    def use() -> None:
        try:
            together.wait()
            services.accept_invitation(at=at, token=token, **GIVEN)
            answers.append("in")
        except errors.LinkRefused:
            answers.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["in", *["refused"] * 5]
    assert Membership.everywhere.filter(user__email="finn@example.com").count() == 1
    assert len([fact for fact in facts("person:joined", open_stage.id) if fact["actor"] != "operator"]) == 1


def invited_into(stage: Stage, at: datetime, *groups: str) -> str:
    actor = stage.member("eve").actor(Door.WEB, "password")
    given: dict[str, Any] = {"email": "finn@example.com", "role": "reviewer", "groups": groups}
    return links.for_invitation(services.invite(actor=actor, at=at, workspace_id=stage.id, **given))


def test_the_invited_person_joins_the_groups_of_the_invitation(stage: Stage, at: datetime) -> None:
    token = invited_into(stage, at, "reviewers", "finance", "finance")
    assert last("person:invited", stage.id)["data"] == {"role": "reviewer", "groups": ["finance", "reviewers"]}
    person = services.accept_invitation(at=at, token=token, **GIVEN)
    member = queries.member_of(person.id, "demo")
    assert member is not None
    assert member.groups == ("finance", "reviewers")
    joined = {"role": "reviewer", "groups": ["finance", "reviewers"], "left_out": []}
    assert last("person:joined", stage.id)["data"] == joined


def test_a_group_that_is_gone_meanwhile_is_left_out_and_said(stage: Stage, at: datetime) -> None:
    token = invited_into(stage, at, "reviewers", "finance")
    Group.everywhere.filter(workspace_id=stage.id, handle="finance").delete()
    found = queries.invited(token, at)
    assert found is not None
    assert (found.groups, found.gone) == (("Reviewers",), ("finance",))
    person = services.accept_invitation(at=at, token=token, **GIVEN)
    assert last("person:joined", stage.id)["data"] == {
        "role": "reviewer",
        "groups": ["reviewers"],
        "left_out": ["finance"],
    }
    member = queries.member_of(person.id, "demo")
    assert member is not None
    assert member.groups == ("reviewers",)


def test_nobody_is_invited_into_a_group_of_another_workspace(stage: Stage, other: Stage, at: datetime) -> None:
    services.create_group(actor=OPERATOR, at=at, workspace_id=other.id, handle="theirs", name="Theirs")
    with pytest.raises(errors.Invalid) as refused:
        invited_into(stage, at, "theirs")
    assert (refused.value.detail, refused.value.field) == ("There is no group theirs here. Create it first.", "groups")
    assert Invitation.objects.count() == 0
