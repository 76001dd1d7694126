"""The cast in front of their browsers, as far as Django's test client is one."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from tests.cast import Stage

QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]
Browse = Callable[[str], Client]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Argon2 is slow by design; tests/accounts uses it, these pages need not."""
    settings.PASSWORD_HASHERS = QUICK


@pytest.fixture
def browse(stage: Stage) -> Browse:
    """A client that a person of `demo` is logged in with."""

    def log_in(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(pk=stage.people[name]))
        return client

    return log_in
