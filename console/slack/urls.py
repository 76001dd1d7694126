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


urlpatterns = [path("events", events, name="slack-events")]
