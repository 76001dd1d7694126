"""The frame of every view: DRF's class, so that the schema generator sees it, without DRF's cost for each request."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from rest_framework.views import APIView

from agents_api import errors
from agents_api.errors import Problem
from approvals import strict_json
from approvals.strict_json import BODY_MAX

JSON = "application/json"
_TOO_LARGE = f"The body may hold {BODY_MAX // 1024} KiB. Send a reference to large material."


class Door(APIView):
    """A handler takes Django's request and returns Django's response; whatever it raises becomes a problem.

    DRF's request wrapper, negotiation, throttles and versioning are left out: they cost more than our own work.
    """

    http_method_names = ["get", "post", "head"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            handler = getattr(self, (request.method or "").lower(), None)
            if handler is None or request.method not in {"GET", "POST", "HEAD"}:
                raise self.wrong_method(request)
            response: HttpResponse = handler(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 (every error is answered as a problem; errors.py logs the unforeseen)
            return errors.answer(request, error)
        return response

    def wrong_method(self, request: HttpRequest) -> Problem:
        allowed = ", ".join(name.upper() for name in self.http_method_names if hasattr(self, name))
        detail = f"{request.method} is not known here. Use one of: {allowed or 'none'}."
        return Problem(405, "method_not_allowed", "Method not allowed", detail, headers={"Allow": allowed})


class AsyncDoor(Door):
    """The same for handlers that wait: nothing of it holds a thread."""

    async def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        try:
            handler = getattr(self, (request.method or "").lower(), None)
            if handler is None or request.method not in {"GET", "POST", "HEAD"}:
                raise self.wrong_method(request)
            response: HttpResponse = await handler(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 (as above)
            return errors.answer(request, error)
        return response


class Unknown(Door):
    """Whatever no other route took."""

    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        detail = "There is nothing at this address. The API is described at /api/v1/schema/."
        return errors.answer(request, Problem(404, "not_found", "Not found", detail))


def raw_body(request: HttpRequest) -> bytes:
    """The body, if it is announced as JSON and within 256 KiB."""
    if request.content_type != JSON:
        detail = f"Send {JSON} and say so in Content-Type."
        raise Problem(415, "unsupported_media_type", "Unsupported media type", detail)
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_MAX:
            raise errors.too_large(_TOO_LARGE)
        raw = request.body
    except RequestDataTooBig:
        raise errors.too_large(_TOO_LARGE) from None
    except (UnreadablePostError, ValueError):
        raise Problem(400, "unreadable", "Unreadable", "The body broke off. Send the request again.") from None
    if len(raw) > BODY_MAX:
        raise errors.too_large(_TOO_LARGE)
    return raw


def body(request: HttpRequest) -> Any:
    """The strictly parsed body."""
    return strict_json.parse(raw_body(request))
