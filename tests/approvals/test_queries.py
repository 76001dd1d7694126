"""Reads: a constant number of statements, pages that show each action once, and filters that mean what is typed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals import answers, errors, queries
from approvals.answers import ActionView
from approvals.queries import InboxCursor, InboxFilter
from tenancy import sql
from tests.approvals.presses import answer, ask, edit, find
from tests.cast import Stage

EVERYTHING = InboxFilter()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], int]:
    """Counts the statements of a read. Hand-written ones pass Django's counter by on PostgreSQL, so they are counted
    where they leave.
    """
    real = sql.many

    def count(read: Callable[[], Any]) -> int:
        handwritten: list[str] = []

        def counted(statement: str, values: Any) -> list[dict[str, Any]]:
            handwritten.append(statement)
            with unseen():
                return real(statement, values)

        monkeypatch.setattr(sql, "many", counted)
        with CaptureQueriesContext(connection) as seen:
            read()
        monkeypatch.setattr(sql, "many", real)
        return len(seen) + len(handwritten)

    return count


@contextmanager
def unseen() -> Iterator[None]:
    """Django does not log what runs in here."""
    connection.force_debug_cursor = False
    try:
        yield
    finally:
        connection.force_debug_cursor = True


@pytest.mark.parametrize(
    "read",
    [
        lambda stage, view: find(stage, view),
        lambda stage, view: queries.page(stage.id),
        lambda stage, view: queries.inbox(stage.id, filters=EVERYTHING, after=None),
        lambda stage, view: queries.waiting(stage.id),
        lambda stage, view: queries.revisions(view),
        lambda stage, view: queries.messages(view),
    ],
    ids=["find", "page", "inbox", "waiting", "revisions", "messages"],
)
def test_a_read_is_one_statement_with_one_row_and_with_three(
    stage: Stage, statements: Callable[[Callable[[], Any]], int], read: Callable[[Stage, ActionView], Any]
) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800})
    assert statements(lambda: read(stage, view)) == 1
    for name, amount in (("ada", 700), ("ben", 600)):
        ask(stage, name, view)
        answer(stage, view)
        edit(stage, name, find(stage, view), amount_usd=amount)
        stage.submit()
    assert statements(lambda: read(stage, view)) == 1


def test_a_story_is_two_statements_however_long(stage: Stage, statements: Callable[[Callable[[], Any]], int]) -> None:
    view = stage.submit()
    assert statements(lambda: queries.history(view)) == 2
    ask(stage, "ada", view)
    stage.review("ben", view)
    assert statements(lambda: queries.history(view)) == 2


def test_a_story_is_told_in_the_order_of_events_within_one_moment_too(stage: Stage) -> None:
    for _ in range(8):
        view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 5})
        assert [event.kind for event in queries.history(view)] == ["action:submitted", "action:decided"]


def ids(views: list[ActionView]) -> list[str]:
    return [view.id for view in views]


def test_the_pages_of_a_list_hold_each_action_once_newest_first(stage: Stage) -> None:
    made = [stage.submit(at=stage.at + timedelta(milliseconds=n)).id for n in range(7)]
    seen: list[str] = []
    while page := queries.page(stage.id, after=seen[-1] if seen else "", limit=3):
        seen += ids(page)
    assert seen == made[::-1]


def test_the_pages_of_the_agents_list_hold_each_action_once_and_the_last_says_so(stage: Stage) -> None:
    made = [stage.submit(at=stage.at + timedelta(milliseconds=n)).id for n in range(6)]
    seen, after, pages = list[str](), "", 0
    while pages == 0 or after:
        views, after = queries.listed(stage.id, after=after, limit=3)
        seen, pages = seen + ids(views), pages + 1
    assert (seen, pages) == (made[::-1], 2)
    assert queries.listed(stage.id, tool="a\0b") == ([], "")


def test_what_is_decided_while_a_list_of_the_pending_is_read_is_left_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, decided_meanwhile = stage.submit(), stage.submit()
    many = sql.many

    def slowly(statement: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        found = many(statement, values)
        if values[-1] == 51:
            monkeypatch.undo()
            stage.review("ada", decided_meanwhile)
        return found

    monkeypatch.setattr(sql, "many", slowly)
    assert ids(queries.listed(stage.id, state="pending")[0]) == [waits.id]


@pytest.mark.postgres
def test_the_wide_statement_of_a_list_is_planned_once(open_stage: Stage) -> None:
    open_stage.submit()
    # A new one has prepared nothing yet.
    connection.close()
    for _ in range(12):
        queries.listed(open_stage.id, state="pending", agent_id=open_stage.otto.agent_id)
    wide = sql.numbered(answers.select(with_end=False) + f" where a.id {sql.among()} order by a.id desc").decode()
    with connection.cursor() as cursor:
        cursor.execute("select custom_plans, generic_plans from pg_prepared_statements where statement = %s", [wide])
        [(anew, again)] = cursor.fetchall()
    assert anew <= 5 < again


def test_the_pages_of_the_inbox_hold_each_action_once_riskiest_first(stage: Stage) -> None:
    tools: list[tuple[str, dict[str, object] | None]] = [
        ("billing.refund", None),
        ("crm.note", {"text": "x"}),
        ("unheard.of", {}),
    ]
    made = [stage.submit(*tools[n % 3], expires_in=60 * (1 + n % 2)) for n in range(9)]
    rank = {"low": 0, "medium": 1, "high": 2, "critical": 3}
    expected = ids(sorted(made, key=lambda view: (-rank[view.risk], view.expires_at, view.id)))
    seen: list[ActionView] = []
    after = None
    while page := queries.inbox(stage.id, filters=EVERYTHING, after=after, limit=2):
        seen += page
        after = InboxCursor(rank[page[-1].risk], page[-1].expires_at, page[-1].id)
    assert ids(seen) == expected
    assert {view.risk for view in seen} == {"low", "medium", "high"}


def test_the_inbox_holds_what_is_pending_and_a_list_holds_all(stage: Stage) -> None:
    pending, done = stage.submit(), stage.review("ada", stage.submit())
    assert ids(queries.inbox(stage.id, filters=EVERYTHING, after=None)) == [pending.id]
    assert queries.waiting(stage.id) == 1
    by_state = {state: ids(queries.page(stage.id, state=state)) for state in ("pending", "approved", "rejected")}
    assert by_state == {"pending": [pending.id], "approved": [done.id], "rejected": []}
    assert ids(queries.page(stage.id, tool="crm.note")) == []
    assert len(queries.page(stage.id, agent_id=stage.otto.agent_id)) == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("100%", ["100% off"]),
        ("%", ["100% off"]),
        ("a_b", ["a_b"]),
        ("_", ["a_b"]),
        ("!", ["wow!"]),
        ("WOW", ["wow!"]),
        ("o'b", ["o'brien"]),
        ("\\", []),
        ("\0", []),
        ("refund", ["100% off", "a_b", "axb", "o'brien", "wow!"]),
    ],
)
def test_a_filter_looks_for_exactly_what_is_typed(stage: Stage, text: str, found: list[str]) -> None:
    for name in ("100% off", "a_b", "axb", "o'brien", "wow!"):
        stage.submit(args={"customer_id": name, "amount_usd": 80})
    rows = queries.inbox(stage.id, filters=InboxFilter(text=text), after=None)
    assert sorted(orjson.loads(row.args)["customer_id"] for row in rows) == found


@pytest.mark.parametrize(
    ("filters", "n"),
    [
        (InboxFilter(tool="crm.note"), 1),
        (InboxFilter(agent="otto"), 2),
        (InboxFilter(agent="mia"), 0),
        (InboxFilter(risk="medium"), 1),
        (InboxFilter(risk="medium", tool="crm.note"), 0),
        (InboxFilter(tool="crm\0note"), 0),
    ],
)
def test_filters_narrow_together(stage: Stage, filters: InboxFilter, n: int) -> None:
    stage.submit()
    stage.submit("crm.note", {"text": "x"})
    assert len(queries.inbox(stage.id, filters=filters, after=None)) == n


def test_another_workspace_reads_nothing_of_this_one(stage: Stage, other: Stage) -> None:
    view = stage.submit()
    ask(stage, "ada", view)
    foreign = type(view)(**{**{f: getattr(view, f) for f in view.__struct_fields__}, "workspace_id": other.id})
    reads = (queries.revisions, queries.messages, queries.history)
    assert [read(foreign) for read in reads] == [[], [], []]
    assert (queries.page(other.id), queries.inbox(other.id, filters=EVERYTHING, after=None)) == ([], [])
    assert queries.waiting(other.id) == 0
    for action_id in (view.id, "act_nonsense", "", view.id + "\0", "dec_" + view.id[4:]):
        with pytest.raises(errors.NotFound):
            queries.find(other.id, action_id)


def test_another_agent_of_the_workspace_does_not_find_it(stage: Stage) -> None:
    view = stage.submit()
    with pytest.raises(errors.NotFound):
        queries.find(stage.id, view.id, agent_id="agt_01m7w97t3qe0t9ewz3n3rzg80k")
    assert queries.page(stage.id, agent_id="agt_01m7w97t3qe0t9ewz3n3rzg80k") == []
