"""Whatever is done to the database behind the product's back is named, with its place and the right exit code."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from audit import note, tiles, trees
from audit.merkle import leaf_hash, root
from audit.models import Leaf, PendingEvent
from audit.services import Keeper
from audit.verdicts import Code, Report
from audit.verify import Anchor, verify
from tests.audit.logging_events import KEY, NEXT_KEY, keep, keeper, the_log, write
from tests.tampering import opened_anew

# A full tile and a tail; checkpoints in the middle of each.
SIZES = (100, 256, 280, 300)
EVENT = "select event_id from audit_leaf where log_id = 'wsp_1' and seq = %s"
AT_7 = "where log_id = 'wsp_1' and seq = 7"
AT_280 = "where log_id = 'wsp_1' and size = 280"
ZERO = b"\0" * 32
Tamper = Callable[[Any], None]


@pytest.fixture
def pulse(tmp_path: Path) -> Keeper:
    return keeper(tmp_path)


@pytest.fixture
def written(committed: None, at: datetime, pulse: Keeper) -> None:
    """The log of one workspace, of 300 entries, beside one of another."""
    write(at, 3, "wsp_2")
    for before, size in zip((0, *SIZES), SIZES, strict=False):
        write(at, size - before)
        keep(pulse, at)


def judged(at: datetime, *, since: int = 0, anchors: Sequence[Anchor] = ()) -> Report:
    return verify(the_log(), at=at, since=since, anchors=anchors)


def body_of(cursor: Any, seq: int) -> bytes:
    cursor.execute(f"select body from audit_event where id = ({EVENT})", [seq])
    return bytes(cursor.fetchone()[0])


def change_entry(seq: int, *, leaf: bool = False, tile: bool = False) -> Tamper:
    """Another event in the place of the one that was logged; with its hashes, as far as asked."""

    def tamper(cursor: Any) -> None:
        other = body_of(cursor, seq).replace(b"export:made", b"export:lost")
        cursor.execute(f"update audit_event set body = %s where id = ({EVENT})", [other, seq])
        if leaf:
            hashed = [leaf_hash(other), seq]
            cursor.execute("update audit_leaf set leaf_hash = %s where log_id = 'wsp_1' and seq = %s", hashed)
        if tile:
            renew_tile(cursor)

    return tamper


def renew_tile(cursor: Any) -> None:
    cursor.execute("select leaf_hash from audit_leaf where log_id = 'wsp_1' and seq < 256 order by seq")
    hashes = [bytes(row[0]) for row in cursor.fetchall()]
    cursor.execute("update audit_tile set hashes = %s, root = %s", [tiles.join(hashes), root(hashes)])


def sql(statement: str, *values: Any) -> Tamper:
    return lambda cursor: cursor.execute(statement, values)


def swap(one: int, two: int) -> Tamper:
    def tamper(cursor: Any) -> None:
        for old, new in ((one, -1), (two, one), (-1, two)):
            cursor.execute("update audit_leaf set seq = %s where log_id = 'wsp_1' and seq = %s", [new, old])

    return tamper


def drop_entry(seq: int) -> Tamper:
    def tamper(cursor: Any) -> None:
        cursor.execute(f"delete from audit_event where id = ({EVENT})", [seq])
        cursor.execute("delete from audit_leaf where log_id = 'wsp_1' and seq = %s", [seq])

    return tamper


def resigned(cursor: Any) -> None:
    """A checkpoint over another root, signed with a key that is not the log's."""
    head = note.Checkpoint("127.0.0.1:8000/log/wsp_1", 280, b"\7" * 32)
    signed = bytes(note.signed(head.text, [note.Signer(head.origin, NEXT_KEY)]))
    cursor.execute(f"update audit_checkpoint set root = %s, note = %s {AT_280}", [head.root, signed])


def insert_beside(cursor: Any) -> None:
    """An event as if it had been there all the time, that no sequencer ever sees."""
    columns = "workspace_id, kind, subject_type, subject_id, action_id, actor_kind, actor_id, door, occurred_at, body"
    twin = f"select 'evt_extra', {columns} from audit_event where workspace_id = 'wsp_1' limit 1"
    cursor.execute(f"insert into audit_event (id, {columns}) {twin}")


TABLE: tuple[tuple[str, Tamper, int | None, str], ...] = (
    ("an entry", change_entry(40), 40, "Entry 40"),
    ("an entry of the tail", change_entry(270), 270, "Entry 270"),
    ("an entry with its leaf hash", change_entry(140, leaf=True), 140, "Tile 0 of level 0 does not fit"),
    ("a tail entry with its leaf hash", change_entry(290, leaf=True), 280, "The checkpoint of 300 entries"),
    ("an entry with leaf hash and tile", change_entry(140, leaf=True, tile=True), 100, "The checkpoint of 256"),
    ("a leaf hash", sql(f"update audit_leaf set leaf_hash = %s {AT_7}", ZERO), 7, "Entry 7"),
    ("a hash in a tile", sql("update audit_tile set hashes = %s", ZERO * 256), 0, "Tile 0"),
    ("the root of a tile", sql("update audit_tile set root = %s", ZERO), 0, "Tile 0"),
    ("a tile gone", sql("delete from audit_tile"), 0, "Tile 0 of level 0 is missing"),
    ("a note", sql(f"update audit_checkpoint set note = %s {AT_280}", b"x"), None, "bad note"),
    ("the root of a checkpoint", sql(f"update audit_checkpoint set root = %s {AT_280}", ZERO), 256, "another tree"),
    ("a checkpoint by another key", resigned, 256, "The checkpoint of 280 entries is of another tree"),
    ("the newest entry gone", drop_entry(299), 299, "Entry 299 is missing"),
    ("the oldest entry gone", drop_entry(0), 0, "Entry 0 is missing"),
    ("a middle entry gone", drop_entry(133), 133, "Entry 133 is missing"),
    ("a leaf gone", sql(f"delete from audit_leaf {AT_7}"), 7, "Entry 7 is missing"),
    ("an event gone", sql(f"delete from audit_event where id in ({EVENT})", 12), 12, "gone"),
    ("two swapped", swap(30, 31), 30, "Tile 0 of level 0 does not fit"),
    ("two of the tail swapped", swap(282, 290), 280, "The checkpoint of 300"),
    ("one of elsewhere", sql(f"update audit_event set workspace_id = 'wsp_2' where id in ({EVENT})", 9), 9, "of wsp_2"),
    ("an event that was never logged", insert_beside, None, "evt_extra never came to the log"),
)


@pytest.mark.parametrize(("tamper", "index", "says"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_tampering_is_named_with_its_place(
    written: None, at: datetime, tamper: Tamper, index: int | None, says: str
) -> None:
    with opened_anew() as cursor:
        tamper(cursor)
    report = judged(at)
    assert (report.code, report.first_bad) == (Code.INVALID, index), report.faults
    assert says in "".join(fault.says for fault in report.faults)


def test_a_fault_is_not_blamed_on_everything_after_it(written: None, at: datetime) -> None:
    with opened_anew() as cursor:
        change_entry(40)(cursor)
    assert [fault.index for fault in judged(at).faults] == [40, 40]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512])
def test_what_nobody_touched_is_verified(db: None, at: datetime, pulse: Keeper, size: int) -> None:
    write(at, 1)
    keep(pulse, at)
    write(at, max(0, size - 1))
    keep(pulse, at)
    report = judged(at)
    assert (report.code, report.faults, report.size) == (Code.UNWITNESSED, [], max(1, size))


def test_a_log_keeps_growing_while_it_is_verified(written: None, at: datetime, pulse: Keeper) -> None:
    grown: list[int] = []

    def step(done: int, total: int) -> None:
        write(at, 300)
        keep(pulse, at)
        grown.append(total)

    assert verify(the_log(), at=at, step=step).code is Code.UNWITNESSED
    assert (grown, trees.size("wsp_1")) == ([300], 600)


@pytest.mark.parametrize("since", [256, 299, 300, 10_000])
def test_an_incremental_run_looks_only_at_what_is_new(written: None, at: datetime, since: int) -> None:
    with opened_anew() as cursor:
        change_entry(40)(cursor)
    report = judged(at, since=since)
    assert (report.code, report.first) == (Code.UNWITNESSED, 256)


@pytest.mark.parametrize("since", [256, 290, 300])
def test_an_incremental_run_finds_what_is_new_and_wrong(written: None, at: datetime, since: int) -> None:
    with opened_anew() as cursor:
        change_entry(290, leaf=True)(cursor)
    assert (judged(at, since=since).code, judged(at, since=since).first_bad) == (Code.INVALID, 280)


def test_what_waits_too_long_makes_it_incomplete(written: None, at: datetime, pulse: Keeper) -> None:
    write(at)
    assert judged(at).code is Code.UNWITNESSED
    late = judged(at + timedelta(minutes=2))
    assert (late.code, late.first_bad) == (Code.INCOMPLETE, None)
    assert "1 events still wait" in late.faults[0].says
    keep(pulse, at)
    assert judged(at + timedelta(minutes=2)).code is Code.UNWITNESSED


def test_a_pending_event_that_is_gone_is_noticed(written: None, at: datetime) -> None:
    (event_id,) = write(at)
    with opened_anew() as cursor:
        cursor.execute("delete from audit_event where id = %s", [event_id])
    assert judged(at).code is Code.INCOMPLETE
    assert PendingEvent.objects.filter(event_id=event_id).exists()


def heads(pulse: Keeper) -> list[Anchor]:
    newest = pulse.heads.newest("wsp_1")
    assert newest is not None
    return [("The file of heads", newest, Code.DIVERGED)]


def test_an_old_database_is_unmasked_by_what_left_the_house(written: None, at: datetime, pulse: Keeper) -> None:
    """Everything after 280 entries goes, without a trace inside the database."""
    later = "log_id = 'wsp_1' and seq >= 280"
    with opened_anew() as cursor:
        cursor.execute(f"delete from audit_event where id in (select event_id from audit_leaf where {later})")
        cursor.execute(f"delete from audit_leaf where {later}")
        cursor.execute("delete from audit_checkpoint where log_id = 'wsp_1' and size > 280")
    assert judged(at).code is Code.UNWITNESSED
    report = judged(at, anchors=heads(pulse))
    assert (report.code, report.first_bad) == (Code.DIVERGED, None)
    assert report.faults[0].says == "The file of heads holds 300 entries, and the database has 280."


def test_a_history_rewritten_with_the_key_is_unmasked_too(written: None, at: datetime, pulse: Keeper) -> None:
    """The operator has the database and the key: the whole log is written anew, and fits itself."""
    anchors = heads(pulse)
    with opened_anew() as cursor:
        change_entry(140, leaf=True, tile=True)(cursor)
        for size in (256, 280, 300):
            forge(cursor, size)
    assert judged(at).code is Code.UNWITNESSED
    report = judged(at, anchors=anchors)
    assert (report.code, report.faults[0].says) == (
        Code.DIVERGED,
        "The file of heads holds another tree of 300 entries.",
    )


def forge(cursor: Any, size: int) -> None:
    leaves = Leaf.objects.filter(log_id="wsp_1", seq__lt=size).order_by("seq").values_list("leaf_hash", flat=True)
    head = note.Checkpoint("127.0.0.1:8000/log/wsp_1", size, root([bytes(leaf) for leaf in leaves]))
    signed = bytes(note.signed(head.text, [note.Signer(head.origin, KEY)]))
    values = [head.root, signed, size]
    cursor.execute("update audit_checkpoint set root = %s, note = %s where log_id = 'wsp_1' and size = %s", values)


def test_the_number_of_questions_does_not_grow_with_the_log(
    written: None, at: datetime, django_assert_num_queries: Any
) -> None:
    """One for the entries and one for the tiles of each 4,096."""
    judged(at)
    with django_assert_num_queries(12 if connection.vendor == "sqlite" else 9):
        judged(at)
