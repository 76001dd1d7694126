"""/slack/events: everything that Slack sends by HTTP. Whoever cannot sign is answered 401 before anything is read."""

import re
from hashlib import sha256

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from slack_bolt.adapter.django import SlackRequestHandler
from slack_sdk.signature import SignatureVerifier

from console.services import slack
from console.slack import shapes
from console.slack.app import bolt

NOT_SLACKS = "This is no request that Slack makes."
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


def events(request: HttpRequest) -> HttpResponse:
    """401 without a good signature that is younger than five minutes; 409 for what was taken before."""
    if not _is_signed(request):
        return HttpResponse("The signature is missing or wrong.", status=401, content_type="text/plain")
    try:
        shapes.check(request.body, request.content_type or "")
    except shapes.Absurd:
        return HttpResponse(NOT_SLACKS, status=400, content_type="text/plain")
    key = _key(request)
    if key and not slack.remember(at=timezone.now(), key=key):
        # Slack sends an event again until it hears of it; a press comes once.
        again = key.startswith("event:")
        return HttpResponse(status=200 if again else 409)
    try:
        answer = SlackRequestHandler(bolt()).handle(request)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        slack.forget(key=key)
        return HttpResponse(NOT_SLACKS, status=400, content_type="text/plain")
    if answer.status_code >= 500:
        slack.forget(key=key)
    return answer


def _is_signed(request: HttpRequest) -> bool:
    """The library's own check raises for headers that are no number or not ASCII, so their shape comes first."""
    stamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    if not (_TIMESTAMP.fullmatch(stamp) and _SIGNATURE.fullmatch(signature)):
        return False
    try:
        body = request.body.decode()
    except UnicodeDecodeError:
        return False
    return SignatureVerifier(settings.SLACK_SIGNING_SECRET).is_valid(body, stamp, signature)


def _key(request: HttpRequest) -> str:
    """What this request is known by: an event by its id, anything else by its bytes. "" for a mere handshake."""
    if request.content_type != "application/json":
        return "press:" + sha256(request.body).hexdigest()
    try:
        tree = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return ""
    event_id = str(tree.get("event_id", "")) if isinstance(tree, dict) else ""
    return f"event:{event_id[:80]}" if event_id else ""
