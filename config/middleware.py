"""What wraps every request. The agents' routes bear one thin layer; the others are Django's, for people only."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.gzip import GZipMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin

MACHINE_PATHS = ("/api/", "/log/", "/.well-known/", "/healthz", "/readyz")
API = "/api"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
# What every answer to a machine bears, whatever the view says.
FOR_MACHINES = (*_HEADERS.items(), ("Content-Security-Policy", _NOTHING))

View = Callable[[HttpRequest], Any]


def is_for_machines(path: str) -> bool:
    """Whether the path, from the root, is an agent's or a watchdog's."""
    return path == API or path.startswith(MACHINE_PATHS)


@sync_and_async_middleware
def plumbing(get_response: View) -> View:
    """A request id, and headers that hold on every answer, errors included."""

    def dress(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        headers = response.headers
        headers["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if is_for_machines(request.path_info):
            headers["Content-Security-Policy"] = _NOTHING
        headers.setdefault("Cache-Control", "no-store")
        return response

    if iscoroutinefunction(get_response):

        async def around(request: HttpRequest) -> HttpResponseBase:
            request.request_id = os.urandom(8).hex()  # type: ignore[attr-defined]
            return dress(request, await get_response(request))

        return around

    def before(request: HttpRequest) -> HttpResponseBase:
        request.request_id = os.urandom(8).hex()  # type: ignore[attr-defined]
        return dress(request, get_response(request))

    return before


def numbered(get_response: View) -> View:
    """The part of `plumbing` that differs from answer to answer; the server's handler adds FOR_MACHINES to each."""

    def around(request: HttpRequest) -> HttpResponseBase:
        request.request_id = os.urandom(8).hex()  # type: ignore[attr-defined]
        response: HttpResponseBase = get_response(request)
        response.headers["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return around


class ForPeople(MiddlewareMixin):
    """Skips the agents' routes: they use neither cookies nor sessions, and each layer costs them time."""

    def __call__(self, request: HttpRequest) -> Any:
        if is_for_machines(request.path_info):
            return self.get_response(request)
        return super().__call__(request)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        answer: Awaitable[HttpResponseBase] = super().__acall__(request)
        return await answer


class SecurityForPeople(ForPeople, SecurityMiddleware):
    pass


class GzipForPeople(ForPeople, GZipMiddleware):
    """Django pads each answer by a random length, so that its size tells nothing about a secret in it.

    What can be fetched in parts is sent as it is: a part of something compressed on the way is a part of nothing.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.has_header("Accept-Ranges"):
            return response
        return super().process_response(request, response)


class SessionForPeople(ForPeople, SessionMiddleware):
    pass


class CommonForPeople(ForPeople, CommonMiddleware):
    pass


class CsrfForPeople(ForPeople, CsrfViewMiddleware):
    pass


class AuthenticationForPeople(ForPeople, AuthenticationMiddleware):
    pass


class MessagesForPeople(ForPeople, MessageMiddleware):
    pass


class CspForPeople(ForPeople, CSPMiddleware):
    pass
