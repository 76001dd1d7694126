"""A wiped database is one that nobody of an earlier test still holds."""

from asgiref.sync import SyncToAsync
from django.db import connection

from tests import wiping


def test_no_connection_of_an_async_test_outlives_its_database(committed: None) -> None:
    async_thread = SyncToAsync.single_thread_executor
    async_thread.submit(lambda: connection.ensure_connection()).result()
    wiping.wipe()
    assert async_thread.submit(lambda: connection.connection).result() is None
