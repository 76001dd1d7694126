"""Sessions: kept by a hash, listed for their person, and over when somebody says so."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client

from accounts import errors, queries, services
from accounts.models import BrowserSession, User
from accounts.sessions import SessionStore, id_of
from audit.actor import OPERATOR
from tests.accounts.records import facts, last
from tests.cast import Stage


def opened(stage: Stage, name: str) -> SessionStore:
    """A session of somebody, as a log-in leaves it."""
    store = SessionStore()
    store[SESSION_KEY] = stage.people[name]
    services.introduce(store, at=stage.at, browser="Firefox on Linux")
    store.save()
    return store


def given(stage: Stage, name: str) -> dict[str, Any]:
    return {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id, "user_id": stage.people[name]}


def test_the_table_alone_opens_nothing(stage: Stage) -> None:
    store = opened(stage, "ada")
    row = BrowserSession.objects.get()
    assert (row.id, row.user_id, row.browser) == (id_of(store.session_key or ""), stage.people["ada"], row.browser)
    assert store.session_key not in (row.id, row.data)
    assert SessionStore(row.id).load() == {}
    assert SessionStore(store.session_key)[SESSION_KEY] == stage.people["ada"]


def test_a_session_says_since_when_and_where(stage: Stage) -> None:
    here, there = opened(stage, "ada"), opened(stage, "ada")
    opened(stage, "ben")
    listed = queries.sessions_of(stage.people["ada"], stage.at, here=queries.session_id(here.session_key))
    assert [(row.browser, row.began_at, row.is_here) for row in listed] == [
        ("Firefox on Linux", stage.at, True),
        ("Firefox on Linux", stage.at, False),
    ]
    assert listed[1].id == id_of(there.session_key or "")


def test_a_new_key_keeps_the_data_and_ends_the_old_one(stage: Stage) -> None:
    store = opened(stage, "ada")
    before = store.session_key
    store.cycle_key()
    assert SessionStore(before).load() == {}
    assert SessionStore(store.session_key)[SESSION_KEY] == stage.people["ada"]
    assert BrowserSession.objects.count() == 1


def test_a_session_runs_out(stage: Stage) -> None:
    store = opened(stage, "ada")
    BrowserSession.objects.update(expires_at=stage.at - timedelta(seconds=1))
    assert SessionStore(store.session_key).load() == {}
    assert queries.sessions_of(stage.people["ada"], stage.at) == []
    SessionStore.clear_expired()
    assert BrowserSession.objects.count() == 0


def test_a_late_request_revives_no_ended_session(stage: Stage) -> None:
    store = opened(stage, "ada")
    services.end_session(session_id=id_of(store.session_key or ""), **given(stage, "ada"))
    store["late"] = True
    with pytest.raises(UpdateError):
        store.save()
    assert BrowserSession.objects.count() == 0


def test_one_ends_and_the_others_stay(stage: Stage) -> None:
    first, second = opened(stage, "ada"), opened(stage, "ada")
    services.end_session(session_id=id_of(first.session_key or ""), **given(stage, "ada"))
    assert [row.id for row in queries.sessions_of(stage.people["ada"], stage.at)] == [id_of(second.session_key or "")]
    assert last("session:ended", stage.id)["data"] == {"sessions": 1}


def test_nobody_ends_the_session_of_another(stage: Stage) -> None:
    bens = opened(stage, "ben")
    with pytest.raises(errors.NotFound):
        services.end_session(session_id=id_of(bens.session_key or ""), **given(stage, "ada"))
    assert BrowserSession.objects.count() == 1
    assert facts("session:ended", stage.id) == []


def test_all_others_end_and_this_one_stays(stage: Stage) -> None:
    here = opened(stage, "ada")
    for _ in range(2):
        opened(stage, "ada")
    bens = opened(stage, "ben")
    services.end_other_sessions(kept=id_of(here.session_key or ""), **given(stage, "ada"))
    kept = set(BrowserSession.objects.values_list("id", flat=True))
    assert kept == {id_of(here.session_key or ""), id_of(bens.session_key or "")}
    assert last("session:ended", stage.id)["data"] == {"sessions": 2}
    with pytest.raises(errors.AlreadyOver):
        services.end_other_sessions(kept=id_of(here.session_key or ""), **given(stage, "ada"))


def test_an_admin_ends_all_sessions_of_a_member(stage: Stage, other: Stage) -> None:
    client = Client()
    client.force_login(User.objects.get(id=stage.people["ben"]))
    assert client.get("/w/demo/settings/profile").status_code == 200
    services.end_sessions(**given(stage, "ben"))
    assert client.get("/w/demo/settings/profile").status_code == 302
    with pytest.raises(errors.AlreadyOver):
        services.end_sessions(**given(stage, "ben"))
    with pytest.raises(errors.NotFound):
        services.end_sessions(**{**given(stage, "ben"), "user_id": other.people["cleo"]})


def test_use_is_noted_once_a_minute(stage: Stage, django_assert_num_queries: Any) -> None:
    session_id = id_of(opened(stage, "ada").session_key or "")
    later = stage.at + timedelta(minutes=2)
    with django_assert_num_queries(1):
        services.note_seen(session_id, at=later)
        services.note_seen(session_id, at=later + timedelta(seconds=59))
    assert BrowserSession.objects.get().seen_at == later
