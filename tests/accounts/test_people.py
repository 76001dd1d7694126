"""Joining, changing roles, leaving, and the end of an account."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts import errors, keys, queries, services
from accounts.models import BrowserSession, Membership, User
from audit.actor import OPERATOR, Actor, Door
from tests.accounts.records import last, secrets_of
from tests.cast import PASSWORD, Stage


def eve(stage: Stage) -> Actor:
    return stage.member("eve").actor(Door.WEB, "password")


def test_a_new_person_joins_with_an_account(stage: Stage, at: datetime) -> None:
    joined = services.add_member(
        actor=eve(stage), at=at, workspace_id=stage.id, email=" Finn@Example.com ", name="Finn", role="viewer"
    )
    assert (joined.user.email, joined.user.name, joined.role) == ("finn@example.com", "Finn", "viewer")
    assert joined.user.has_usable_password() is False
    assert last("person:joined", stage.id) == {
        "subject": {"type": "person", "id": joined.user_id},
        "actor": stage.people["eve"],
        "data": {"role": "viewer"},
    }
    assert secrets_of("person:joined", stage.id)[-1] == {"name": "Finn", "email": "finn@example.com"}


def test_somebody_of_another_workspace_joins_with_the_account_that_they_have(
    stage: Stage, other: Stage, at: datetime
) -> None:
    joined = services.add_member(
        actor=eve(stage), at=at, workspace_id=stage.id, email="CLEO@example.com", name="Somebody", role="viewer"
    )
    assert (joined.user_id, joined.user.name) == (other.people["cleo"], "Cleo")
    assert queries.workspaces_of(joined.user_id) == [("demo", "Demo"), ("other", "Other")]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "finn"}, "email"),
        ({"email": "f" * 250 + "@example.com"}, "email"),
        ({"name": " "}, "name"),
        ({"name": "Finn\nAda"}, "name"),
        ({"name": "Finn\u202e"}, "name"),
        ({"role": "owner"}, "role"),
        ({"password": "short"}, "password"),
        ({"password": "finn@example.com"}, "password"),
        ({"password": "x" * 1025}, "password"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(
    stage: Stage, at: datetime, changed: dict[str, str], field: str
) -> None:
    given: dict[str, Any] = {"email": "finn@example.com", "name": "Finn", "role": "viewer", **changed}
    with pytest.raises(errors.Invalid) as refused:
        services.add_member(actor=OPERATOR, at=at, workspace_id=stage.id, **given)
    assert refused.value.field == field
    assert User.objects.filter(name__startswith="Finn").count() == 0


def test_nobody_joins_twice(stage: Stage, at: datetime) -> None:
    with pytest.raises(errors.Taken):
        services.add_member(
            actor=OPERATOR, at=at, workspace_id=stage.id, email="ada@example.com", name="Ada", role="admin"
        )
    assert stage.member("ada").role == "lead"


def test_a_changed_role_counts_at_once(stage: Stage, at: datetime) -> None:
    services.change_role(actor=eve(stage), at=at, workspace_id=stage.id, user_id=stage.people["ben"], role="lead")
    assert stage.member("ben").role == "lead"
    assert last("role:changed", stage.id)["data"] == {"from": "reviewer", "to": "lead"}


def test_a_role_that_they_have_is_no_change(stage: Stage, at: datetime) -> None:
    with pytest.raises(errors.AlreadyOver):
        services.change_role(
            actor=eve(stage), at=at, workspace_id=stage.id, user_id=stage.people["ben"], role="reviewer"
        )


@pytest.mark.parametrize("stranger", ["cleo", "nobody"])
def test_only_members_have_a_role_to_change(stage: Stage, other: Stage, at: datetime, stranger: str) -> None:
    user_id = other.people.get(stranger, "usr_nobody")
    with pytest.raises(errors.NotFound):
        services.change_role(actor=eve(stage), at=at, workspace_id=stage.id, user_id=user_id, role="lead")


def test_the_last_admin_stays_one(stage: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id, "user_id": stage.people["eve"]}
    with pytest.raises(errors.LastAdmin):
        services.change_role(role="viewer", **who)
    with pytest.raises(errors.LastAdmin):
        services.end_membership(**who)
    with pytest.raises(errors.LastAdmin):
        services.deactivate(**who)
    assert stage.member("eve").role == "admin"


def test_an_admin_who_is_deactivated_does_not_count_as_one(stage: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id}
    services.change_role(user_id=stage.people["ada"], role="admin", **who)
    services.deactivate(user_id=stage.people["ada"], **who)
    with pytest.raises(errors.LastAdmin):
        services.change_role(user_id=stage.people["eve"], role="viewer", **who)


def test_with_a_second_admin_the_first_may_go(stage: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id}
    services.change_role(user_id=stage.people["ada"], role="admin", **who)
    services.change_role(user_id=stage.people["eve"], role="viewer", **who)
    assert (stage.member("ada").role, stage.member("eve").role) == ("admin", "viewer")


def test_whoever_leaves_loses_role_groups_and_tokens(stage: Stage, at: datetime) -> None:
    token = keys.digest(stage.tokens["ben"])
    assert queries.member_for_token(token, at) is not None
    services.end_membership(actor=eve(stage), at=at, workspace_id=stage.id, user_id=stage.people["ben"])
    assert queries.member_of(stage.people["ben"], "demo") is None
    assert queries.member_for_token(token, at) is None
    assert queries.group_sizes(stage.id) == {"finance": 1, "reviewers": 1}
    assert last("person:left", stage.id)["data"] == {"role": "reviewer", "groups": ["finance", "reviewers"]}


def test_whoever_comes_back_begins_anew(stage: Stage, at: datetime) -> None:
    services.end_membership(actor=eve(stage), at=at, workspace_id=stage.id, user_id=stage.people["ben"])
    services.add_member(
        actor=eve(stage), at=at, workspace_id=stage.id, email="ben@example.com", name="Ben", role="viewer"
    )
    assert (stage.member("ben").role, stage.member("ben").groups) == ("viewer", ())
    assert queries.member_for_token(keys.digest(stage.tokens["ben"]), at) is None
    assert Membership.everywhere.filter(user_id=stage.people["ben"]).count() == 1


def test_nobody_leaves_an_agent_without_an_owner(stage: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id}
    services.change_role(user_id=stage.people["ada"], role="admin", **who)
    with pytest.raises(errors.StillOwner):
        services.end_membership(user_id=stage.people["eve"], **who)
    with pytest.raises(errors.StillOwner):
        services.deactivate(user_id=stage.people["eve"], **who)
    services.disable_agent(agent_id=stage.otto.agent_id, **who)
    services.end_membership(user_id=stage.people["eve"], **who)
    assert queries.member_of(stage.people["eve"], "demo") is None


def test_a_deactivated_person_is_out_everywhere_at_once(stage: Stage, at: datetime, client: Client) -> None:
    client.post("/login/", {"email": "ben@example.com", "password": PASSWORD})
    assert client.get("/w/demo/settings/profile").status_code == 200
    services.deactivate(actor=eve(stage), at=at, workspace_id=stage.id, user_id=stage.people["ben"])
    assert BrowserSession.objects.count() == 0
    assert client.get("/w/demo/settings/profile").headers["Location"] == "/login/?next=/w/demo/settings/profile"
    assert queries.member_for_token(keys.digest(stage.tokens["ben"]), at) is None
    assert last("person:deactivated", stage.id)["subject"] == {"type": "person", "id": stage.people["ben"]}


def test_the_sessions_of_others_stay(stage: Stage, at: datetime, client: Client) -> None:
    client.post("/login/", {"email": "ada@example.com", "password": PASSWORD})
    services.deactivate(actor=eve(stage), at=at, workspace_id=stage.id, user_id=stage.people["ben"])
    assert client.get("/w/demo/settings/profile").status_code == 200


def test_an_admin_does_not_end_accounts_that_others_need(stage: Stage, other: Stage, at: datetime) -> None:
    services.add_member(
        actor=OPERATOR, at=at, workspace_id=stage.id, email="cleo@example.com", name="Cleo", role="viewer"
    )
    who: dict[str, Any] = {"at": at, "workspace_id": stage.id, "user_id": other.people["cleo"]}
    with pytest.raises(errors.SharedAccount):
        services.deactivate(actor=eve(stage), **who)
    services.deactivate(actor=OPERATOR, **who)
    assert queries.member_of(other.people["cleo"], "other") is None


def test_a_reactivated_person_logs_in_again(stage: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": eve(stage), "at": at, "workspace_id": stage.id, "user_id": stage.people["ben"]}
    services.deactivate(**who)
    with pytest.raises(errors.AlreadyOver):
        services.deactivate(**who)
    services.reactivate(**who)
    with pytest.raises(errors.AlreadyOver):
        services.reactivate(**who)
    back = services.log_in(at=at + timedelta(hours=1), email="ben@example.com", password=PASSWORD, address="192.0.2.1")
    assert back.id == stage.people["ben"]
