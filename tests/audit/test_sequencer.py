"""What was committed becomes a leaf, once, in order, and is signed for."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit import record, sequencer, tiles, trees
from audit.actor import SYSTEM
from audit.kinds import EventKind
from audit.merkle import leaf_hash, root
from audit.models import Checkpoint, Event, Leaf, Log, PendingEvent, UnsignedLog
from audit.models import Tile as FullTile
from audit.note import Checkpoint as Head
from audit.note import Note
from audit.services import Keeper
from audit.verdicts import Code
from audit.verify import verify
from tests.audit.logging_events import heads_of, in_order, keep, keeper, nothing_is_lost, the_log, write
from tests.cast import Stage


@pytest.fixture
def pulse(tmp_path: Path) -> Keeper:
    return keeper(tmp_path)


def test_an_event_becomes_a_leaf_and_a_checkpoint_covers_it(db: None, at: datetime, pulse: Keeper) -> None:
    [written] = write(at)
    keep(pulse, at)
    body = bytes(Event.objects.get(pk=written).body)
    leaf = Leaf.objects.get(event_id=written)
    assert (leaf.log_id, leaf.seq, bytes(leaf.leaf_hash)) == ("wsp_1", 0, leaf_hash(body))
    [head] = heads_of()
    assert (head.origin, head.size, head.root) == ("127.0.0.1:8000/log/wsp_1", 1, leaf_hash(body))
    assert (PendingEvent.objects.count(), UnsignedLog.objects.count()) == (0, 0)


def test_each_workspace_has_a_log_of_its_own_and_the_operator_too(db: None, at: datetime, pulse: Keeper) -> None:
    ours, theirs, nobodys = write(at, 2), write(at, 3, "wsp_2"), write(at, 1, "")
    keep(pulse, at)
    assert [in_order(log) for log in ("wsp_1", "wsp_2", "system")] == [ours, theirs, nobodys]
    assert [heads_of(log)[-1].size for log in ("wsp_1", "wsp_2", "system")] == [2, 3, 1]


def test_nothing_to_do_is_one_question_each_and_changes_nothing(db: None, at: datetime, pulse: Keeper) -> None:
    write(at)
    keep(pulse, at)
    with CaptureQueriesContext(connection) as asked:
        assert pulse.run(at=at) is False
    assert len(asked) == 2
    assert Checkpoint.objects.count() == 1


def test_a_batch_takes_the_oldest_and_says_that_more_is_waiting(db: None, at: datetime, tmp_path: Path) -> None:
    written = [event_id for n in range(10) for event_id in write(at + timedelta(milliseconds=n))]
    small = sequencer.Sequencer("example.com/log", keeper(tmp_path).keys(), keeper(tmp_path).heads, batch=4)
    sizes = []
    while small.run(at=at):
        sizes.append(trees.size("wsp_1"))
    assert (sizes, in_order()) == ([4, 8], written)


@pytest.mark.parametrize("steps", [[255, 1, 1], [256, 1], [257], [511, 2], [1, 255, 256, 257]])
def test_full_tiles_are_kept_as_they_fill(db: None, at: datetime, pulse: Keeper, steps: list[int]) -> None:
    for count in steps:
        write(at, count)
        keep(pulse, at)
    assert [head.size for head in heads_of()] == [sum(steps[: n + 1]) for n in range(len(steps))]
    leaves = [bytes(leaf) for leaf in Leaf.objects.order_by("seq").values_list("leaf_hash", flat=True)]
    for full in FullTile.objects.all():
        hashes = leaves[full.n * 256 : full.n * 256 + 256]
        assert (full.level, bytes(full.hashes), bytes(full.root)) == (0, tiles.join(hashes), root(hashes))
    assert FullTile.objects.count() == sum(steps) // 256


def test_a_tile_of_the_second_level_is_kept_as_it_fills(db: None, at: datetime, pulse: Keeper) -> None:
    """65,535, 65,536 and 65,537 leaves, made as rows, because that many events take minutes."""
    keep(pulse, at)
    log = trees.begin("wsp_9", "example.com/log", at)
    hashes = [leaf_hash(n.to_bytes(4, "big")) for n in range(65_537)]
    for begin, end in ((0, 65_535), (65_535, 65_536), (65_536, 65_537)):
        rows = [Leaf(log_id=log.id, seq=n, event_id=f"evt_{n:06}", leaf_hash=hashes[n]) for n in range(begin, end)]
        Leaf.objects.bulk_create(rows)
        FullTile.objects.bulk_create(sequencer._filled(log.id, begin, hashes[begin:end]))
        sequencer.owe(log, at, "")
        head = newest(pulse, log, at)
        assert (head.size, head.root) == (end, root(hashes[:end]))
    assert sorted(FullTile.objects.filter(log_id=log.id, level=1).values_list("n", flat=True)) == [0]
    assert FullTile.objects.filter(log_id=log.id, level=0).count() == 256
    read = trees.reading(log.id, 65_537)
    assert [read(0, 65_536), read(8, 255), read(16, 0)] == [
        hashes[-1],
        root(hashes[65_280:65_536]),
        root(hashes[:65_536]),
    ]


def newest(pulse: Keeper, log: Log, at: datetime) -> Head:
    pulse.run(at=at)
    notes = Checkpoint.objects.filter(log_id=log.id).order_by("-size").values_list("note", flat=True)
    return Head.parse(Note.parse(bytes(notes[0])).text)


def write_and_fail(at: datetime) -> None:
    with transaction.atomic():
        write(at, 3)
        raise ZeroDivisionError


def test_what_was_rolled_back_never_was(db: None, at: datetime, pulse: Keeper) -> None:
    kept = write(at)
    with pytest.raises(ZeroDivisionError):
        write_and_fail(at)
    with transaction.atomic():
        kept += write(at)
        with pytest.raises(ZeroDivisionError):
            write_and_fail(at)
        kept += write(at)
    keep(pulse, at)
    assert in_order() == kept
    nothing_is_lost("wsp_1")


def test_a_clock_set_back_loses_nothing_and_reorders_nothing_that_was_signed(
    db: None, at: datetime, pulse: Keeper
) -> None:
    first = write(at)
    keep(pulse, at)
    second = write(at - timedelta(hours=1))
    keep(pulse, at - timedelta(hours=1))
    third = write(at + timedelta(hours=1))
    keep(pulse, at)
    assert in_order() == first + second + third
    nothing_is_lost("wsp_1")


def in_bulk(at: datetime, count: int) -> list[str]:
    """Events that were prepared and inserted together, past every `save`."""
    made = [
        record.prepare(
            kind=EventKind.EXPORT_MADE, workspace_id="wsp_1", actor=SYSTEM, at=at, subject=("export", str(n))
        )
        for n in range(count)
    ]
    with transaction.atomic():
        for model in (Event, PendingEvent):
            rows: list[Any] = [model(**row.values) for each in made for row in each.rows if row.model is model]
            model._default_manager.bulk_create(rows, batch_size=1000)
    return [each.event_id for each in made]


def test_events_that_are_inserted_in_bulk_are_recorded_and_logged_as_others(
    db: None, at: datetime, pulse: Keeper
) -> None:
    written = in_bulk(at, 300)
    assert Event.objects.filter(recorded_at__isnull=True).count() == 0
    keep(pulse, at)
    assert sorted(in_order()) == sorted(written)
    nothing_is_lost("wsp_1")
    assert verify(the_log(), at=at).code is Code.UNWITNESSED


def test_a_long_backlog_is_drained_in_batches_that_cost_the_same(db: None, at: datetime, pulse: Keeper) -> None:
    written, asked, sizes = in_bulk(at, 3 * sequencer.BATCH), [], []
    for _ in range(3):
        with CaptureQueriesContext(connection) as questions:
            pulse.run(at=at)
        sizes.append(trees.size("wsp_1"))
        asked.append(len(questions))
    assert sizes == [4096, 8192, 12_288]
    # The first batch also begins the log.
    assert asked[1] == asked[2] <= asked[0]
    keep(pulse, at)
    assert sorted(in_order()) == sorted(written)
    nothing_is_lost("wsp_1")


def read_one_by_one(table: str) -> int:
    """Rows that were read without an index since the transaction began."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_get_xact_tuples_returned(%s::regclass)", [table])
        return int(cursor.fetchone()[0])


@pytest.mark.postgres
def test_what_comes_to_a_long_log_does_not_read_it_through(db: None, at: datetime, pulse: Keeper) -> None:
    """A column of another collation than the id that it is held against can only be read from end to end."""
    in_bulk(at, 2000)
    keep(pulse, at)
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    before = read_one_by_one("audit_leaf"), read_one_by_one("audit_disclosure")
    write(at, 10)
    keep(pulse, at)
    assert (read_one_by_one("audit_leaf"), read_one_by_one("audit_disclosure")) == before


def test_an_event_that_waits_twice_is_sequenced_once(db: None, at: datetime, pulse: Keeper) -> None:
    [written] = write(at)
    keep(pulse, at)
    PendingEvent.objects.create(event_id=written, workspace_id="wsp_1")
    PendingEvent.objects.create(event_id="evt_nothing", workspace_id="wsp_1")
    more = write(at)
    keep(pulse, at)
    assert in_order() == [written, *more]
    # A row without its event is none of ours, and keeps nobody waiting.
    assert list(PendingEvent.objects.values_list("event_id", flat=True)) == ["evt_nothing"]


def test_the_log_of_an_event_is_the_one_in_its_bytes(db: None, at: datetime, pulse: Keeper) -> None:
    Event.objects.create(id="evt_x", workspace_id="wsp_1", occurred_at=at, body=b"{}")
    PendingEvent.objects.create(event_id="evt_x", workspace_id="wsp_2")
    keep(pulse, at)
    assert (in_order("wsp_1"), Log.objects.filter(workspace_id="wsp_2").exists()) == (["evt_x"], False)


def test_everything_that_the_cast_did_is_in_the_log(stage: Stage, pulse: Keeper) -> None:
    view = stage.submit()
    stage.review("ben", view)
    keep(pulse, stage.at)
    nothing_is_lost(stage.id)
    assert len(in_order(stage.id)) > 20


def test_queries_do_not_grow_with_the_batch(db: None, at: datetime, pulse: Keeper) -> None:
    write(at)
    keep(pulse, at)
    counts = []
    for events in (1, 100):
        write(at, events)
        with CaptureQueriesContext(connection) as asked:
            keep(pulse, at)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 30
    assert the_log().origin.endswith("/log/wsp_1")
