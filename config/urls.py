"""Which door a path leads to. Agents: /api, /log and /.well-known/. Watchdogs: /healthz and /readyz. Slack: /slack.
People: all else.
"""

from django.urls import include, path, re_path

from agents_api.door import Unknown

urlpatterns = [
    path("api/v1/", include("agents_api.urls")),
    re_path(r"^api(?:/|\Z)", Unknown.as_view()),
    path("log/", include("agents_api.log")),
    re_path(r"^log(?:/|\Z)", Unknown.as_view()),
    path(".well-known/", include("agents_api.wellknown")),
    path("", include("config.health")),
    path("slack/", include("console.slack.urls")),
    path("", include("console.web.urls")),
]

handler400 = "console.web.errors.bad_request"
handler403 = "console.web.errors.forbidden"
handler404 = "console.web.errors.not_found"
handler500 = "console.web.errors.broken"
