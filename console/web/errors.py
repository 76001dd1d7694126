"""Pages for what went wrong: each says what it means and where to go on."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400, "This request makes no sense to us", "Go back, reload the page and try once more.")


def forbidden(request: HttpRequest, exception: PermissionDenied | None = None) -> HttpResponse:
    return _page(request, 403, "You may not do this here", str(exception or "") or "An admin can change your role.")


def not_found(request: HttpRequest, exception: Http404 | None = None) -> HttpResponse:
    told = "Nothing is here, or it belongs to a workspace that you are not in. Check the address or your log-in."
    return _page(request, 404, "Not found", told)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    told = "Your session changed, or the page was very old. Nothing was sent: go back, reload and press again."
    return _page(request, 403, "The page was out of date", told)


def broken(request: HttpRequest) -> HttpResponse:
    """Bare: whatever the page needs may be what broke."""
    return render(None, "errors/500.html", {"request_id": getattr(request, "request_id", "")}, status=500)


def _page(request: HttpRequest, status: int, title: str, told: str) -> HttpResponse:
    context = {"status": status, "heading": title, "told": told, "request_id": getattr(request, "request_id", "")}
    return render(request, "errors/page.html", context, status=status)
