"""What only the tests of this door need."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from outbox import wake


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Settings) -> None:
    """Nobody logs in by password at this door, so the cast need not pay for Argon2."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="module")
def own_listener() -> Iterator[None]:
    """Ears of the module's own, closed again, so that the test database can be dropped."""
    before, wake.listener = wake.listener, wake.Listener()
    yield
    wake.listener.stop()
    if wake.listener._thread is not None:
        wake.listener._thread.join(10)
    wake.listener = before
