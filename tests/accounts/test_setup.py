"""The first admin comes in by a link that the operator read."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts import errors, queries, services
from accounts.models import Invitation, User, Workspace
from audit.actor import OPERATOR
from tests.accounts.records import facts
from tests.cast import Stage

GIVEN: dict[str, Any] = {
    "email": "eve@example.com",
    "name": "Eve",
    "password": "four unrelated words",
    "slug": "acme",
    "workspace_name": "Acme",
}


def link(at: datetime) -> str:
    """The token of a fresh link."""
    return services.setup_link(actor=OPERATOR, at=at).split("/")[2]


@pytest.mark.django_db
def test_the_first_visit_makes_a_workspace_and_its_admin(at: datetime) -> None:
    token = link(at)
    assert (queries.nobody_yet(), queries.open_setup(token, at)) == (True, True)
    person, slug = services.accept_setup(at=at, token=token, **GIVEN)
    member = queries.member_of(person.id, slug)
    assert member is not None
    assert (member.name, member.role, member.workspace_name, slug) == ("Eve", "admin", "Acme", "acme")
    assert [fact["actor"] for fact in facts("workspace:created", member.workspace_id)] == [person.id]
    assert (queries.nobody_yet(), queries.open_setup(token, at)) == (False, False)


@pytest.mark.django_db
def test_only_the_newest_link_works_and_only_its_hash_is_kept(at: datetime) -> None:
    first, second = link(at), link(at)
    assert (queries.open_setup(first, at), queries.open_setup(second, at)) == (False, True)
    assert [row for row in Invitation.objects.values_list() if second in str(row)] == []
    with pytest.raises(errors.LinkRefused):
        services.accept_setup(at=at, token=first, **GIVEN)
    assert [fact["subject"]["type"] for fact in facts("link:issued", "system")] == ["invitation", "invitation"]


@pytest.mark.django_db
def test_the_link_runs_out_after_a_week(at: datetime) -> None:
    token = link(at)
    with pytest.raises(errors.LinkRefused):
        services.accept_setup(at=at + timedelta(days=7), token=token, **GIVEN)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "eve"}, "email"),
        ({"name": ""}, "name"),
        ({"password": "short"}, "password"),
        ({"slug": "Acme Inc"}, "slug"),
        ({"workspace_name": ""}, "workspace_name"),
    ],
)
def test_a_refused_value_changes_nothing_and_leaves_the_link_open(
    at: datetime, changed: dict[str, str], field: str
) -> None:
    token = link(at)
    with pytest.raises(errors.Invalid) as refused:
        services.accept_setup(at=at, token=token, **{**GIVEN, **changed})
    assert refused.value.field == field
    assert (User.objects.count(), Workspace.objects.count(), queries.open_setup(token, at)) == (0, 0, True)


def test_once_somebody_is_there_nobody_becomes_the_first_admin(stage: Stage, at: datetime) -> None:
    with pytest.raises(errors.AlreadySetUp):
        link(at)


@pytest.mark.django_db
def test_a_link_that_was_never_used_dies_with_the_first_account(at: datetime) -> None:
    token = link(at)
    workspace = services.create_workspace(actor=OPERATOR, at=at, slug="made", name="Made by command")
    services.add_member(
        actor=OPERATOR, at=at, workspace_id=workspace.id, email="ada@example.com", name="Ada", role="admin"
    )
    assert queries.open_setup(token, at) is False
    with pytest.raises(errors.AlreadySetUp):
        services.accept_setup(at=at, token=token, **GIVEN)


@pytest.mark.django_db
def test_an_address_of_a_workspace_is_used_once(at: datetime) -> None:
    services.create_workspace(actor=OPERATOR, at=at, slug="acme", name="Acme")
    with pytest.raises(errors.Taken) as refused:
        services.create_workspace(actor=OPERATOR, at=at, slug="acme", name="Acme again")
    assert refused.value.field == "slug"
    assert Workspace.objects.count() == 1
