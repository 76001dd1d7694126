"""Handing a file out, whole or in parts, so that a download that broke off goes on where it stopped.

The answer is made of values; a door wraps it in its own response. Each answer with bytes in it leaves a fact.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from asgiref.sync import sync_to_async

from approvals.errors import Conflict, NotFound
from audit import record
from audit.actor import Actor
from audit.kinds import EventKind
from compliance import offers, ranges, storage
from compliance.models import Export
from compliance.queries import exports as queries
from compliance.ranges import Span
from tenancy import scope

BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and, where `span` is set, bytes of the file."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    file: Path | None = None
    span: Span | None = None

    def pieces(self) -> Iterator[bytes]:
        if self.file is None or self.span is None:
            return
        with self.file.open("rb") as opened:
            opened.seek(self.span.first)
            left = self.span.length
            while left > 0 and (block := opened.read(min(BLOCK, left))):
                left -= len(block)
                yield block

    async def pieces_async(self) -> AsyncIterator[bytes]:
        """The same for a server with one loop: the disk is read in a thread, a block at a time."""
        blocks = self.pieces()
        while block := await sync_to_async(_next)(blocks):
            yield block


def _next(blocks: Iterator[bytes]) -> bytes:
    return next(blocks, b"")


def download(
    *, actor: Actor, at: datetime, workspace_id: str, export_id: str, headers: Mapping[str, str], is_head: bool = False
) -> Answer:
    """The answer to a GET or HEAD with these headers. Raises NotFound, and Conflict where the file is not there."""
    row = queries.row_of(workspace_id, export_id)
    file = _file(row)
    size, etag = row.bytes or 0, f'"{row.sha256}"'
    given = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Type": offers.TYPES[row.format],
        "Content-Disposition": f'attachment; filename="{_called(row)}"',
        "Cache-Control": "private, no-store",
    }
    if etag in [tag.strip() for tag in headers.get("If-None-Match", "").split(",")]:
        return Answer(304, {"ETag": etag})
    asked = headers.get("Range", "") if ranges.still_the_same(headers.get("If-Range", ""), etag) else ""
    span = ranges.span(asked, size)
    if span is None:
        return Answer(416, {**given, "Content-Range": f"bytes */{size}", "Content-Length": "0"})
    given["Content-Length"] = str(span.length)
    if not span.is_whole:
        given["Content-Range"] = f"bytes {span.first}-{span.last}/{size}"
    status = 200 if span.is_whole else 206
    if is_head:
        return Answer(status, given)
    _record(row, actor, at, span)
    return Answer(status, given, file, span)


def _file(row: Export) -> Path:
    if row.made_at is None:
        raise Conflict("It is not made yet. Look again in a moment.", code="not_made")
    found = storage.path(row.file)
    if row.expired_at is not None:
        raise Conflict("Its time is over and the file is gone. Order it again.", code="expired")
    if not found.is_file():
        raise NotFound("The file is not on this server. Web servers and workers have to share the exports' folder.")
    return found


def _called(row: Export) -> str:
    return f"countersign-{row.what}-{row.created_at:%Y%m%d-%H%M%S}.{offers.SUFFIXES[row.format]}"


def _record(row: Export, actor: Actor, at: datetime, span: Span) -> None:
    with scope.acting(row.workspace_id):
        record.record(
            kind=EventKind.EXPORT_DOWNLOADED,
            workspace_id=row.workspace_id,
            actor=actor,
            at=at,
            subject=("export", row.id),
            data={"first": span.first, "last": span.last, "whole": span.is_whole, "sha256": row.sha256},
        )
