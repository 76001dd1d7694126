"""What is signed as Slack signs it and yet is no request that Slack makes: refused, and nothing moves."""

import copy
from collections.abc import Iterator

import pytest
from django.test import Client

from tests.console.slack.floor import Floor, through
from tests.console.slack.test_attacks import pressed, signed, untouched
from tests.slack_server import forms, payloads
from tests.slack_server.carriers import parcel
from tests.slack_server.world import Json

post = through(Client())
ABSURD: tuple[object, ...] = ("x", 7, None, [], {}, [None], {"id": 7})


def nodes(tree: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where every value of a tree stands, the root left out."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from nodes(value, (*path, key))


def replaced(tree: Json, path: tuple[str | int, ...], value: object) -> Json:
    made = copy.deepcopy(tree)
    at: object = made
    for key in path[:-1]:
        at = at[key]  # type: ignore[index]
    at[path[-1]] = value  # type: ignore[index]
    return made


@pytest.mark.parametrize("absurd", ABSURD, ids=repr)
def test_no_part_of_a_press_can_be_something_else(floor: Floor, absurd: object) -> None:
    asked = floor.submit()
    told = pressed(floor, "ben", floor.card(), "cs_reject")
    answers = {path: post(signed(floor, replaced(told, path, absurd))).status for path in nodes(told)}
    assert {path: status for path, status in answers.items() if status >= 500} == {}
    assert untouched(floor, asked)


@pytest.mark.parametrize("absurd", ABSURD, ids=repr)
def test_no_part_of_a_form_can_be_something_else(floor: Floor, absurd: object) -> None:
    asked = floor.submit()
    floor.press("ben", "cs_ask")
    world, ben = floor.slack.world, floor.town["ben"]
    view = floor.hands.modal(ben)
    told = payloads.submission(world, ben, view, forms.state(view, {}))
    answers = {path: post(signed(floor, replaced(told, path, absurd))).status for path in nodes(told)}
    assert {path: status for path, status in answers.items() if status >= 500} == {}
    assert untouched(floor, asked)


@pytest.mark.parametrize("absurd", ABSURD[:4], ids=repr)
@pytest.mark.parametrize("kind", ["app_home_opened", "tokens_revoked", "user_change", "channel_rename"])
def test_no_part_of_an_event_can_be_something_else(floor: Floor, kind: str, absurd: object) -> None:
    asked = floor.submit()
    world, ben = floor.slack.world, floor.town["ben"]
    inner: dict[str, Json] = {
        "app_home_opened": {"user": ben.id, "tab": "home", "channel": "D1"},
        "tokens_revoked": {"tokens": {"oauth": [], "bot": ["U1"]}},
        "user_change": {"user": {"id": ben.id, "team_id": ben.team_id, "is_restricted": False}},
        "channel_rename": {"channel": {"id": floor.town.channels["approvals"].id, "name": "signing"}},
    }
    told = payloads.event(world, ben.team_id, {"type": kind, **inner[kind]})
    statuses = {}
    for path in nodes(told):
        what = parcel("events_api", replaced(told, path, absurd), world.app.signing_secret, world.now())
        statuses[path] = post(what).status
    assert {path: status for path, status in statuses.items() if status >= 500} == {}
    assert untouched(floor, asked)
