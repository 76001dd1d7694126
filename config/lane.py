"""The short way for machines through Django's handler."""

import itertools
import re
from collections.abc import Callable
from typing import Any

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest
from django.urls import ResolverMatch, set_script_prefix

from config.middleware import FOR_MACHINES, numbered

# A kept connection stays with the worker that happened to take it. After so many answers a worker lets one go, so that
# an unlucky draw (all agents at one worker, none at the other) mends itself; connecting anew costs little beside that.
SPREAD_EVERY = 128
_CLOSE = ("Connection", "close")
_ID = re.compile(r"(?<=/)[a-z]{3}_[0-9a-z]{26}(?=/|$)")


class MachineHandler(WSGIHandler):
    """Django's handler with a request id alone around it: the layers for people skip the agents' routes anyway, and two
    calls a layer, for nothing, are a tenth of what a submission costs.
    """

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Of what Django hears when a request begins and ends, machines need only that old connections are closed."""
        close_old_connections()
        request = WSGIRequest(environ)
        set_script_prefix(request.META["SCRIPT_NAME"])
        response: Any = self.get_response(request)
        headers = [*response.items(), *FOR_MACHINES]
        if next(self._answered) % SPREAD_EVERY == 0 and environ.get("SERVER_PROTOCOL") == "HTTP/1.1":
            headers.append(_CLOSE)
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        if response.streaming:
            # Its parts are still to be read, so it says itself when the request has ended.
            return response
        close_old_connections()
        return [response.content]

    def load_middleware(self, is_async: bool = False) -> None:
        # Names that Django's own method sets; the type stubs know none of them.
        self._view_middleware = self._exception_middleware = self._template_response_middleware = []  # type: ignore[var-annotated]
        view = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        self._middleware_chain = convert_exception_to_response(numbered(view))
        self._known: dict[str | tuple[str, str], ResolverMatch] = {}
        self._answered = itertools.count(1)

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """A route is looked up once, whatever the id in it."""
        path = request.path_info
        found = _ID.search(path)
        # A pair, which no path can be taken for: `/actions/*` is not the shape of `/actions/act_…`.
        shape = (path[: found.start()], path[found.end() :]) if found else path
        known = self._known.get(shape)
        if known is None:
            match = super().resolve_request(request)
            if _is_of_shape(match, path, found):
                self._known[shape] = match
        else:
            match = known if found is None else _with_id(known, found[0])
        request.resolver_match = match
        return match


def _is_of_shape(match: ResolverMatch, path: str, found: re.Match[str] | None) -> bool:
    """Whether another path that differs in the id alone takes the same route."""
    if found is None:
        return path == f"/{match.route}"
    return list(match.kwargs.values()) == [found[0]] and "/<str:" in match.route


def _with_id(known: ResolverMatch, value: str) -> ResolverMatch:
    [name] = known.kwargs
    return ResolverMatch(
        known.func,
        known.args,
        {name: value},
        known.url_name,
        [*known.app_names],
        [*known.namespaces],
        known.route,
        known.tried,
        {name: value},
    )
