"""What only the tests of this door need."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from outbox import wake
from tests import hearing


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Settings) -> None:
    """Nobody logs in by password at this door, so the cast need not pay for Argon2."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="module")
def own_listener(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Ears of the module's own, closed again, so that the test database can be dropped."""
    before, wake.listener = wake.listener, wake.Listener()
    yield
    with django_db_blocker.unblock():
        hearing.close(wake.listener)
    wake.listener = before
