"""Exports that come by themselves: of the period that just ended, once, and told by a letter without data."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from accounts import services as accounts
from approvals.errors import BadRequest, NotFound
from audit.actor import OPERATOR
from audit.models import Event
from compliance import filters, periods
from compliance.models import Export, Schedule
from compliance.queries.exports import page, schedules
from compliance.services import exports
from compliance.services import schedules as services
from console.mail import deliver
from outbox.models import Message
from outbox.types import Delivery
from tests.cast import Stage
from tests.compliance.ordering import dana, work

# Every second of nine hundred years.
MOMENTS = st.integers(0, 900 * 365 * 86400).map(
    lambda seconds: datetime(1980, 1, 1, tzinfo=UTC) + timedelta(0, seconds)
)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Any) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"


def begin(stage: Stage, every: str = "week", user: str = "eve", what: str = "all", **asked: str) -> str:
    return services.set_schedule(
        actor=dana(stage),
        at=stage.at,
        workspace_id=stage.id,
        what=what,
        form="pdf",
        wanted=filters.read(asked),
        every=every,
        user_id=stage.people[user],
    )


def next_at(stage: Stage) -> datetime:
    return Schedule.everywhere.get(workspace_id=stage.id).next_at


@pytest.mark.parametrize(
    ("every", "begins", "follows"),
    [
        ("day", "2028-02-29", "2028-03-01"),
        ("week", "2028-02-28", "2028-03-06"),
        ("month", "2028-02-01", "2028-03-01"),
    ],
)
def test_periods_begin_at_midnight_utc(every: str, begins: str, follows: str) -> None:
    at = datetime(2028, 2, 29, 23, 59, tzinfo=UTC)
    days = [periods.beginning(at, every), periods.following(at, every)]
    assert [day.isoformat() for day in days] == [f"{begins}T00:00:00+00:00", f"{follows}T00:00:00+00:00"]


@given(MOMENTS, st.sampled_from(periods.EVERY))
def test_periods_follow_one_another_without_a_gap(at: datetime, every: str) -> None:
    begun, end = periods.beginning(at, every), periods.following(at, every)
    assert begun <= at < end
    assert periods.beginning(end - timedelta(microseconds=1), every) == begun
    assert periods.beginning(end, every) == end


def test_it_is_of_the_period_that_ended_and_comes_once(stage: Stage) -> None:
    begin(stage)
    due = next_at(stage)
    assert services.fire_due(at=due - timedelta(seconds=1)) is False
    assert Export.everywhere.count() == 0
    services.fire_due(at=due + timedelta(minutes=3))
    services.fire_due(at=due + timedelta(minutes=3))
    [view] = page(stage.id)
    asked = filters.read(view.asked)
    assert (asked.since, asked.until, view.by_name) == (due - timedelta(days=7), due, "Countersign")
    assert next_at(stage) == due + timedelta(days=7)


def test_one_that_was_slept_through_comes_once_and_of_the_last_period(stage: Stage) -> None:
    begin(stage, "day")
    due = next_at(stage)
    services.fire_due(at=due + timedelta(days=3, hours=2))
    [view] = page(stage.id)
    assert filters.read(view.asked).until == due + timedelta(days=3)
    assert next_at(stage) == due + timedelta(days=4)


def test_while_workers_are_busy_it_waits_and_is_not_lost(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    begin(stage)
    due = next_at(stage)
    services.fire_due(at=due)
    assert (Export.everywhere.count(), next_at(stage)) == (0, due + services.LATER)
    monkeypatch.setattr(exports, "AT_ONCE", 5)
    services.fire_due(at=due + services.LATER)
    [view] = page(stage.id)
    assert filters.read(view.asked).until == due


def test_the_letter_holds_a_link_and_no_data(stage: Stage) -> None:
    stage.review("ben", stage.submit())
    begin(stage)
    stage.at = next_at(stage)
    services.fire_due(at=stage.at)
    work(stage)
    letter = _letters(stage)
    assert (letter.to, letter.subject) == (["eve@example.com"], "[demo] Export: All standard reports")
    assert "http://127.0.0.1:8000/w/demo/audit/exports/" in letter.body
    for word in ("refund", "otto", "Ben", "cus_1"):
        assert word not in letter.body


def _letters(stage: Stage) -> Any:
    message = Message.objects.get(kind="export.made")
    deliver.send(Delivery(message.pk, stage.id, message.kind, message.subject, message.payload, 0, message.created_at))
    return mail.outbox[-1] if mail.outbox else None


def test_whoever_may_open_evidence_no_more_gets_none(stage: Stage) -> None:
    begin(stage)
    stage.at = next_at(stage)
    services.fire_due(at=stage.at)
    work(stage)
    _role(stage, "eve", "lead", stage.at)
    assert _letters(stage) is None
    services.fire_due(at=stage.at + timedelta(days=7))
    assert (schedules(stage.id), len(page(stage.id))) == ([], 1)


def _role(stage: Stage, name: str, role: str, at: datetime) -> None:
    given: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id}
    accounts.change_role(user_id=stage.people["ben"], role="admin", **given)
    accounts.change_role(user_id=stage.people[name], role=role, **given)


def test_setting_and_ending_one_are_facts(stage: Stage, other: Stage) -> None:
    schedule_id = begin(stage)
    with pytest.raises(NotFound):
        services.end_schedule(actor=OPERATOR, at=stage.at, workspace_id=other.id, schedule_id=schedule_id)
    services.end_schedule(actor=dana(stage), at=stage.at, workspace_id=stage.id, schedule_id=schedule_id)
    with pytest.raises(NotFound):
        services.end_schedule(actor=dana(stage), at=stage.at, workspace_id=stage.id, schedule_id=schedule_id)
    kinds = Event.objects.filter(subject_id=schedule_id).values_list("kind", flat=True)
    assert sorted(kinds) == ["schedule:ended", "schedule:set"]


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"every": "year"}, "/every"),
        ({"user": "ben"}, "/user"),
        ({"what": "nothing"}, "/what"),
        ({"since": "2026-11-20T00:00:00Z"}, "/since"),
    ],
)
def test_what_cannot_be_scheduled_says_where(stage: Stage, options: dict[str, str], pointer: str) -> None:
    with pytest.raises(BadRequest) as refused:
        begin(stage, **options)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
