"""Where Slack knocks. What stands behind is loaded at the first knock, and only where a Slack app is configured."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

Page = Callable[[HttpRequest], HttpResponse]


@csrf_exempt
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    if not settings.SLACK_SIGNING_SECRET:
        raise Http404("No signing secret is set.")
    door: Page = import_string("console.slack.door.events")
    return door(request)


def _page(name: str) -> Page:
    """The page behind a dotted name, where Slack is on."""

    def page(request: HttpRequest) -> HttpResponse:
        if not (settings.SLACK_SIGNING_SECRET or settings.SLACK_APP_TOKEN):
            raise Http404("No Slack app is configured.")
        found: Page = import_string(name)
        return found(request)

    return page


urlpatterns = [
    path("events", events, name="slack-events"),
    path("install", _page("console.web.slack_install.install"), name="slack-install"),
    path("oauth_redirect", _page("console.web.slack_install.come_back"), name="slack-oauth-redirect"),
    path("link", _page("console.web.slack_link.page"), name="slack-link"),
    path("link/start", _page("console.web.slack_link.start"), name="slack-link-start"),
    path("link/callback", _page("console.web.slack_link.come_back"), name="slack-link-callback"),
]
