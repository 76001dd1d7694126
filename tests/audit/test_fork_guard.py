"""A log never signs against what it signed before: after a restored backup, another history, another key."""

from datetime import datetime
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, connection

from audit import guard, services, trees
from audit.actor import OPERATOR
from audit.heads import Heads, UnreadableHead
from audit.models import Checkpoint, Disclosure, Event, Leaf, LogKey, PendingEvent, UnsignedLog
from audit.note import Checkpoint as Head
from audit.note import Key, Note, Signer, signed
from audit.services import NoLog
from tests.audit.logging_events import (
    KEY,
    NEXT_KEY,
    derived,
    heads_of,
    in_order,
    keep,
    keeper,
    nothing_is_lost,
    the_log,
    write,
)
from tests.wiping import unguarded

ORIGIN = "127.0.0.1:8000/log/wsp_1"


def key_of(private: Ed25519PrivateKey, origin: str = ORIGIN) -> Key:
    return Signer(origin, private).key()


def refusals() -> list[str]:
    return list(UnsignedLog.objects.values_list("refused", flat=True))


def restore(size: int) -> None:
    """What a backup does that was taken when the log had `size` leaves."""
    kept = list(Leaf.objects.filter(log_id="wsp_1", seq__lt=size).values_list("event_id", flat=True))
    with unguarded() as cursor:
        cursor.execute("delete from audit_leaf where seq >= %s", [size])
        cursor.execute("delete from audit_checkpoint where size > %s", [size])
    with unguarded():
        Event.objects.exclude(id__in=kept).delete()


def test_a_restored_backup_signs_nothing_and_takes_nothing_in(committed: None, at: datetime, tmp_path: Path) -> None:
    write(at, 5)
    keep(keeper(tmp_path), at)
    write(at, 3)
    keep(keeper(tmp_path), at)
    restore(5)
    waits = write(at)
    again = keeper(tmp_path)
    keep(again, at)
    [why] = refusals()
    assert why == (
        "The newest checkpoint on this machine holds a tree of 8 leaves, and the database 5."
        " If the database was restored from a backup, run `manage.py audit restart-log`."
    )
    assert ([head.size for head in heads_of()], list(PendingEvent.objects.values_list("event_id", flat=True))) == (
        [5], waits,
    )  # fmt: skip
    # It asks again in each new process, and answers alike, also when the tree has grown past the old size.
    keep(keeper(tmp_path), at)
    assert (refusals(), trees.size("wsp_1")) == ([why], 5)


def test_another_history_of_the_same_size_is_not_signed(committed: None, at: datetime, tmp_path: Path) -> None:
    write(at, 8)
    keep(keeper(tmp_path), at)
    restore(5)
    # The machine has forgotten too: only a copy elsewhere knows the tree of eight leaves.
    elsewhere = Head(ORIGIN, 8, bytes(32))
    forgetful = keeper(tmp_path / "new")
    # It is there to be asked only when three others have been taken in.
    told = iter([[], [("The witness ada", elsewhere)]])
    forgetful.elsewhere = lambda log_id: next(told)
    write(at, 3)
    keep(forgetful, at)
    assert refusals()[0].startswith("The witness ada holds another tree of 8 leaves than the database.")
    assert Checkpoint.objects.filter(size=8).count() == 0


def test_a_copy_elsewhere_of_a_larger_tree_lets_nothing_in(committed: None, at: datetime, tmp_path: Path) -> None:
    write(at, 8)
    keep(keeper(tmp_path), at)
    restore(5)
    forgetful = keeper(tmp_path / "new")
    forgetful.elsewhere = lambda log_id: [("The witness ada", Head(ORIGIN, 8, bytes(32)))]
    write(at, 3)
    keep(forgetful, at)
    [why] = refusals()
    assert (why.partition(" If")[0], trees.size("wsp_1")) == (
        "The witness ada holds a tree of 8 leaves, and the database 5.",
        5,
    )


def test_a_new_log_names_the_old_head_in_its_first_leaf(committed: None, at: datetime, tmp_path: Path) -> None:
    write(at, 8)
    keep(keeper(tmp_path), at)
    old_head = heads_of()[-1]
    restore(5)
    waits = write(at)
    keep(keeper(tmp_path), at)
    new = services.restart_log(
        actor=OPERATOR, at=at, workspace_id="wsp_1", because="The disk of Ada broke.", heads=Heads(tmp_path)
    )
    keep(keeper(tmp_path), at)
    assert (new.id, new.origin, new.generation) == ("wsp_1.2", f"{ORIGIN}.2", 2)
    first, *others = in_order("wsp_1.2")
    body = bytes(Event.objects.get(pk=first).body)
    assert orjson.loads(body)["data"] == {
        "origin": f"{ORIGIN}.2",
        "before": {"log": "wsp_1", "origin": ORIGIN, "size": "8", "root": old_head.root.hex()},
    }
    assert (b"Ada" in body, bytes(Disclosure.objects.get(event_id=first).value)) == (False, b'"The disk of Ada broke."')
    assert (others, [head.size for head in heads_of("wsp_1.2")]) == (waits, [2])
    assert Head.parse(Note.parse(bytes(new.continues)).text) == old_head
    nothing_is_lost("wsp_1")
    assert refusals() == []


def test_a_log_that_never_was_is_not_begun_anew(db: None, at: datetime, tmp_path: Path) -> None:
    with pytest.raises(NoLog):
        services.restart_log(actor=OPERATOR, at=at, workspace_id="wsp_1", because="x", heads=Heads(tmp_path))


def test_a_file_of_heads_that_cannot_be_read_is_no_permission(db: None, at: datetime, tmp_path: Path) -> None:
    write(at)
    keep(keeper(tmp_path), at)
    (tmp_path / "wsp_1.checkpoint").write_text("nothing")
    write(at)
    keep(keeper(tmp_path), at)
    assert refusals() == [f"{tmp_path}/wsp_1.checkpoint holds no checkpoint: A note reads: text, an empty line,"
                          " signature lines; each line ends in a newline."]  # fmt: skip
    with pytest.raises(UnreadableHead):
        Heads(tmp_path).newest("wsp_1")


def test_a_head_of_another_log_is_no_permission(db: None, at: datetime, tmp_path: Path) -> None:
    write(at)
    note = signed(Head("example.com/other", 0, bytes(32)).text, [Signer("example.com/other", KEY)])
    Heads(tmp_path).keep("wsp_1", bytes(note))
    keep(keeper(tmp_path), at)
    assert refusals() == ["The newest checkpoint on this machine is of example.com/other, not of " + ORIGIN + "."]


def test_what_a_process_has_signed_it_remembers_without_the_file(db: None, at: datetime, tmp_path: Path) -> None:
    heads = Heads(tmp_path)
    head = Head(ORIGIN, 3, bytes(32))
    heads.keep("wsp_1", bytes(signed(head.text, [Signer(ORIGIN, KEY)])))
    (tmp_path / "wsp_1.checkpoint").unlink()
    assert (heads.newest("wsp_1"), Heads(tmp_path).newest("wsp_1")) == (head, None)


def test_without_a_key_nothing_is_taken_in_and_the_reason_is_told(db: None, at: datetime, tmp_path: Path) -> None:
    write(at)
    silent = keeper(tmp_path)
    silent.keys = lambda: ()
    keep(silent, at)
    assert refusals() == ["COUNTERSIGN_LOG_KEY is not set, so nothing can be signed."]
    assert (PendingEvent.objects.count(), Checkpoint.objects.count()) == (1, 0)
    keep(keeper(tmp_path), at)
    nothing_is_lost("wsp_1")


def test_a_key_that_was_never_announced_signs_nothing(db: None, at: datetime, tmp_path: Path) -> None:
    write(at)
    keep(keeper(tmp_path), at)
    write(at)
    keep(keeper(tmp_path, NEXT_KEY), at)
    assert refusals()[0].startswith("The log key is another one than before.")
    assert [head.size for head in heads_of()] == [1]
    # Set right again, it goes on.
    keep(keeper(tmp_path), at)
    nothing_is_lost("wsp_1")


def test_a_rotation_signs_with_both_keys_and_then_with_the_new_one(db: None, at: datetime, tmp_path: Path) -> None:
    write(at, 2)
    keep(keeper(tmp_path), at)
    keep(keeper(tmp_path, NEXT_KEY, KEY), at)
    both = [Note.parse(bytes(note)) for note in Checkpoint.objects.order_by("size").values_list("note", flat=True)]
    assert [note.by([key_of(KEY), key_of(NEXT_KEY)]) for note in both] == [
        (key_of(KEY),), (key_of(NEXT_KEY), key_of(KEY)),
    ]  # fmt: skip
    announced = Event.objects.get(kind="log_key:added")
    assert orjson.loads(bytes(announced.body))["data"] == {"origin": ORIGIN, "vkey": key_of(NEXT_KEY).vkey}
    keep(keeper(tmp_path, NEXT_KEY), at)
    assert [head.size for head in heads_of("wsp_1", key_of(NEXT_KEY), key_of(KEY))] == [2, 3, 4]
    newest = Note.parse(bytes(Checkpoint.objects.get(size=4).note))
    assert newest.by([key_of(KEY), key_of(NEXT_KEY)]) == (key_of(NEXT_KEY),)
    kinds = Event.objects.filter(kind__startswith="log_key:").order_by("recorded_at").values_list("kind", flat=True)
    assert list(kinds) == ["log_key:added", "log_key:retired"]
    # The one that ceased does not come back.
    keep(keeper(tmp_path, KEY), at)
    write(at)
    keep(keeper(tmp_path, KEY), at)
    assert refusals()[0].startswith("The log key is another one than before.")
    assert LogKey.objects.count() == 3


def test_the_same_tree_has_the_same_note(committed: None, at: datetime, tmp_path: Path) -> None:
    """Signed, and crashed before the database knew: what was given out once is given out again."""
    write(at, 3)
    keep(keeper(tmp_path), at)
    note = Heads(tmp_path).note("wsp_1")
    with unguarded() as cursor:
        cursor.execute("delete from audit_checkpoint")
    UnsignedLog.objects.create(log_id="wsp_1", since=at)
    keep(keeper(tmp_path), at)
    assert [bytes(kept) for kept in Checkpoint.objects.values_list("note", flat=True)] == [note]


def test_nothing_contradicts_an_honest_log(db: None, at: datetime, tmp_path: Path) -> None:
    write(at, 300)
    mine = keeper(tmp_path)
    keep(mine, at)
    heads = [("ada", Head(ORIGIN, size, derived("wsp_1", size))) for size in (0, 1, 255, 256, 257, 300)]
    assert guard.contradiction(the_log(), 300, mine.heads, lambda log_id: heads) == ""
    wrong = [("ada", Head(ORIGIN, 257, derived("wsp_1", 256)))]
    assert guard.contradiction(the_log(), 300, mine.heads, lambda log_id: wrong).startswith("ada holds another tree")


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("audit_leaf", "insert into audit_leaf (log_id, seq, event_id, leaf_hash) values ('wsp_1', 9, 'evt_x', %s)"),
        (
            "audit_checkpoint",
            "insert into audit_checkpoint (log_id, size, root, note, signed_at)"
            " values ('wsp_1', 2, %s, %s, current_timestamp)",
        ),
    ],
)
def test_the_database_itself_refuses_gaps_and_smaller_trees(
    db: None, at: datetime, tmp_path: Path, table: str, statement: str
) -> None:
    write(at, 3)
    keep(keeper(tmp_path), at)
    with (
        pytest.raises(DatabaseError, match=r"a log has no gaps|a signed tree only grows"),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [b"x"] * statement.count("%s"))
