"""A person's own ways to look at the queue of one workspace."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.http import Http404

from accounts.queries import Member
from console.models import SavedView

MOST = 20


class Refused(Exception):
    """Nothing was kept; the text says why."""


def of(member: Member) -> list[SavedView]:
    """By name."""
    return list(SavedView.objects.filter(user_id=member.user_id).order_by("name"))


def save(member: Member, *, at: datetime, name: str, query: str) -> SavedView:
    """Keeps `query` under the name; a view of the same name is replaced."""
    title = _title(name)
    mine = SavedView.objects.filter(user_id=member.user_id)
    if mine.filter(name=title).update(query=query):
        return mine.get(name=title)
    if mine.count() >= MOST:
        raise Refused(f"You keep {MOST} views, which is the most. Delete one first.")
    workspace_id, user_id = member.workspace_id, member.user_id
    return SavedView.objects.create(workspace_id=workspace_id, user_id=user_id, name=title, query=query, created_at=at)


def rename(member: Member, view_id: str, name: str) -> None:
    renamed = SavedView.objects.filter(pk=_own(member, view_id).pk)
    title = _title(name)
    try:
        with transaction.atomic():
            renamed.update(name=title)
    except IntegrityError as error:
        raise Refused(f"You have a view called {title} already. Choose another name.") from error


def open_first(member: Member, view_id: str, *, is_default: bool) -> None:
    """Makes the queue begin with this view, or with no view again."""
    chosen = _own(member, view_id)
    with transaction.atomic():
        SavedView.objects.filter(user_id=member.user_id, is_default=True).update(is_default=False)
        if is_default:
            SavedView.objects.filter(pk=chosen.pk).update(is_default=True)


def delete(member: Member, view_id: str) -> None:
    _own(member, view_id).delete()


def _own(member: Member, view_id: str) -> SavedView:
    found = SavedView.objects.filter(pk=view_id.replace("\0", ""), user_id=member.user_id).first()
    if found is None:
        raise Http404
    return found


def _title(name: str) -> str:
    title = " ".join(name.replace("\0", "").split())
    if not 1 <= len(title) <= 60:
        raise Refused("Give the view a name of 1 to 60 characters.")
    return title
