"""A new password, with the old one or by a link."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts import errors, links, queries, services
from accounts.models import BrowserSession, User
from outbox.models import Message
from tests.accounts.records import facts
from tests.cast import PASSWORD, Stage

NEW = "four unrelated words"


def token_for(stage: Stage, name: str) -> str:
    return links.for_reset(User.objects.get(id=stage.people[name]))


def test_a_request_promises_a_letter_that_holds_no_link(stage: Stage, at: datetime) -> None:
    services.request_reset(at=at, email=" ADA@example.com")
    promised = Message.objects.get(sink="mail")
    assert (promised.kind, promised.payload) == ("password.reset", {"user": stage.people["ada"]})
    assert [fact["subject"]["type"] for fact in facts("link:issued", "system")] == ["password_reset"]


def test_an_unknown_address_is_answered_alike(stage: Stage, at: datetime) -> None:
    services.request_reset(at=at, email="nobody@example.com")
    assert Message.objects.get(sink="mail").payload == {"user": ""}
    assert queries.reset_letter("") is None


def test_nobody_is_flooded_with_letters(stage: Stage, at: datetime) -> None:
    for _ in range(5):
        services.request_reset(at=at, email="ada@example.com")
    services.request_reset(at=at, email="ben@example.com")
    assert Message.objects.filter(sink="mail", subject=stage.people["ada"]).count() == 3
    assert Message.objects.filter(sink="mail", subject=stage.people["ben"]).count() == 1
    services.request_reset(at=at + timedelta(minutes=16), email="ada@example.com")
    assert Message.objects.filter(sink="mail", subject=stage.people["ada"]).count() == 4


def test_a_link_sets_a_new_password_once(stage: Stage, at: datetime) -> None:
    token = token_for(stage, "ada")
    person = services.reset_password(at=at, user_id=stage.people["ada"], token=token, password=NEW)
    assert (person.check_password(NEW), person.check_password(PASSWORD)) == (True, False)
    assert facts("password:changed", stage.id) == [
        {"subject": {"type": "person", "id": person.id}, "actor": person.id, "data": {}}
    ]
    assert queries.may_reset(person.id, token) is False
    with pytest.raises(errors.LinkRefused):
        services.reset_password(at=at, user_id=person.id, token=token, password="and another password")


@pytest.mark.parametrize("password", ["short", "password1234", "ada@example.com"])
def test_a_weak_password_leaves_the_link_open(stage: Stage, at: datetime, password: str) -> None:
    token = token_for(stage, "ada")
    with pytest.raises(errors.WeakPassword):
        services.reset_password(at=at, user_id=stage.people["ada"], token=token, password=password)
    assert queries.may_reset(stage.people["ada"], token) is True


def test_a_link_is_for_one_person(stage: Stage, at: datetime) -> None:
    with pytest.raises(errors.LinkRefused):
        services.reset_password(at=at, user_id=stage.people["ben"], token=token_for(stage, "ada"), password=NEW)


def test_a_link_of_a_deactivated_person_is_dead(stage: Stage, at: datetime) -> None:
    token = token_for(stage, "ada")
    User.objects.filter(id=stage.people["ada"]).update(is_active=False)
    with pytest.raises(errors.LinkRefused):
        services.reset_password(at=at, user_id=stage.people["ada"], token=token, password=NEW)


def test_a_new_password_ends_every_session(stage: Stage, at: datetime, client: Client) -> None:
    client.post("/login/", {"email": "ada@example.com", "password": PASSWORD})
    assert BrowserSession.objects.count() == 1
    services.change_password(at=at, user_id=stage.people["ada"], old=PASSWORD, new=NEW)
    assert BrowserSession.objects.count() == 0


def test_the_old_password_is_asked_for(stage: Stage, at: datetime) -> None:
    with pytest.raises(errors.Invalid) as refused:
        services.change_password(at=at, user_id=stage.people["ada"], old="wrong", new=NEW)
    assert refused.value.field == "old"
    assert facts("password:changed", stage.id) == []
