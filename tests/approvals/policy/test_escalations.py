"""Plans and rotations of a document: their shape, and whom they name."""

from datetime import date, timedelta

import pytest

from approvals.policy.document import parse
from approvals.policy.errors import PolicyError
from approvals.policy.lint_escalations import escalation_faults, escalation_warnings
from approvals.policy.model import EscalationStep, Recipient, Repeat

MINUTE = timedelta(minutes=1)
GROUPS = {"finance": 2, "empty": 0}
PEOPLE = {"ada": 1, "ben@example.com": 1, "eve": 2}


def plan(step: str, rest: str = "") -> str:
    return f"name: x\nescalations: {{ring: [{step}]}}\n{rest}"


def faults(text: str) -> list[tuple[str, str]]:
    found = escalation_faults(parse(text), groups=GROUPS, known=lambda name: PEOPLE.get(name, 0))
    return [(problem.pointer, problem.code) for problem in found]


def test_a_step_says_whom_it_tells_over_what_and_how_often() -> None:
    step = "{after: 10m, notify: [{group: finance}, {person: ada}], channels: [email], repeat: {every: 5m, times: 3}}"
    assert parse(plan(step)).escalations["ring"] == (
        EscalationStep(
            after=10 * MINUTE,
            notify=(Recipient("group", "finance"), Recipient("person", "ada")),
            channels=("email",),
            reassign=False,
            repeat=Repeat(5 * MINUTE, 3),
        ),
    )


def test_a_rotation_is_handed_over_at_its_usual_hour_where_nothing_is_said() -> None:
    text = "name: x\nschedules: {a: {members: [ada], rotation: daily}, b: {members: [ada], begins: 2026-11-23}}"
    found = parse(text).schedules
    assert (found["a"].handover, found["a"].begins) == ("09:00", None)
    assert (found["b"].handover, found["b"].begins) == ("Mon 09:00", date(2026, 11, 23))


@pytest.mark.parametrize(
    ("text", "pointer", "code"),
    [
        (plan("{after: 1m, notify: [{group: a}], repeat: {}}"), "/escalations/ring/0/repeat/every", "not_a_duration"),
        (
            plan("{after: 1m, notify: [{group: a}], repeat: {every: 10s}}"),
            "/escalations/ring/0/repeat/every",
            "not_a_duration",
        ),
        (
            plan("{after: 1m, notify: [{group: a}], repeat: {every: 1m, times: 51}}"),
            "/escalations/ring/0/repeat/times",
            "not_a_count",
        ),
        (
            plan("{after: 1m, notify: [{group: a}], repeat: {every: 1m, until: x}}"),
            "/escalations/ring/0/repeat/until",
            "unknown_key",
        ),
        (plan(", ".join(["{after: 1m, notify: [{group: a}]}"] * 21)), "/escalations/ring", "too_many"),
        (
            "name: x\nschedules: {a: {members: [ada], rotation: daily, handover: 'Mon 09:00'}}",
            "/schedules/a/handover",
            "bad_handover",
        ),
        ("name: x\nschedules: {a: {members: [ada], handover: '09:00'}}", "/schedules/a/handover", "bad_handover"),
        ("name: x\nschedules: {a: {members: [ada], begins: monday}}", "/schedules/a/begins", "not_a_day"),
    ],
)
def test_a_fault_of_shape_is_named(text: str, pointer: str, code: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        parse(text)
    assert [(problem.pointer, problem.code) for problem in refusal.value.problems] == [(pointer, code)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (plan("{after: 1m, notify: [{group: finance}, {group: empty}, {person: ada}]}"), []),
        (plan("{after: 1m, notify: [{group: nobody}]}"), [("/escalations/ring/0/notify/0/group", "unknown_group")]),
        (plan("{after: 1m, notify: [{person: zoe}]}"), [("/escalations/ring/0/notify/0/person", "unknown_person")]),
        (plan("{after: 1m, notify: [{person: eve}]}"), [("/escalations/ring/0/notify/0/person", "ambiguous_person")]),
        (
            "name: x\nschedules: {a: {members: [ada, zoe, ben@example.com]}}",
            [("/schedules/a/members/1", "unknown_person")],
        ),
    ],
)
def test_whom_nobody_is_cannot_be_saved(text: str, found: list[tuple[str, str]]) -> None:
    assert faults(text) == found


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ("{after: 1m, notify: [{group: finance}]}", []),
        ("{after: 1m, notify: [{group: empty}]}", [("/escalations/ring/0/notify", "empty_level")]),
        ("{after: 1m, notify: [{group: empty}, {person: ada}]}", []),
        ("{after: 5h, notify: [{group: finance}]}", [("/escalations/ring/0/after", "after_expiry")]),
    ],
)
def test_a_level_that_would_tell_nobody_is_warned_of(step: str, found: list[tuple[str, str]]) -> None:
    warned = escalation_warnings(parse(plan(step)), groups=GROUPS)
    assert [(problem.pointer, problem.code) for problem in warned] == found
