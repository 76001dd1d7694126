"""The one statement of PostgreSQL and the ORM of every other database leave the same rows, column by column."""

import hashlib
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from approvals import policies, services, statements
from approvals.answers import ActionView
from approvals.services import expiry, remembering
from approvals.services.submit import forget_versions
from approvals.statements import Write, Written
from audit import keys
from outbox.models import Endpoint, Message
from tenancy import ids
from tests.approvals.presses import answer, ask, edit, find, leave, look, undo, withdraw
from tests.cast import POLICY, Stage, use_policy

pytestmark = pytest.mark.postgres
BIG = {"customer_id": "cus_1", "amount_usd": 800, "note": "ünïcode ✓ \U0001f600"}
LIMIT = """
limits:
  - {id: day-cap, tools: [billing.refund], sum: args.amount_usd, per: counterpart, window: 24h, max: 500, over: %s}
"""
ROOM_FOR_ONE = (LIMIT % "deny").replace("500", "1000")
# Set by the database itself: the moment of the insert, and the numbers of a sequence.
THE_DATABASES_OWN = {
    ("audit_event", "recorded_at"),
    ("outbox_message", "id"),
    ("approvals_look", "id"),
    ("approvals_limitkey", "id"),
}
# Only the ORM's path keeps a clock of its own.
NOT_COMPARED = {"approvals_storedclock"}


class Draws:
    """The same bytes in the same order: every id and every salt of a move."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self, size: int) -> bytes:
        self.n += 1
        return hashlib.shake_256(str(self.n).encode()).digest(size)


def tables() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, by the text that PostgreSQL writes for it."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table
            own = {column for name, column in THE_DATABASES_OWN if name == table}
            columns = [str(f.column) for f in model._meta.concrete_fields if f.column not in own]
            texts = ", ".join('"' + column + '"::text' for column in columns)
            cursor.execute(f"select {texts} from {table}")
            found[table] = sorted(cursor.fetchall(), key=repr)
    return {table: rows for table, rows in found.items() if table not in NOT_COMPARED}


def remember(stage: Stage, key: str = "k") -> Any:
    row = {"caller_id": stage.otto.key_id, "key": key, "body_sha256": b"\x00h", "status": 201, "answer": b'{"a":1}'}
    return lambda view: remembering.row(at=stage.at, **row)  # type: ignore[arg-type]


def opened(stage: Stage, args: dict[str, object] = BIG, **options: Any) -> ActionView:
    return stage.submit(args=args, **options)


def twice(stage: Stage) -> None:
    view = opened(stage)
    stage.review("ben", view)
    stage.review("ada", view, at=stage.at + timedelta(seconds=1), comment="Fine.", remember=remember(stage))


def edited_twice(stage: Stage) -> None:
    edit(stage, "ada", edit(stage, "ben", opened(stage), amount_usd=700), amount_usd=0.5)


def late(stage: Stage) -> None:
    view = opened(stage, at=stage.at - timedelta(hours=5))
    assert expiry.expire(find(stage, view), stage.at)


def limited(stage: Stage, over: str) -> None:
    use_policy(stage, POLICY + LIMIT % over)
    policies.forget_all()
    stage.submit(args={"customer_id": "cus_1", "amount_usd": 30.25}, remember=remember(stage))
    stage.review("ada", opened(stage, {"customer_id": "cus_1", "amount_usd": 99}))


def windowed(stage: Stage, more: str = "") -> ActionView:
    """Ada and Ben have read and approved; the undo window is over."""
    waits = POLICY.replace("undo: {medium: 0s", "undo: {medium: 5s").replace("dwell: {medium: 0s", "dwell: {medium: 1s")
    checked = waits.replace("    second_person_for_edits: true\n", '    checks: ["Seen."]\n')
    use_policy(stage, checked + more)
    policies.forget_all()
    past = stage.at - timedelta(minutes=1)
    view = opened(stage, at=past)
    for n, name in enumerate(("ben", "ada")):
        look(stage, name, view, past)
        at = past + timedelta(seconds=1 + n)
        view = stage.review(
            name, view, at=at, checks=["Seen."], comment="Ok.", remember=remember(stage, view.id) if n else None
        )
    return view


def closed(stage: Stage, more: str = "") -> None:
    windowed(stage, more)
    services.fire_due(at=stage.at)


def closed_without_room(stage: Stage) -> None:
    windowed(stage, ROOM_FOR_ONE)
    closed(stage, ROOM_FOR_ONE)


def right_lost(stage: Stage) -> None:
    windowed(stage)
    leave(stage, "ben")
    services.fire_due(at=stage.at)


def hooked(stage: Stage) -> None:
    """Webhooks of the workspace, of otto, of another agent and of another type; two moves that they are told of."""
    ours, otto = {"workspace_id": stage.id, "created_at": stage.at}, stage.otto.agent_id or ""
    every = ["action.decided", "action.question"]
    for n, (agent_id, kinds) in enumerate((("", every), (otto, every), ("agt_x", every), ("", ["gate.verdict"]))):
        Endpoint.everywhere.create(id=f"whk_{n}", agent_id=agent_id, kinds=kinds, secret=b"", **ours)
    Endpoint.everywhere.create(id="whk_over", kinds=every, secret=b"", ended_at=stage.at, **ours)
    ask(stage, "ada", view := opened(stage))
    withdraw(stage, view)
    told = [(row.kind, row.payload["endpoint"]) for row in Message.objects.filter(sink="webhook").order_by("id")]
    assert sorted(told) == [(kind, whom) for kind in every for whom in ("whk_0", "whk_1")]


CLAIMS: dict[str, Any] = {
    "trace_id": "tr_1",
    "confidence": 0.25,
    "group_key": "conv_7",
    "metadata": {"a": [1, None, 2.5, {"ü": True}]},
    "agent_version": {"label": "v4", "params": {"t": 0.1}},
}
MOVES: dict[str, Callable[[Stage], Any]] = {
    "asked": lambda stage: opened(stage, **CLAIMS),
    "asked and remembered": lambda stage: opened(stage, remember=remember(stage)),
    "allowed": lambda stage: opened(stage, {"customer_id": "cus_1", "amount_usd": 5}, **CLAIMS),
    "denied": lambda stage: stage.submit("crm.delete", {"id": "7"}),
    "uninspectable": lambda stage: stage.submit("unheard.of", {}),
    "limited, asking": lambda stage: limited(stage, "require_approval"),
    "limited, denying": lambda stage: limited(stage, "deny"),
    "voted on": lambda stage: stage.review("ben", opened(stage), comment="Looks right.", remember=remember(stage)),
    "decided by two": twice,
    "rejected": lambda stage: stage.review("ben", opened(stage), "reject", reason_code="other", comment="No."),
    "edited and approved": lambda stage: edit(stage, "ada", stage.submit(), amount_usd=60),
    "edited and waiting": edited_twice,
    "closing": windowed,
    "taken back": lambda stage: undo(stage, "ada", windowed(stage)),
    "closed": closed,
    "closed too late for its limit": closed_without_room,
    "closed without a right": right_lost,
    "closing and withdrawn": lambda stage: withdraw(stage, windowed(stage)),
    "asked about": lambda stage: ask(stage, "ada", opened(stage)),
    "answered": lambda stage: (ask(stage, "ada", view := opened(stage)), answer(stage, view)),
    "withdrawn": lambda stage: withdraw(stage, opened(stage), "Not needed."),
    "superseded": lambda stage: opened(stage, supersedes=opened(stage).id),
    "expired": late,
    "told by webhooks": hooked,
}


@contextmanager
def undone() -> Any:
    """Runs in a savepoint that is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("move", MOVES)
def test_both_ways_leave_the_same_rows(stage: Stage, monkeypatch: pytest.MonkeyPatch, move: str) -> None:
    ways: list[Callable[[Write], Written]] = [statements._in_one_statement, statements._through_the_orm]
    written: list[dict[str, list[tuple[Any, ...]]]] = []
    used: list[int] = []
    for way in ways:
        policies.forget_all()
        forget_versions()
        keys.forget_all()
        counted: list[Written] = []

        def apply(write: Write, way: Callable[[Write], Written] = way, counted: list[Written] = counted) -> Written:
            counted.append(way(write))
            return counted[-1]

        with undone(), monkeypatch.context() as patch:
            patch.setattr("os.urandom", Draws())
            ids.forget_drawn()
            patch.setattr(statements, "apply", apply)
            MOVES[move](stage)
            written.append(tables())
        ids.forget_drawn()
        assert set(counted) == {Written.YES}
        used.append(len(counted))
    assert used[0] == used[1] > 0
    for table, rows in written[0].items():
        assert rows == written[1][table], table


def test_both_ways_refuse_the_same(stage: Stage) -> None:
    """A lost guard writes nothing, whichever way it was to be written."""
    view = opened(stage)
    done = find(stage, withdraw(stage, view))
    before = tables()
    for way in (statements._in_one_statement, statements._through_the_orm):
        guard = statements.Moving(stage.id, done.id, view.version, statements.Clock.BEFORE_EXPIRY, {}, stage.at)
        assert way(Write(guard, ())) is Written.GUARD_FAILED
        for wrong in (
            {"key_id": "key_x"},
            {"policy_version_id": "pol_x"},
            {"agent_id": "agt_x"},
            {"stops_id": "evt_x"},
        ):
            right = {"workspace_id": stage.id, "agent_id": done.agent_id, "key_id": done.key_id}
            opening = statements.Opening(**{**right, "policy_version_id": done.policy_version_id, **wrong})
            assert way(Write(opening, ())) is Written.GUARD_FAILED
    assert tables() == before
