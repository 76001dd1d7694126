"""A workspace's log for whoever checks it: the static files of c2sp.org/tlog-tiles, answered from the database.

Bearer: a key with `audit:read`, or a person who may see evidence; where the workspace has opened its log, nobody asks.
"""

import gzip

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from agents_api.audit_verbs import nothing, reader
from agents_api.door import Door
from audit.queries import log_queries

TEXT = "text/plain; charset=utf-8"
BINARY = "application/octet-stream"
FRESH, FOREVER = "max-age=2", "max-age=31536000, immutable"


class LogDoor(Door):
    """Described in docs/auditing.md: its formats are not ours to describe in OpenAPI."""

    schema = None

    def found(self, request: HttpRequest, log_id: str) -> log_queries.LogView:
        """The log, if the caller may read it. Another workspace's is not there."""
        view = log_queries.log(log_id)
        if view is not None and view.is_public:
            return view
        who = reader(request, timezone.now())
        if view is None or view.workspace_id != who.workspace_id:
            raise nothing()
        return view


class LogCheckpoint(LogDoor):
    def get(self, request: HttpRequest, log_id: str) -> HttpResponse:
        view = self.found(request, log_id)
        if not view.checkpoint:
            raise nothing()
        return _answer(view, view.checkpoint, TEXT, FRESH)


class LogWitnessed(LogDoor):
    """The newest checkpoint that the quorum of witnesses has cosigned, which may be a little behind the newest one."""

    def get(self, request: HttpRequest, log_id: str) -> HttpResponse:
        view = self.found(request, log_id)
        note = log_queries.witnessed(log_id)
        if not note:
            raise nothing("No quorum of witnesses has cosigned this log yet.")
        return _answer(view, note, TEXT, FRESH)


class LogKeys(LogDoor):
    def get(self, request: HttpRequest, log_id: str) -> HttpResponse:
        view = self.found(request, log_id)
        return _answer(view, log_queries.vkeys(log_id).encode(), TEXT, FRESH)


class LogPolicy(LogDoor):
    def get(self, request: HttpRequest, log_id: str) -> HttpResponse:
        view = self.found(request, log_id)
        return _answer(view, log_queries.policy(log_id).encode(), TEXT, FRESH)


class LogTile(LogDoor):
    def get(self, request: HttpRequest, log_id: str, tile: str) -> HttpResponse:
        view = self.found(request, log_id)
        data = log_queries.tile_at(view, f"tile/{tile}")
        if data is None:
            raise nothing("No signed tree of this log has this tile.")
        answer = _answer(view, data, BINARY, FOREVER)
        return _zipped(request, answer) if tile.startswith("entries/") else answer


def _answer(view: log_queries.LogView, data: bytes, media_type: str, caching: str) -> HttpResponse:
    whose = "public" if view.is_public else "private"
    return HttpResponse(data, content_type=media_type, headers={"Cache-Control": f"{whose}, {caching}"})


def _zipped(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Entries shrink to a fifth; hashes do not shrink."""
    answer.headers["Vary"] = "Accept-Encoding"
    if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        answer.content = gzip.compress(answer.content, 6, mtime=0)
        answer.headers["Content-Encoding"] = "gzip"
    return answer


urlpatterns = [
    path("<str:log_id>/checkpoint", LogCheckpoint.as_view(), name="log-checkpoint"),
    path("<str:log_id>/witnessed", LogWitnessed.as_view(), name="log-witnessed"),
    path("<str:log_id>/vkey", LogKeys.as_view(), name="log-vkey"),
    path("<str:log_id>/policy", LogPolicy.as_view(), name="log-policy"),
    path("<str:log_id>/tile/<path:tile>", LogTile.as_view(), name="log-tile"),
]
