"""A thread beside this one with a database connection of its own: the database reads and writes while Python works."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import connection, connections

P = ParamSpec("P")
T = TypeVar("T")


class Done(Generic[T]):
    """What was done at once, for whoever would wait for it."""

    def __init__(self, value: T) -> None:
        self._value = value

    def result(self) -> T:
        return self._value


class Aside:
    """Does one thing after another, in the order in which they were started."""

    def __init__(self, pool: ThreadPoolExecutor | None) -> None:
        self._pool = pool
        self._started: list[Future[Any]] = []

    def start(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T] | Done[T]":
        """Its `result()` waits, and raises what the call raised. Without a pool the call is made here and now."""
        if self._pool is None:
            return Done(call(*args, **kwargs))
        started: Future[T] = self._pool.submit(copy_context().run, partial(call, *args, **kwargs))
        self._started = [*(one for one in self._started if not one.done()), started]
        return started

    def drop(self) -> None:
        """What did not begin yet never does."""
        for one in self._started:
            one.cancel()


@contextmanager
def beside() -> Iterator[Aside]:
    """In the end what did not begin is dropped, and what did is waited for.

    Inside a transaction, which another connection cannot see into, and on SQLite, which has one writer, nothing is done
    beside: everything is done at once.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield Aside(None)
        return
    with ThreadPoolExecutor(1, "aside") as pool:
        aside = Aside(pool)
        try:
            yield aside
        finally:
            aside.drop()
            pool.submit(connections.close_all)
