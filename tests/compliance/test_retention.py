"""The time of keeping: what is older goes by itself, what is held stays."""

from datetime import datetime, timedelta

import orjson
import pytest

from approvals import queries
from audit.actor import OPERATOR, Door
from audit.models import Event
from compliance import retention, services
from outbox import jobs
from outbox.models import Job
from tests.cast import Stage

YEAR = timedelta(days=365)


def rejected(stage: Stage) -> str:
    return stage.review("ben", stage.submit(), "reject", reason_code="not_needed").id


def sweep(at: datetime) -> int:
    """One look of the pulse, and the workers do what it orders; in how many workspaces it was."""
    count = services.retain_due(at=at)
    for job in Job.objects.filter(kind="retention", finished_at=None):
        until = at + timedelta(seconds=60)
        Job.objects.filter(pk=job.pk).update(leased_until=until)
        assert jobs.run(job_id=job.pk, leased_until=until, now=lambda: at)
    return count


def is_erased(stage: Stage, action_id: str) -> bool:
    return "erased" in queries.find(stage.id, action_id).terms


def test_seven_years_are_kept_where_nothing_was_chosen(stage: Stage) -> None:
    action_id = rejected(stage)
    sweep(stage.at + 7 * YEAR)
    before = is_erased(stage, action_id)
    sweep(stage.at + 7 * YEAR + timedelta(days=3))
    assert (before, is_erased(stage, action_id)) == (False, True)


def test_a_workspace_chooses_its_own_and_the_fact_names_the_basis(stage: Stage) -> None:
    action_id = rejected(stage)
    services.keep_for(actor=OPERATOR, at=stage.at, workspace_id=stage.id, days=200)
    sweep(stage.at + timedelta(days=201))
    fact = Event.objects.get(kind="erasure:executed", action_id=action_id)
    said = orjson.loads(bytes(fact.body))
    assert (said["data"]["basis"], said["actor"]["kind"]) == ("retention", "system")
    assert is_erased(stage, action_id)


def test_what_still_waits_is_kept(stage: Stage) -> None:
    view = stage.submit()
    sweep(stage.at + 8 * YEAR)
    assert not is_erased(stage, view.id)


def test_what_is_held_is_kept_until_the_hold_is_lifted(stage: Stage) -> None:
    action_id, late = rejected(stage), stage.at + 8 * YEAR
    given = {"at": stage.at, "workspace_id": stage.id}
    dana, eve = (stage.member(name).actor(Door.WEB) for name in ("dana", "eve"))
    hold = services.place_hold(actor=dana, reason="Case 12", **given)  # type: ignore[arg-type]
    sweep(late)
    held = is_erased(stage, action_id)
    services.ask_to_lift(actor=dana, hold_id=hold.id, **given)  # type: ignore[arg-type]
    services.agree_to_lift(actor=eve, hold_id=hold.id, **given)  # type: ignore[arg-type]
    sweep(late)
    assert (held, is_erased(stage, action_id)) == (False, True)


def test_a_second_sweep_finds_nothing_to_do(stage: Stage) -> None:
    rejected(stage)
    sweep(stage.at + 8 * YEAR)
    count = Event.objects.count()
    assert sweep(stage.at + 8 * YEAR) == 0
    assert Event.objects.count() == count


def test_more_than_one_batch_goes_in_one_job(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "CHUNK", 2)
    action_ids = [rejected(stage) for _ in range(5)]
    sweep(stage.at + 8 * YEAR)
    assert [is_erased(stage, action_id) for action_id in action_ids] == [True] * 5
    assert Job.objects.get().result == {"actions": 5, "values": 25, "passed_by": 0}


def test_no_second_job_is_ordered_while_one_is_under_way(stage: Stage) -> None:
    rejected(stage)
    at = stage.at + 8 * YEAR
    assert [services.retain_due(at=at), services.retain_due(at=at)] == [1, 0]
