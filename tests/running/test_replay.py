"""A recorded agent, a perfect reviewer, the real SDK and a real server: what runs is what was right."""

from pathlib import Path

import pytest

from bench import _instance, replay_tau
from bench._tau_reviewer import Reviewer, Verdict
from tests.plugins import migrated

FIXTURE = Path(__file__).parents[1] / "fixtures" / "replay"
SUMS = {"actions": 10, "approved": 3, "edited": 3, "rejected": 4, "executed_wrong": 0, "labels": 10, "dataset_wrong": 0}


@pytest.mark.process
def test_every_call_of_the_fixture_runs_as_it_should(tmp_path: Path) -> None:
    with (
        migrated.database(tmp_path, "replay_test") as database,
        _instance.running(
            tmp_path, "--demo", env={"DATABASE_URL": database, "REDIS_URL": ""}, at_once=True
        ) as instance,
    ):
        assert replay_tau.replay(instance, replay_tau.recorded(FIXTURE)) == SUMS


def test_an_absent_recording_is_said_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(replay_tau, "RECORDINGS", tmp_path / "nowhere")
    monkeypatch.setattr("sys.argv", ["replay_tau"])
    with pytest.raises(SystemExit) as ended:
        replay_tau.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"replay_tau: {tmp_path / 'nowhere'} is absent or empty")


def test_a_named_folder_without_recordings_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["replay_tau", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        replay_tau.main()
    assert ended.value.code == 1


def test_a_gold_call_serves_once() -> None:
    ben = Reviewer([{"name": "cancel", "args": {"id": "A"}}])
    assert ben.decide("cancel", {"id": "A"}) == Verdict("approve", {"id": "A"})
    assert ben.decide("cancel", {"id": "A"}) == Verdict("reject")


def test_the_same_call_in_another_order_of_keys_and_another_writing_of_numbers_is_approved() -> None:
    ben = Reviewer([{"name": "pay", "args": {"to": "x", "amount": 5}}])
    assert ben.decide("pay", {"amount": 5.0, "to": "x"}) == Verdict("approve", {"to": "x", "amount": 5})


def test_true_is_not_one() -> None:
    ben = Reviewer([{"name": "set", "args": {"n": 1}}])
    assert ben.decide("set", {"n": True}) == Verdict("edit", {"n": 1})


def test_a_wrong_call_becomes_the_gold_one_that_shares_most_arguments() -> None:
    far, near = {"id": "A", "cabin": "business", "pay": "c9"}, {"id": "A", "cabin": "economy", "pay": "c1"}
    ben = Reviewer([{"name": "book", "args": far}, {"name": "book", "args": near}])
    assert ben.decide("book", {"id": "A", "cabin": "economy", "pay": "c2"}) == Verdict("edit", near)


def test_of_equals_the_first_is_taken() -> None:
    first, second = {"id": "A", "n": 1}, {"id": "A", "n": 2}
    ben = Reviewer([{"name": "bags", "args": first}, {"name": "bags", "args": second}])
    assert ben.decide("bags", {"id": "A", "n": 3}) == Verdict("edit", first)


def test_what_nobody_wanted_is_rejected() -> None:
    assert Reviewer([{"name": "bags", "args": {}}]).decide("cancel", {"id": "A"}) == Verdict("reject")
