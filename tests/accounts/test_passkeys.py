"""Passkeys of an account: added, renamed, removed and reset, by whom and after what proof."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from pytest_django.fixtures import Settings

from accounts import errors, queries, services
from accounts.models import BrowserSession, Passkey, User
from accounts.sessions import SessionStore, id_of
from audit.actor import Door
from tests.accounts.records import facts, last, secrets_of
from tests.authenticators import Authenticator
from tests.cast import PASSWORD, Stage

TEN = timedelta(minutes=10)


def session(stage: Stage, name: str, ago: timedelta = timedelta(0)) -> str:
    """The id of a session that somebody began some time ago."""
    store = SessionStore()
    store[SESSION_KEY] = stage.people[name]
    services.introduce(store, at=stage.at, browser="Firefox on Linux")
    store.save()
    kept = id_of(store.session_key or "")
    BrowserSession.objects.filter(id=kept).update(began_at=stage.at - ago)
    return kept


def begin(stage: Stage, name: str = "ada", **given: Any) -> dict[str, Any]:
    given = {"session_id": session(stage, name), **given}
    return services.begin_passkey(at=stage.at, user_id=stage.people[name], **given)


def add(stage: Stage, name: str = "ada", device: Authenticator | None = None, label: str = "Laptop") -> str:
    answer = (device or Authenticator()).create(begin(stage, name))
    return services.add_passkey(at=stage.at, user_id=stage.people[name], name=label, answer=answer)


def mine(stage: Stage, name: str = "ada") -> dict[str, Any]:
    return {
        "actor": stage.member(name).actor(Door.WEB, "password"),
        "at": stage.at,
        "user_id": stage.people[name],
    }


def test_ada_adds_a_passkey_and_the_log_says_so(stage: Stage) -> None:
    device = Authenticator()
    made = add(stage, device=device)
    assert queries.passkeys_of(stage.people["ada"]) == [queries.PasskeyRow(made, "Laptop", False, stage.at, None)]
    row = Passkey.objects.get()
    assert (bytes(row.credential_id), row.sign_count, row.transports) == (device.id, 1, ["internal"])
    assert last("passkey:added", stage.id) == {
        "subject": {"type": "person", "id": stage.people["ada"]},
        "actor": stage.people["ada"],
        "data": {"passkey": made, "synced": False},
    }
    assert secrets_of("passkey:added", stage.id) == [{"name": "Laptop"}]


def test_the_browser_is_asked_to_check_the_person_and_to_make_no_second_one(stage: Stage) -> None:
    device = Authenticator()
    add(stage, device=device)
    asked = begin(stage)
    assert (asked["rp"], asked["authenticatorSelection"]["userVerification"]) == (
        {"id": "localhost", "name": "Countersign"},
        "required",
    )
    assert len(asked["excludeCredentials"]) == 1
    with pytest.raises(errors.Taken):
        services.add_passkey(at=stage.at, user_id=stage.people["ada"], name="Again", answer=device.create(asked))


@pytest.mark.parametrize(("ago", "password"), [(timedelta(0), ""), (TEN, PASSWORD), (timedelta(days=1), PASSWORD)])
def test_a_log_in_of_the_last_minutes_or_the_password_is_wanted(stage: Stage, ago: timedelta, password: str) -> None:
    assert begin(stage, session_id=session(stage, "ada", ago), password=password)["challenge"]


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("", "Give your password: you logged in more than 10 minutes ago."),
        ("a long wrong password", "This is not your present password."),
    ],
)
def test_without_either_nothing_is_added(stage: Stage, password: str, told: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        begin(stage, session_id=session(stage, "ada", TEN), password=password)
    assert (refused.value.detail, refused.value.field) == (told, "password")


def test_the_session_of_another_is_no_proof(stage: Stage) -> None:
    with pytest.raises(errors.Invalid):
        begin(stage, session_id=session(stage, "ben"))


def test_five_wrong_passwords_lock_out_and_each_is_a_fact(stage: Stage) -> None:
    old = session(stage, "ada", TEN)
    for _ in range(5):
        with pytest.raises(errors.Invalid):
            begin(stage, session_id=old, password="a long wrong password")
    with pytest.raises(errors.LockedOut):
        begin(stage, session_id=old, password=PASSWORD)
    assert len(facts("login:failed", "system")) == 5


def test_an_answer_counts_once(stage: Stage) -> None:
    answer = Authenticator().create(begin(stage))
    services.add_passkey(at=stage.at, user_id=stage.people["ada"], name="Laptop", answer=answer)
    with pytest.raises(errors.PasskeyRefused) as refused:
        services.add_passkey(at=stage.at, user_id=stage.people["ada"], name="Laptop", answer=answer)
    assert refused.value.code == "passkey_replayed"
    assert Passkey.objects.count() == 1


@pytest.mark.parametrize(
    ("device", "origin", "person", "late", "code"),
    [
        (Authenticator(), "https://evil.example", "ada", 0, "passkey_wrong_origin"),
        (Authenticator(party="evil.example"), "http://localhost:8000", "ada", 0, "passkey_unproven"),
        (Authenticator(verifies=False), "http://localhost:8000", "ada", 0, "passkey_unproven"),
        (Authenticator(), "http://localhost:8000", "ben", 0, "passkey_of_another"),
        (Authenticator(), "http://localhost:8000", "ada", 120, "passkey_expired"),
    ],
)
def test_what_is_not_a_good_passkey_is_not_added(
    stage: Stage, device: Authenticator, origin: str, person: str, late: int, code: str
) -> None:
    answer = device.create(begin(stage), origin=origin)
    at = stage.at + timedelta(seconds=late)
    with pytest.raises(errors.PasskeyRefused) as refused:
        services.add_passkey(at=at, user_id=stage.people[person], name="Laptop", answer=answer)
    assert refused.value.code == code
    assert Passkey.objects.count() == 0


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"rawId": 1}',
        '{"rawId":"AA","response":{"clientDataJSON":"e30"}}',
        "[" * 3000,
        "x" * 40000,
    ],
)
def test_what_no_browser_sends_is_refused_by_a_sentence(stage: Stage, answer: str) -> None:
    with pytest.raises(errors.PasskeyRefused) as refused:
        services.add_passkey(at=stage.at, user_id=stage.people["ada"], name="Laptop", answer=answer)
    assert refused.value.code == "passkey_unreadable"


def test_ada_renames_and_removes_her_own_and_nobody_elses(stage: Stage) -> None:
    made = add(stage)
    services.rename_passkey(passkey_id=made, name="Phone", **mine(stage))
    assert [row.name for row in queries.passkeys_of(stage.people["ada"])] == ["Phone"]
    with pytest.raises(errors.NotFound):
        services.rename_passkey(passkey_id=made, name="Mine", **mine(stage, "ben"))
    with pytest.raises(errors.NotFound):
        services.remove_passkey(passkey_id=made, session_id=session(stage, "ben"), **mine(stage, "ben"))
    services.remove_passkey(passkey_id=made, session_id=session(stage, "ada"), **mine(stage))
    assert queries.passkeys_of(stage.people["ada"]) == []
    assert [last(kind, stage.id)["data"] for kind in ("passkey:renamed", "passkey:removed")] == [{"passkey": made}] * 2
    # What it signed can still be verified.
    assert Passkey.objects.get().ended_because == "removed"


def test_removing_wants_the_same_proof(stage: Stage) -> None:
    made = add(stage)
    with pytest.raises(errors.Invalid):
        services.remove_passkey(passkey_id=made, session_id=session(stage, "ada", TEN), **mine(stage))
    assert len(queries.passkeys_of(stage.people["ada"])) == 1


def test_a_lead_resets_those_of_another_and_not_the_own(stage: Stage, other: Stage) -> None:
    made = {add(stage, "ben"), add(stage, "ben", label="Phone")}
    ada = stage.member("ada").actor(Door.WEB, "password")
    given: dict[str, Any] = {"actor": ada, "at": stage.at, "workspace_id": stage.id}
    assert [(row.user_id, row.count) for row in queries.passkey_holders(stage.id)] == [(stage.people["ben"], 2)]
    services.reset_passkeys(user_id=stage.people["ben"], **given)
    assert queries.passkeys_of(stage.people["ben"]) == []
    told = facts("passkey:reset", stage.id)
    assert ({fact["data"]["passkey"] for fact in told}, {fact["actor"] for fact in told}) == (
        made,
        {stage.people["ada"]},
    )
    with pytest.raises(errors.AlreadyOver):
        services.reset_passkeys(user_id=stage.people["ben"], **given)
    with pytest.raises(errors.Conflict):
        services.reset_passkeys(user_id=stage.people["ada"], **given)
    with pytest.raises(errors.NotFound):
        services.reset_passkeys(user_id=other.people["cleo"], **given)


def test_there_are_at_most_ten(stage: Stage) -> None:
    for number in range(10):
        add(stage, label=f"Key {number}")
    with pytest.raises(errors.Conflict):
        begin(stage)


@pytest.mark.parametrize(
    ("base", "origin"),
    [
        ("https://sign.example.com", "https://sign.example.com"),
        ("http://127.0.0.1:8202", "http://localhost:8202"),
        ("http://[::1]:8202", "http://localhost:8202"),
        ("http://10.0.0.7:8000", ""),
    ],
)
def test_a_passkey_is_bound_to_the_name_of_the_console(settings: Settings, base: str, origin: str) -> None:
    settings.BASE_URL = base
    assert queries.passkey_origin() == origin


def test_a_console_without_a_name_has_no_passkeys(stage: Stage, settings: Settings) -> None:
    settings.BASE_URL = "http://10.0.0.7:8000"
    with pytest.raises(errors.PasskeyRefused) as refused:
        begin(stage)
    assert refused.value.code == "passkey_no_name"
    assert User.objects.get(id=stage.people["ada"]).passkeys.count() == 0
