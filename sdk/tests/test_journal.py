"""The journal: two writers, torn lines, damage, growth."""

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign import Journal, JournalError
from countersign.journal import COMPACT_ABOVE, Entry


def lines(path: Path) -> list[str]:
    return [json.loads(line)["phase"] for line in path.read_text().splitlines()[1:]]


def test_an_action_goes_through_its_phases(journal: Path) -> None:
    book = Journal(journal)
    book.claim("act_1", "key-1", "grant-1")
    assert book.start("act_1", "exe_1") is True
    book.finish("act_1", {"status": "succeeded", "output": 7})
    book.reported("act_1")
    assert lines(journal) == ["spending", "started", "finished", "reported"]
    assert book.find("act_1") == Entry("act_1", "reported", "key-1", None, "exe_1", {"status": "succeeded"})


def test_a_claim_keeps_its_first_key(journal: Path) -> None:
    first = Journal(journal).claim("act_1", "key-1", "grant-1")
    assert Journal(journal).claim("act_1", "key-2", "grant-2") == first


def test_fifty_starts_at_once_are_one_start(journal: Path) -> None:
    barrier = threading.Barrier(50)
    won: list[bool] = []

    def press() -> None:
        book = Journal(journal)
        barrier.wait()
        won.append(book.start("act_1", "exe_1"))

    threads = [threading.Thread(target=press) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 49 + [True]
    assert lines(journal) == ["started"]


def test_two_journals_over_one_file_see_each_other(journal: Path) -> None:
    here, there = Journal(journal), Journal(journal)
    here.claim("act_1", "key-1", "grant-1")
    there.claim("act_2", "key-2", "grant-2")
    here.start("act_2", "exe_2")
    assert [entry.action for entry in there.unfinished()] == ["act_1", "act_2"]
    assert there.start("act_2", "exe_2") is False


@given(cut=st.integers(min_value=1, max_value=400))
def test_a_torn_last_line_is_cut_off_and_the_rest_stays(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = tmp_path_factory.mktemp("torn") / "journal.jsonl"
    book = Journal(path)
    book.claim("act_1", "key-1", "grant-1")
    book.start("act_1", "exe_1")
    whole = path.read_bytes()
    path.write_bytes(whole[: max(len(whole) - cut, 0)])
    left = [json.loads(line) for line in path.read_bytes().split(b"\n")[1:-1]]
    again = Journal(path)
    assert [entry.phase for entry in again.unfinished()] == ([left[-1]["phase"]] if left else [])
    again.claim("act_2", "key-2", "grant-2")
    assert Journal(path).find("act_2") == Entry("act_2", "spending", "key-2", "grant-2")


@pytest.mark.parametrize("damage", ["{}", "not json", "\x00" * 20, '{"action": "act_1"}'])
def test_a_damaged_line_runs_nothing(journal: Path, damage: str) -> None:
    Journal(journal).claim("act_1", "key-1", "grant-1")
    with journal.open("a") as file:
        file.write(f"{damage}\n")
    with pytest.raises(JournalError, match="is damaged"):
        Journal(journal).start("act_1", "exe_1")


def test_closed_entries_are_dropped_when_the_file_has_grown(journal: Path) -> None:
    book, other = Journal(journal), Journal(journal)
    book.claim("act_open", "key-0", "grant-0")
    assert other.find("act_open") is not None
    number = 0
    while not (number and journal.stat().st_size < 1000):
        number += 1
        book.start(f"act_{number}", "exe")
        book.finish(f"act_{number}", {"status": "succeeded", "output": "x" * 60_000})
        book.reported(f"act_{number}")
        assert journal.stat().st_size < COMPACT_ABOVE + 200_000
    assert [entry.action for entry in other.unfinished()] == ["act_open"]
    assert (other.find("act_1"), book.find("act_1")) == (None, None)


def test_a_full_disk_leaves_no_start(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Journal(journal)
    book.claim("act_1", "key-1", "grant-1")
    before = journal.read_bytes()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(JournalError, match="No space left"):
            book.start("act_1", "exe_1")
    assert journal.read_bytes() == before
    assert book.start("act_1", "exe_1") is True


def test_nothing_is_made_by_looking(journal: Path) -> None:
    assert (Journal(journal).find("act_1"), Journal(journal).unfinished()) == (None, ())
    assert not journal.exists()


def test_the_path_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERSIGN_JOURNAL", str(tmp_path / "a.jsonl"))
    assert Journal().path == tmp_path / "a.jsonl"
    monkeypatch.delenv("COUNTERSIGN_JOURNAL")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Journal().path == tmp_path / ".local/state/countersign/journal.jsonl"
