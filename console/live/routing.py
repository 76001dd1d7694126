"""Which address a socket leads to."""

from typing import Any, cast

from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from django.urls import path

from console.live.consumers import QueueConsumer

# The consumer reads the session itself, at the start and again before it says anything.
routes: list[Any] = [path("ws/w/<slug:workspace>/", cast(Any, QueueConsumer.as_asgi()))]
application = CookieMiddleware(URLRouter(routes))
