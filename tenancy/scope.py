"""The current workspace, and queries that fail without one.

A door enters a workspace once (`with scope.workspace(id)`), and every scoped manager below filters by it. A query
outside a workspace raises `NoWorkspace` instead of reading everybody's rows; work that really spans workspaces (log-in,
timers, the relay) says so by using `Model.everywhere`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ClassVar, Self, TypeVar

from django.db import connection, models, transaction

M = TypeVar("M", bound=models.Model, covariant=True)

_current: ContextVar[str | None] = ContextVar("workspace", default=None)


class NoWorkspace(RuntimeError):
    """A scoped query ran outside a workspace. Enter one with `scope.workspace(id)`, or use `Model.everywhere` and say
    why.
    """


def current() -> str:
    """The id of the workspace that this code runs in. Raises NoWorkspace."""
    workspace_id = _current.get()
    if workspace_id is None:
        raise NoWorkspace(NoWorkspace.__doc__)
    return workspace_id


@contextmanager
def workspace(workspace_id: str) -> Iterator[None]:
    """Runs the block inside a workspace; blocks may be nested."""
    token = _current.set(workspace_id)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def acting(workspace_id: str) -> Iterator[None]:
    """A transaction inside a workspace. PostgreSQL learns the workspace too, which is what row-level security reads."""
    with workspace(workspace_id), transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("select set_config('countersign.workspace', %s, true)", [workspace_id])
        yield


class ScopedManager(models.Manager[M]):
    """Filters by the current workspace."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(workspace_id=current())


class Scoped(models.Model):
    """A row of one workspace: `objects` sees the current workspace only, `everywhere` sees all."""

    objects: ClassVar[ScopedManager[Self]] = ScopedManager()
    everywhere: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True
