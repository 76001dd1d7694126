"""Everything over one server: pages, the agents' API, sockets and static files."""

import os
from wsgiref.headers import Headers

from channels.routing import ProtocolTypeRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.utils.module_loading import import_string
from servestatic import ServeStaticASGI

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def dress(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


pages = get_asgi_application()
# Sockets read members, so their module can only be imported when the line above has loaded the apps.
sockets = import_string("console.live.routing.application")

application = ServeStaticASGI(
    ProtocolTypeRouter({"http": pages, "websocket": AllowedHostsOriginValidator(sockets)}),
    root=settings.STATICFILES_DIRS[0] if settings.DEBUG else settings.STATIC_ROOT,
    prefix=settings.STATIC_URL,
    autorefresh=settings.DEBUG,
    add_headers_function=dress,
    allow_all_origins=False,
)
