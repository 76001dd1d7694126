"""Logging in: who is let in, what is written down, and when it is enough."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import override_settings

from accounts import errors, services
from accounts.backend import EmailBackend
from accounts.models import User
from audit.models import Event
from config import settings as configured
from tests.accounts.records import facts, last, secrets_of
from tests.cast import PASSWORD, Stage

HERE = "192.0.2.1"
MINUTE = timedelta(minutes=1)


def log_in(at: datetime, password: str = PASSWORD, email: str = "ada@example.com", address: str = HERE) -> User:
    return services.log_in(at=at, email=email, password=password, address=address)


def fail(at: datetime, times: int, **options: Any) -> None:
    for _ in range(times):
        with pytest.raises(errors.LoginRefused):
            log_in(at, password="wrong", **options)


@pytest.mark.parametrize("email", ["ada@example.com", " ADA@Example.com "])
def test_ada_logs_in_however_she_types_her_address(stage: Stage, at: datetime, email: str) -> None:
    assert log_in(at, email=email).id == stage.people["ada"]
    assert facts("login:succeeded", stage.id) == [
        {"subject": {"type": "person", "id": stage.people["ada"]}, "actor": stage.people["ada"], "data": {}}
    ]


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.com", "wrong"), ("ada@example.com", ""), ("nobody@example.com", PASSWORD), ("", "")],
)
def test_anything_else_is_refused_in_the_same_words(stage: Stage, at: datetime, email: str, password: str) -> None:
    with pytest.raises(errors.LoginRefused) as refused:
        log_in(at, email=email, password=password)
    assert refused.value.detail == "E-mail and password do not match. Try again, or ask for a new password."


def test_a_failure_keeps_the_address_where_it_can_be_erased(stage: Stage, at: datetime) -> None:
    fail(at, 1)
    [fact] = facts("login:failed", "system")
    assert (fact["actor"], fact["data"], fact["subject"]["type"]) == ("unknown", {}, "login")
    assert secrets_of("login:failed", "system") == [{"email": "ada@example.com"}]
    assert b"ada" not in bytes(Event.objects.get(kind="login:failed").body)


def test_a_deactivated_person_is_refused_with_the_right_password(stage: Stage, at: datetime) -> None:
    User.objects.filter(id=stage.people["ada"]).update(is_active=False)
    with pytest.raises(errors.LoginRefused):
        log_in(at)


def test_an_account_without_a_password_lets_nobody_in(stage: Stage, at: datetime) -> None:
    person = User.objects.get(id=stage.people["ada"])
    person.set_unusable_password()
    person.save()
    with pytest.raises(errors.LoginRefused):
        log_in(at, password=person.password)


def test_after_five_failures_even_the_right_password_waits(stage: Stage, at: datetime) -> None:
    fail(at, 5)
    with pytest.raises(errors.LockedOut):
        log_in(at)
    with pytest.raises(errors.LockedOut):
        log_in(at + 14 * MINUTE)
    assert len(facts("login:failed", "system")) == 5
    assert log_in(at + 15 * MINUTE + timedelta(seconds=1)).id == stage.people["ada"]


def test_four_failures_do_not_lock_out(stage: Stage, at: datetime) -> None:
    fail(at, 4)
    assert log_in(at).id == stage.people["ada"]


def test_an_unknown_address_is_locked_out_alike(stage: Stage, at: datetime) -> None:
    fail(at, 5, email="nobody@example.com")
    with pytest.raises(errors.LockedOut):
        log_in(at, email="nobody@example.com")


def test_others_and_other_places_are_not_locked_out(stage: Stage, at: datetime) -> None:
    fail(at, 5)
    assert log_in(at, email="ben@example.com").id == stage.people["ben"]
    assert log_in(at, address="192.0.2.2").id == stage.people["ada"]


@override_settings(PASSWORD_HASHERS=configured.PASSWORD_HASHERS)
def test_passwords_are_kept_as_argon2() -> None:
    assert make_password(PASSWORD).startswith("argon2$argon2id$")


class CountingHasher(Argon2PasswordHasher):
    """Argon2, as cheap as it gets, that counts how often it worked."""

    time_cost, memory_cost, parallelism = 1, 8, 1
    worked = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).worked += 1
        return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        type(self).worked += 1
        return bool(super().verify(password, encoded))


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com", "ben@example.com"])
@override_settings(PASSWORD_HASHERS=[f"{__name__}.CountingHasher"])
def test_every_failure_costs_one_hash(stage: Stage, email: str) -> None:
    ada, ben = (User.objects.get(id=stage.people[name]) for name in ("ada", "ben"))
    ada.set_password(PASSWORD)
    ben.set_unusable_password()
    ada.save()
    ben.save()
    CountingHasher.worked = 0
    assert EmailBackend().authenticate(None, email=email, password="wrong") is None
    assert CountingHasher.worked == 1


def test_a_session_of_a_deactivated_person_is_nobodys(stage: Stage) -> None:
    assert EmailBackend().get_user(stage.people["ada"]) is not None
    User.objects.filter(id=stage.people["ada"]).update(is_active=False)
    assert EmailBackend().get_user(stage.people["ada"]) is None


def test_logging_out_leaves_a_fact(stage: Stage, at: datetime) -> None:
    services.log_out(at=at, person=User.objects.get(pk=stage.people["ada"]))
    assert last("login:ended", stage.id)["subject"] == {"type": "person", "id": stage.people["ada"]}
