"""Who is to be written to about an action, and when.

Submitting writes no row for it: notices are made when the word "submitted" is passed on. Whatever is due for a person
at one look of the sweep goes into one letter, so a flood of actions is one letter and a digest is nothing special.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db import connection, transaction

from accounts import queries as accounts_queries
from accounts.queries import Reader
from approvals import answers, rights
from approvals.answers import ActionView
from approvals.models import Action, Message, Notice
from approvals.services.counting import counted_each
from approvals.states import State
from outbox.post import post
from tenancy import ids, scope, sql

WAITING, EXPIRING, ANSWERED = "waiting", "expiring", "answered"
KIND = "action.notices"
DIGEST_EVERY = timedelta(minutes=15)
KEPT = timedelta(days=30)
IN_ONE_LETTER = 50


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a letter tells. `question` and `answer` where a question was answered: the latter is the agent's
    own text.
    """

    notice_id: str
    kind: str
    action: ActionView
    question: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class OwedLetter:
    """What is still worth telling this person."""

    reader: Reader
    items: tuple[Item, ...]


def owe_letters(*, at: datetime, kind: str, view: ActionView) -> None:
    """Makes the notices that the word `kind` about this action calls for; a second time it makes none."""
    rows = list(_calls_for(at, kind, view)) if view.is_open else []
    if rows:
        with scope.acting(view.workspace_id):
            Notice.objects.bulk_create(rows, ignore_conflicts=True)


def _calls_for(at: datetime, kind: str, view: ActionView) -> Iterator[Notice]:
    if kind == "action.submitted":
        groups = [need["group"] for need in view.terms["needs"]]
        for reader in accounts_queries.readers_in(view.workspace_id, groups, view.risk):
            if rights.refusal(view, reader, "reject") is None:
                yield _notice(WAITING, view, reader, at, _next_digest(at) if reader.is_digest else at)
                if view.target_at < view.expires_at:
                    yield _notice(EXPIRING, view, reader, at, view.target_at)
    elif kind == "action.answered":
        said = Message.everywhere.filter(workspace_id=view.workspace_id, action_id=view.id).order_by(
            "-created_at", "-id"
        )
        question, answer = said.filter(author_kind="person").first(), said.filter(author_kind="agent").first()
        asker = accounts_queries.reader(view.workspace_id, question.author_id) if question else None
        if asker is not None and asker.is_written_to and answer:
            yield _notice(ANSWERED, view, asker, at, at, answer.id)


def _notice(kind: str, view: ActionView, reader: Reader, at: datetime, due_at: datetime, about: str = "") -> Notice:
    return Notice(
        id=ids.new("ntc", at),
        workspace_id=view.workspace_id,
        action_id=view.id,
        user_id=reader.user_id,
        kind=kind,
        about=about,
        created_at=at,
        due_at=due_at,
    )


def _next_digest(at: datetime) -> datetime:
    """The next quarter of an hour by the clock."""
    whole = at.replace(minute=0, second=0, microsecond=0)
    return whole + (1 + (at - whole) // DIGEST_EVERY) * DIGEST_EVERY


def promise_letters(*, at: datetime, limit: int = 500) -> bool:
    """Promises one letter to each person for whom something is due; True when there may be more.

    What was decided meanwhile is dropped here.
    """
    due = Notice.everywhere.filter(promised_at=None, due_at__lte=at)
    if not due.exists():
        return False
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        rows = list(due.order_by("due_at", "id")[:limit])
        Notice.everywhere.filter(id__in=[row.id for row in rows]).update(promised_at=at)
        wanted = {row.action_id for row in rows}
        still_open = set(Action.everywhere.filter(id__in=wanted, state=State.PENDING).values_list("id", flat=True))
        _post([row for row in rows if row.action_id in still_open], at)
    return len(rows) == limit


def _post(rows: list[Notice], at: datetime) -> None:
    rows.sort(key=lambda row: (row.workspace_id, row.user_id, row.due_at, row.id))
    for (workspace_id, user_id), mine in groupby(rows, key=lambda row: (row.workspace_id, row.user_id)):
        theirs = list(mine)
        post(
            sink="mail",
            kind=KIND,
            workspace_id=workspace_id,
            subject=theirs[0].action_id if len(theirs) == 1 else user_id,
            payload={
                "user": user_id,
                "notices": [row.id for row in theirs[:IN_ONE_LETTER]],
                "more": len(theirs[IN_ONE_LETTER:]),
            },
            at=at,
        )


def owed_letter(workspace_id: str, user_id: str, notice_ids: Iterable[str]) -> OwedLetter | None:
    """What of these notices is unsent and still true, or None: then there is nothing to send."""
    rows = Notice.everywhere.filter(workspace_id=workspace_id, user_id=user_id, sent_at=None, id__in=list(notice_ids))
    notices = list(rows.order_by("due_at", "id"))
    reader = accounts_queries.reader(workspace_id, user_id)
    if not notices or reader is None or not reader.is_written_to:
        return None
    views = {view.id: view for view in _views(workspace_id, sorted({row.action_id for row in notices}))}
    items = [
        _item(notice, views[notice.action_id])
        for notice in notices
        if notice.action_id in views and _is_true(notice, views[notice.action_id], reader)
    ]
    return OwedLetter(reader, tuple(items)) if items else None


def _views(workspace_id: str, action_ids: list[str]) -> list[ActionView]:
    marks = ", ".join(["%s"] * len(action_ids))
    where = f" where a.workspace_id = %s and a.state = 'pending' and a.id in ({marks})"
    found = [answers.view(row) for row in sql.many(answers.select() + where, [workspace_id, *action_ids])]
    return counted_each(found)


def _is_true(notice: Notice, view: ActionView, reader: Reader) -> bool:
    """Somebody who has voted, or may not any more, is not asked for it."""
    return notice.kind == ANSWERED or rights.refusal(view, reader, "reject") is None


def _item(notice: Notice, view: ActionView) -> Item:
    if notice.kind != ANSWERED:
        return Item(notice.id, notice.kind, view)
    said = Message.everywhere.filter(workspace_id=notice.workspace_id, action_id=notice.action_id)
    answer = said.filter(id=notice.about).first()
    if answer is None:
        return Item(notice.id, notice.kind, view)
    asked = said.filter(author_kind="person", created_at__lte=answer.created_at).order_by("-created_at", "-id")
    return Item(notice.id, notice.kind, view, asked.values_list("text", flat=True).first() or "", answer.text)


def letter_is_out(*, at: datetime, workspace_id: str, notice_ids: Iterable[str]) -> None:
    """So that a second delivery of the same promise sends nothing."""
    Notice.everywhere.filter(workspace_id=workspace_id, id__in=list(notice_ids), sent_at=None).update(sent_at=at)


def forget_notices(*, at: datetime) -> int:
    """Drops what was promised long ago."""
    return Notice.everywhere.filter(promised_at__lt=at - KEPT).delete()[0]
