"""The stream of decisions is counted once, alarms once, and people own what was raised."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy
import pytest

from approvals import queries as approvals
from approvals import services as policy_services
from approvals.errors import BadRequest, Conflict, NotFound
from approvals.services import policy_reading
from audit.actor import OPERATOR, Door
from audit.models import Event
from feedback.models import Autonomy, Label, SignalDay, StreamDay
from feedback.queries import series as queries
from feedback.services import autonomy, erase_labels, judge_outcome, sweeping, watching
from outbox import jobs
from outbox.models import Job
from tests.cast import POLICY, Stage, use_policy
from tests.feedback.deciding import label, waive

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def days(stage: Stage, rates: list[float], a_day: int = 30, **given: Any) -> None:
    """Decisions of so many days up to now, rejected by chance at these rates."""
    generator = numpy.random.Generator(numpy.random.PCG64(2026))
    for place, rate in enumerate(rates):
        at = NOW - timedelta(days=len(rates) - place)
        for n in range(a_day):
            kind = "rejected" if generator.random() < rate else "approved"
            label(stage, place * 100 + n, at=at, kind=kind, **given)


def swept(stage: Stage) -> int:
    """How many alerts were raised."""
    while watching.count(at=NOW, workspace_id=stage.id):
        pass
    return watching.watch(at=NOW, workspace_id=stage.id)


def test_a_label_is_counted_once_on_the_day_it_was_asked(stage: Stage) -> None:
    at = NOW.replace(hour=0, minute=3)
    label(stage, 1, at=at, kind="rejected")
    label(stage, 2, at=at + timedelta(minutes=10), kind="approved")
    label(stage, 3, at=at + timedelta(minutes=10), kind="denied_by_policy")
    assert [watching.count(at=NOW, workspace_id=stage.id) for _ in range(2)] == [3, 0]
    found = SignalDay.everywhere.filter(metric="override").order_by("day").values_list("day", "x", "n")
    assert list(found) == [((NOW - timedelta(days=1)).date(), 1, 1), (NOW.date(), 0, 1)]
    assert sum(SignalDay.everywhere.filter(metric="violation").values_list("x", flat=True)) == 1


def test_a_tombstone_is_not_counted(stage: Stage) -> None:
    row = label(stage, 1, at=NOW - timedelta(hours=1))
    erase_labels(at=NOW, workspace_id=stage.id, action_ids=[row.action_id])
    assert watching.count(at=NOW, workspace_id=stage.id) == 1
    assert (SignalDay.everywhere.count(), StreamDay.everywhere.count()) == (0, 0)


def test_a_label_of_this_very_moment_waits(stage: Stage) -> None:
    label(stage, 1, at=NOW)
    assert watching.count(at=NOW, workspace_id=stage.id) == 0
    assert watching.count(at=NOW + timedelta(minutes=1), workspace_id=stage.id) == 1


def test_a_rise_is_raised_once_and_has_an_owner_and_an_outcome(stage: Stage) -> None:
    days(stage, [0.08] * 25 + [0.4] * 4)
    assert (swept(stage), swept(stage)) == (1, 0)
    (alert,) = queries.alerts(stage.id, closed=False)
    assert (alert.metric, alert.agent_name, alert.tool, alert.cause) == ("override", "otto", "crm.note", "drift")
    assert alert.rate > 2 * alert.baseline
    given: dict[str, Any] = {"actor": OPERATOR, "at": NOW, "workspace_id": stage.id, "alert_id": alert.id}
    watching.acknowledge(**given)
    with pytest.raises(BadRequest):
        watching.close(outcome="perhaps", **given)
    watching.close(outcome="true", note="The prompt was changed", **given)
    assert queries.alerts(stage.id, closed=False) == []
    (closed,) = queries.alerts(stage.id, closed=True)
    assert (closed.owner_name, closed.outcome, closed.note) == ("the operator", "true", "The prompt was changed")
    assert swept(stage) == 0
    with pytest.raises(Conflict):
        watching.acknowledge(**given)
    kinds = Event.objects.filter(kind__startswith="alert:").values_list("kind", flat=True)
    assert sorted(kinds) == ["alert:acknowledged", "alert:closed", "alert:raised"]


def test_a_flat_stream_raises_nothing(stage: Stage) -> None:
    days(stage, [0.08] * 40, a_day=20)
    assert swept(stage) == 0


def test_what_moved_with_a_policy_is_told_as_that(stage: Stage) -> None:
    days(stage, [0.05] * 22, policy="pol_old")
    generator = numpy.random.Generator(numpy.random.PCG64(1))
    for n in range(90):
        kind = "rejected" if generator.random() < 0.5 else "approved"
        label(stage, 9000 + n, at=NOW - timedelta(hours=2), kind=kind, policy="pol_new")
    assert swept(stage) == 1
    (alert,) = queries.alerts(stage.id, closed=False)
    assert alert.cause == "policy"
    assert queries.open_alerts(stage.id, alert.agent_id, alert.tool) == 0


def test_an_alert_of_demo_is_not_there_for_others(stage: Stage, other: Stage) -> None:
    days(stage, [0.05] * 22 + [0.6] * 2)
    swept(stage)
    (alert,) = queries.alerts(stage.id, closed=False)
    with pytest.raises(NotFound):
        watching.acknowledge(actor=OPERATOR, at=NOW, workspace_id=other.id, alert_id=alert.id)
    assert (queries.alerts(other.id, closed=False), list(queries.all_series(other.id, NOW))) == ([], [])


def test_a_sweep_is_ordered_once_and_does_everything(stage: Stage) -> None:
    # One draw for certain: an approval may by chance be drawn for an audit as well.
    label(stage, 1, at=NOW - timedelta(hours=1), risk="critical", kind="rejected")
    assert [sweeping.order(at=NOW) for _ in range(2)] == [1, 0]
    job = Job.objects.get(kind="sweep")
    Job.objects.filter(pk=job.pk).update(leased_until=NOW)
    assert jobs.run(job_id=job.pk, leased_until=NOW, now=lambda: NOW)
    job.refresh_from_db()
    assert (job.outcome, job.result) == (
        "done",
        {"counted": 1, "drawn": 1, "alerts": 0, "readiness": 0, "revoked": 0, "proposed": 0},
    )
    assert sweeping.order(at=NOW) == 0


def record(stage: Stage, n: int, *, people: tuple[str, ...] = ("ada", "ben"), tool: str = "crm.note") -> None:
    """So many right calls, spread over fifteen days."""
    for i in range(n):
        at = NOW - timedelta(days=16) + timedelta(hours=i * 15 * 24 / max(1, n - 1))
        label(stage, i, at=at, by=people[i % len(people)], tool=tool)


@pytest.fixture
def reversible(stage: Stage) -> None:
    """A note can be taken back; a refund could be too, but it is a payment."""
    text = POLICY.replace("    risk: low\n", "    risk: low\n    reversible: true\n")
    use_policy(stage, text.replace("    risk: medium\n", "    risk: medium\n    reversible: true\n"))


def proposed(stage: Stage) -> int:
    """With the five controls waived by Ada, who answers for them: what is asked here is the record."""
    waive(stage)
    return autonomy.propose(at=NOW, workspace_id=stage.id)


def test_59_of_59_end_as_a_proposal_that_two_people_sign(stage: Stage, reversible: None) -> None:
    record(stage, 59)
    assert [proposed(stage), proposed(stage)] == [1, 0]
    (row,) = Autonomy.everywhere.all()
    (proposal,) = policy_reading.proposals(stage.id)
    assert (proposal.id, proposal.by_name) == (row.proposal_id, "Countersign")
    assert "59 of 59 calls of crm.note were right" in proposal.note
    change = policy_reading.change_to(stage.id, proposal.version_id, NOW)
    assert (change.difference.direction, change.signers) == ("loosens", 2)
    for name in ("ada", "eve"):
        policy_services.sign_policy(
            actor=stage.member(name).actor(Door.WEB, "password"), at=NOW, workspace_id=stage.id,
            proposal_id=proposal.id, base_id=change.base_id,
        )  # fmt: skip
    assert stage.submit("crm.note", {"text": "anything"}, at=NOW).state == "approved"


@pytest.mark.usefixtures("reversible")
def test_nothing_is_proposed_for_an_agent_that_is_not_ready(stage: Stage) -> None:
    record(stage, 59)
    assert autonomy.propose(at=NOW, workspace_id=stage.id) == 0
    assert proposed(stage) == 1


def test_58_of_58_are_not_proposed(stage: Stage, reversible: None) -> None:
    record(stage, 58)
    assert proposed(stage) == 0


def test_one_reviewer_a_payment_or_what_cannot_be_undone_is_not_proposed(stage: Stage) -> None:
    record(stage, 59)
    assert proposed(stage) == 0  # a note that nobody can take back


@pytest.mark.usefixtures("reversible")
def test_one_reviewer_is_not_enough(stage: Stage) -> None:
    record(stage, 80, people=("ada",))
    assert proposed(stage) == 0


@pytest.mark.usefixtures("reversible")
def test_a_payment_is_never_proposed(stage: Stage) -> None:
    record(stage, 200, tool="billing.refund")
    assert proposed(stage) == 0


@pytest.mark.usefixtures("reversible")
def test_what_turned_out_wrong_later_counts(stage: Stage) -> None:
    record(stage, 59)
    first = Label.everywhere.order_by("id")[3]
    judge_outcome(actor=OPERATOR, at=NOW, workspace_id=stage.id, action_id=first.action_id, right=False)
    assert proposed(stage) == 0


@pytest.mark.usefixtures("reversible")
def test_a_severe_error_revokes_at_once(stage: Stage) -> None:
    record(stage, 59)
    assert proposed(stage) == 1
    assert autonomy.revoke_lost(at=NOW, workspace_id=stage.id) == 0
    bad = label(stage, 999, at=NOW + timedelta(minutes=1), kind="allowed_by_policy")
    judge_outcome(actor=OPERATOR, at=NOW, workspace_id=stage.id, action_id=bad.action_id, right=False, severe=True)
    assert [autonomy.revoke_lost(at=NOW, workspace_id=stage.id) for _ in range(2)] == [1, 0]
    (stop,) = approvals.stops_on(stage.id)
    assert (stop.mode, stop.target, stop.reason) == (
        "force_approvals", "otto", "Autonomy for crm.note was lost: a severe error.",
    )  # fmt: skip
    assert proposed(stage) == 0
    kinds = Event.objects.filter(kind__startswith="autonomy:").values_list("kind", flat=True)
    assert sorted(kinds) == ["autonomy:proposed", "autonomy:revoked"]
