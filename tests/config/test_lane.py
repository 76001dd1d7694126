"""Machines take a short way through the WSGI server; what they are answered is the same."""

import io
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_started
from django.db import close_old_connections
from django.test import Client

from config.lane import SPREAD_EVERY
from config.wsgi import application
from tests.cast import Stage

ANSWERED = ("/api/v1/actions", "/api/v1/nothing", "/api", "/.well-known/jwks.json", "/healthz")


@pytest.fixture(autouse=True)
def _the_connection_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in Django's own test client: a server closes connections around requests, and a test still needs its own."""
    monkeypatch.setattr("config.lane.close_old_connections", lambda: None)
    monkeypatch.setattr("config.wsgi.machines._answered", itertools.count(1))
    request_started.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)


def ask(path: str, method: str = "GET", **sent: str) -> tuple[str, dict[str, str], bytes]:
    """Status, headers in lower case, and body, as a WSGI server gets them."""
    told: list[tuple[str, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        told.append((status, {name.lower(): value for name, value in headers}))

    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
        **sent,
    }
    body = b"".join(application(environ, start_response))
    [(status, headers)] = told
    return status, headers, body


@pytest.mark.django_db
@pytest.mark.parametrize("path", ANSWERED)
def test_the_short_way_answers_like_the_long_one(path: str) -> None:
    status, headers, body = ask(path)
    through_all = Client().get(path)
    assert status == f"{through_all.status_code} {through_all.reason_phrase}"
    assert {**headers, "x-request-id": ""} == {
        **{name.lower(): value for name, value in through_all.headers.items()},
        "x-request-id": "",
    }
    assert len(body) == len(through_all.content)


@pytest.mark.django_db
def test_a_route_that_was_looked_up_before_answers_the_same() -> None:
    assert ask("/api/v1/whoami")[0] == ask("/api/v1/whoami")[0] == "401 Unauthorized"


@pytest.mark.django_db
def test_a_route_that_was_looked_up_before_takes_the_id_of_this_request(stage: Stage) -> None:
    otto = {"HTTP_AUTHORIZATION": f"Bearer {stage.keys['otto']}"}
    asked = [stage.submit() for _ in range(3)]
    told = [json.loads(ask(f"/api/v1/actions/{view.id}", **otto)[2])["id"] for view in asked]
    assert told == [view.id for view in asked]


@pytest.mark.django_db
def test_an_id_says_nothing_of_what_follows_it(stage: Stage) -> None:
    action = stage.submit()
    assert [ask(f"/api/v1/actions/{action.id}{rest}")[0] for rest in ("", "/nothing", "/reviews", "")] == [
        "401 Unauthorized",
        "404 Not Found",
        "405 Method Not Allowed",
        "401 Unauthorized",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("instead", ["*", "", "act_", "None"])
def test_what_is_no_id_leads_to_nobody_elses_action(stage: Stage, instead: str) -> None:
    otto = {"HTTP_AUTHORIZATION": f"Bearer {stage.keys['otto']}"}
    assert ask(f"/api/v1/actions/{stage.submit().id}", **otto)[0] == "200 OK"
    assert ask(f"/api/v1/actions/{instead}/messages", **otto)[0] in ("404 Not Found", "405 Method Not Allowed")
    assert ask(f"/api/v1/actions/{instead or 'x'}", **otto)[0] == "404 Not Found"


@pytest.mark.django_db
def test_one_answer_of_many_lets_its_connection_go_to_another_worker() -> None:
    told = [ask("/healthz")[1].get("connection") for _ in range(2 * SPREAD_EVERY)]
    assert [n for n, word in enumerate(told, start=1) if word == "close"] == [SPREAD_EVERY, 2 * SPREAD_EVERY]
    assert set(told) == {None, "close"}


@pytest.mark.django_db
@pytest.mark.parametrize("protocol", ["HTTP/1.0", "HTTP/2"])
def test_where_no_connection_is_kept_or_the_word_is_forbidden_it_is_not_said(protocol: str) -> None:
    told = [ask("/healthz", SERVER_PROTOCOL=protocol)[1] for _ in range(2 * SPREAD_EVERY)]
    assert [headers for headers in told if "connection" in headers] == []


@pytest.mark.django_db
def test_people_take_the_long_way() -> None:
    status, headers, _ = ask("/login/")
    assert (status, "nonce-" in headers["content-security-policy"]) == ("200 OK", True)


@pytest.mark.django_db
def test_an_address_that_only_begins_like_the_api_is_a_page() -> None:
    assert ask("/apiary")[1]["content-type"] == "text/html; charset=utf-8"
