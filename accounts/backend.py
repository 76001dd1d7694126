"""Log-in by e-mail and password. An unknown address costs the same work as a wrong password."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import User


class EmailBackend(BaseBackend):
    def authenticate(self, request: HttpRequest | None, email: str = "", password: str = "", **_: Any) -> User | None:
        """The active person with this address and password, else None."""
        person = User.objects.filter(email=email.strip().lower()).first()
        if person is None or not person.has_usable_password():
            make_password(password)
            return None
        return person if person.check_password(password) and person.is_active else None

    def get_user(self, user_id: str) -> User | None:
        """Asked at each request of a session, so a deactivated person is nobody from the next one on."""
        return User.objects.filter(pk=user_id, is_active=True).first()
