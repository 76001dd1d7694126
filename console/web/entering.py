"""Where a session becomes somebody's."""

from typing import Any

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest
from django.utils import timezone

from accounts import services
from console.web.browser import in_words

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


def enter(request: HttpRequest, person: Any) -> None:
    """Logs the person in under a fresh session key, and notes what the list of their sessions shows."""
    auth.login(request, person, BACKEND)
    services.introduce(request.session, at=timezone.now(), browser=in_words(request.META.get("HTTP_USER_AGENT", "")))
