"""Deep runs find what fits its hashes and is not true; schedules, verdicts and exit codes."""

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts import services as accounts
from approvals.models import Decision
from audit import trees
from audit.actor import OPERATOR
from audit.models import Event, Log, Verdict
from audit.services import Keeper
from audit.verdicts import Code, Report
from compliance.services import verifying
from outbox import jobs
from outbox.models import Job
from tests.approvals.presses import ask, edit, report, spend, withdraw
from tests.audit.logging_events import keep, keeper, write
from tests.cast import Stage
from tests.compliance.conftest import Erase
from tests.tampering import tampering


@pytest.fixture
def pulse(tmp_path: Path, settings: Settings) -> Keeper:
    settings.LOG_HEADS_DIR = tmp_path / "heads"
    return keeper(settings.LOG_HEADS_DIR)


@pytest.fixture
def told(stage: Stage, pulse: Keeper, at: datetime) -> Stage:
    """A workspace in which every kind of move has happened, and its log."""
    asked, run, dropped, mended = (stage.submit() for _ in range(4))
    ask(stage, "ada", asked)
    stage.review("ben", asked, "reject", reason_code="policy", comment="no")
    done = stage.review("ben", run)
    spend(stage, done)
    report(stage, done)
    withdraw(stage, dropped)
    edit(stage, "ada", mended)
    keep(pulse, at)
    return stage


def log_of(stage: Stage) -> Log:
    log = trees.current(stage.id)
    assert log is not None
    return log


def judged(stage: Stage, *, deep: bool = True, since: int = 0) -> Report:
    return verifying.verify_log(actor=OPERATOR, at=timezone.now(), log=log_of(stage), deep=deep, since=since)


def test_what_really_happened_passes_the_deepest_look(told: Stage) -> None:
    found = judged(told)
    assert (found.code, found.faults) == (Code.UNWITNESSED, [])
    assert found.size > 10


SPENT = "where kind = 'grant:spent'"
REJECTED = "where state = 'rejected'"
TABLE: tuple[tuple[str, str, str], ...] = (
    ("who did it", f"update audit_event set actor_id = 'usr_nobody' {SPENT}", "actor_id"),
    ("when it was", f"update audit_event set occurred_at = '2020-01-01 00:00:00+00' {SPENT}", "occurred_at"),
    ("about what it is", f"update audit_event set action_id = '' {SPENT}", "action_id"),
    ("a kept value", "update audit_disclosure set value = salt where name = 'args'", "the value kept as args"),
    ("whose value it is", "update audit_disclosure set n = 9 where name = 'args'", "the value kept as args"),
    ("a state", f"update approvals_action set state = 'approved' {REJECTED}", "was decided otherwise"),
    (
        "an action reopened",
        f"update approvals_action set state = 'pending', decided_at = null {REJECTED}",
        "1 decisions",
    ),
    ("a decision gone", "delete from approvals_decision where outcome = 'rejected'", "0 decisions in its tables, 1 in"),
    ("a vote gone", "delete from approvals_review where verdict = 'reject'", "votes in its tables"),
    ("a grant unspent", "update approvals_grant set spent_at = null", "0 spent grants in its tables, 1 in the log"),
    ("a report gone", "update approvals_execution set reported_at = null", "0 reports in its tables, 1 in the log"),
)


@pytest.mark.parametrize(("statement", "says"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_deep_run_finds_what_fits_the_hashes_and_is_not_true(told: Stage, statement: str, says: str) -> None:
    with tampering() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount > 0
    assert judged(told, deep=False).code is Code.UNWITNESSED
    found = judged(told)
    assert found.code is Code.INVALID
    assert says in "".join(fault.says for fault in found.faults)


def test_a_value_that_only_looks_sealed_is_named_too(told: Stage) -> None:
    with tampering() as cursor:
        cursor.execute("update audit_disclosure set value = %s where name = 'args'", [b"\x01\x04\xff\xfe\xfd\xfc"])
    assert "the value kept as args" in "".join(fault.says for fault in judged(told).faults)


def vanish(where: str) -> None:
    with tampering() as cursor:
        cursor.execute(f"delete from audit_disclosure where {where}")
        assert cursor.rowcount > 0


def test_a_value_that_vanished_without_an_erasure_is_named(told: Stage) -> None:
    assert judged(told).faults == []
    rejected = Event.objects.get(kind="action:decided", action_id=Decision.everywhere.get(outcome="rejected").action_id)
    vanish(f"name = 'comment' and event_id = '{rejected.id}'")
    assert judged(told, deep=False).code is Code.UNWITNESSED
    found = judged(told)
    assert (found.code, [(fault.event_id, fault.code) for fault in found.faults]) == (
        Code.INCOMPLETE,
        [(rejected.id, Code.INCOMPLETE)],
    )
    assert "and the log tells of 0 that were erased." in found.faults[0].says


@pytest.mark.parametrize("kind", ["action", "person"])
def test_an_erased_value_leaves_the_log_valid(told: Stage, erase: Erase, pulse: Keeper, kind: str) -> None:
    """And only as many may be missing as the erasures tell of."""
    if kind == "person":
        accounts.end_membership(actor=OPERATOR, at=told.at, workspace_id=told.id, user_id=told.people["ben"])
    rejected = Decision.everywhere.get(outcome="rejected").action_id
    later = told.at + timedelta(hours=1)
    done = erase(kind, rejected if kind == "action" else told.people["ben"], later)
    keep(pulse, later)
    assert (done.outcome, judged(told).faults) == ("executed", [])
    event_id = Event.objects.get(kind="action:decided", action_id=rejected).id
    vanish(f"event_id = '{event_id}'")
    assert [fault.event_id for fault in judged(told).faults] == [event_id]


def test_a_verdict_is_a_fact_and_a_row(told: Stage, pulse: Keeper) -> None:
    found = judged(told)
    event = Event.objects.get(kind="log:verified")
    assert orjson.loads(bytes(event.body))["data"] == {
        "exit": 10,
        "first": "0",
        "size": str(found.size),
        "deep": True,
        "first_bad_index": None,
        "faults": 0,
    }
    row = Verdict.objects.get()
    assert (row.log_id, row.code, row.size, row.is_deep, row.faults) == (told.id, 10, found.size, True, [])
    with tampering() as cursor:
        cursor.execute("update audit_event set door = 'cli' where kind = 'grant:spent'")
    judged(told)
    assert Event.objects.filter(kind="log:faulted").count() == 1
    newest = Verdict.objects.order_by("-id").first()
    assert newest is not None
    assert (newest.code, newest.first_bad, len(newest.faults)) == (40, newest.faults[0]["index"], 1)


def kinds_of_jobs() -> list[bool]:
    return [job.payload["whole"] for job in Job.objects.filter(kind="verify").order_by("id")]


def do_jobs(at: datetime) -> None:
    def take(job_id: str, until: datetime) -> None:
        jobs.run(job_id=job_id, leased_until=until, now=lambda: at)

    jobs.hand_out(take, at=at)


def test_every_log_is_verified_whole_each_week_and_what_is_new_each_hour(
    told: Stage, pulse: Keeper, at: datetime
) -> None:
    moments = [at + timedelta(minutes=minutes) for minutes in (0, 1, 59, 61, 62, 125)]
    ordered = []
    for moment in [*moments, at + timedelta(days=7, minutes=1)]:
        ordered.append(verifying.order_due(at=moment))
        do_jobs(moment)
        keep(pulse, moment)
    assert ordered == [1, 0, 0, 1, 0, 1, 1]
    assert kinds_of_jobs() == [True, False, False, True]
    assert {row.code for row in Verdict.objects.all()} == {10}
    firsts = list(Verdict.objects.order_by("id").values_list("first", "size"))
    assert firsts[1][1] > firsts[0][1]


def test_a_job_that_is_ordered_is_not_ordered_again(told: Stage, at: datetime) -> None:
    assert [verifying.order_due(at=at + timedelta(minutes=n)) for n in (0, 1, 59, 62)] == [1, 0, 0, 1]


def verified(*arguments: str) -> tuple[int, list[str]]:
    out = StringIO()
    try:
        call_command("audit", "verify", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def test_the_command_names_the_place_and_ends_with_its_code(told: Stage) -> None:
    size = trees.size(told.id)
    origin = log_of(told).origin
    code, lines = verified("--workspace", "demo", "--deep")
    assert (code, lines) == (10, [f"{told.id} ({origin}): entries 0 to {size}", "  verified but unwitnessed"])
    with tampering() as cursor:
        cursor.execute("update audit_leaf set leaf_hash = %s where seq = 3", [b"\0" * 32])
    code, lines = verified("--workspace", "demo")
    assert (code, lines[-2:]) == (40, ["  the first bad index is 3", "  invalid"])
    code, lines = verified("--workspace", "demo", "--json")
    assert (code, orjson.loads(lines[0])["first_bad_index"]) == (40, 3)


@pytest.mark.parametrize("since", ["0", "5", "2020-01-01", "2020-01-01T00:00:00Z", "2999-01-01"])
def test_since_takes_an_index_or_a_date(told: Stage, since: str) -> None:
    assert verified("--workspace", "demo", "--since", since)[0] == 10


@pytest.mark.parametrize(
    "arguments",
    [["--workspace", "nowhere"], ["--workspace", "system"], ["--since", "yesterday"], ["--since", "2026-13-01"]],
)
def test_a_slip_of_the_pen_is_answered(told: Stage, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        verified(*arguments)


def test_all_logs_together_end_with_the_worst(told: Stage, pulse: Keeper, at: datetime) -> None:
    write(at, 2, "")
    keep(pulse, at)
    assert verified()[0] == 10
    with tampering() as cursor:
        cursor.execute("delete from audit_checkpoint where log_id = 'system'")
        cursor.execute("update audit_leaf set leaf_hash = %s where log_id = 'system' and seq = 0", [b"\0" * 32])
    code, lines = verified()
    assert (code, len([line for line in lines if not line.startswith("  ")])) == (40, 2)
