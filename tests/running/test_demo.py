"""The demo: its policies hold, its people are the cast, and what it hands over opens the doors."""

import json
import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.test import override_settings

from accounts import keys
from accounts import queries as accounts_queries
from approvals import envelope
from approvals.policy.compiled import compile_document
from approvals.policy.document import parse
from approvals.policy.lint import lint
from approvals.policy.schema import schema_problems
from config.demo import build, handover, scenes
from config.demo.cast import DEMO, OTHER

POLICY = parse((build.POLICIES / DEMO.policy).read_text())


@pytest.mark.parametrize("name", [DEMO.policy, OTHER.policy])
def test_a_policy_of_the_demo_has_no_problems(name: str) -> None:
    document = parse((build.POLICIES / name).read_text())
    assert lint(document, group_sizes={"reviewers": 2, "finance": 2}) == ()


def test_a_call_of_the_airlines_desk_that_does_not_fit_is_asked_about() -> None:
    asking = {name for name, spec in POLICY.tools.items() if spec.on_schema_error == "ask"}
    assert asking == {
        "book_reservation",
        "cancel_reservation",
        "send_certificate",
        "update_reservation_baggages",
        "update_reservation_flights",
        "update_reservation_passengers",
    }


def test_every_tool_says_what_it_does() -> None:
    assert [name for name, spec in POLICY.tools.items() if not spec.effect_text or spec.schema is None] == []


def test_what_otto_sends_is_an_envelope_and_fits_the_schemas() -> None:
    policy, chance = compile_document(POLICY), random.Random(1)
    for number in range(120):
        made = scenes.scene(number, chance)
        envelope.read({"tool_call": {"name": made.tool, "args": made.args}, **made.claims})
        validator = policy.plan(made.tool).validator
        assert made.tool == "warehouse.write_off" if validator is None else schema_problems(validator, made.args) == ()


def test_otto_shows_something_hostile_in_each_six() -> None:
    chance = random.Random(1)
    sent = [json.dumps(scenes.scene(number, chance).args, ensure_ascii=False) for number in range(24)]
    hostile = [number for number, args in enumerate(sent) if not args.isprintable()]
    assert hostile == [5, 11, 17, 23]


@pytest.fixture(autouse=True)
def debug() -> Iterator[None]:
    """A demo opens only where DEBUG is on."""
    with override_settings(DEBUG=True):
        yield


def test_the_handed_over_credentials_open_the_doors(db: None, at: datetime) -> None:
    handed = build.build("http://127.0.0.1:8000", at)
    otto = accounts_queries.caller_for(keys.digest(handed["agents"]["otto"]["key"]), at)
    assert otto is not None
    assert (otto.agent_name, otto.workspace_slug, otto.scopes) == ("otto", "demo", ("actions:write",))
    members = {n: accounts_queries.member_for_token(keys.digest(p["token"]), at) for n, p in handed["people"].items()}
    seen = {name: (m.workspace_slug, m.role, list(m.groups)) for name, m in members.items() if m}
    assert seen == {
        name: ("other" if name == "cleo" else "demo", person["role"], sorted(person["groups"]))
        for name, person in handed["people"].items()
    }
    eve = members["eve"]
    assert eve is not None
    assert otto.owner_id == eve.user_id
    ci = accounts_queries.caller_for(keys.digest(handed["service"]["ci"]["key"]), at)
    assert ci is not None
    assert (ci.agent_id, ci.scopes) == ("", ("policies:read", "policies:propose", "datasets:read", "evals:write"))


def test_it_stands_until_its_key_opens_nothing(db: None, at: datetime) -> None:
    assert not build.stands(None, at)
    handed = build.build("http://127.0.0.1:8000", at)
    assert build.stands(handed, at)
    assert not build.stands({"agents": {"otto": {"key": "csk_of_another_database"}}}, at)


def test_building_twice_keeps_the_people_and_draws_new_credentials(db: None, at: datetime) -> None:
    first, second = (build.build("http://127.0.0.1:8000", at) for _ in range(2))
    emails = [{name: p["email"] for name, p in made["people"].items()} for made in (first, second)]
    assert emails[0] == emails[1]
    assert first["people"]["ada"]["password"] != second["people"]["ada"]["password"]
    assert build.stands(second, at)


def test_without_debug_the_demo_opens_nothing(db: None, at: datetime) -> None:
    handed = build.build("http://127.0.0.1:8000", at)
    with override_settings(DEBUG=False):
        assert not build.stands(handed, at)


def test_a_half_written_handover_counts_as_none(tmp_path: Path) -> None:
    assert handover.read(tmp_path) is None
    (tmp_path / handover.FILE).write_text('{"base_url": "http')
    assert handover.read(tmp_path) is None
    handover.write(tmp_path, {"workspace": "demo"})
    assert (handover.read(tmp_path), [path.name for path in tmp_path.iterdir()]) == (
        {"workspace": "demo"},
        ["demo.json"],
    )
    assert (tmp_path / handover.FILE).stat().st_mode & 0o777 == 0o600
