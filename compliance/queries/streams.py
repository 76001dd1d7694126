"""What a stream has still to send: the next entries of its log in their order, and how far behind it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from audit.models import Event, Leaf, Log
from compliance import entries, formats
from compliance.entries import Entry, Place
from compliance.filters import Filter
from compliance.models import Stream
from outbox.types import PermanentFailure

STREAM_FORMATS = formats.LABELS
BATCH, BYTES = 500, 1024 * 1024
_EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries `first` to before `end` of one log, as lines. `id` is the same whenever the same entries are sent."""

    log_id: str
    generation: int
    first: int
    end: int
    body: bytes

    def id(self, stream_id: str) -> str:
        return f"{stream_id}.{self.generation}.{self.first}.{self.end}"


def waiting() -> QuerySet[Stream]:
    """The streams of all workspaces that go on and have something to send."""
    ahead = Leaf.objects.filter(log_id=OuterRef("log_id"), seq__gte=OuterRef("position"))
    begun = _next_logs().filter(Exists(Leaf.objects.filter(log_id=OuterRef("id"))))
    return Stream.everywhere.filter(Q(Exists(ahead)) | Q(Exists(begun)), paused_at=None, ended_at=None)


def next_batch(stream: Stream) -> Batch | None:
    """None where everything was sent. At least one entry, whatever its size. Runs inside the workspace's scope.

    Raises PermanentFailure where somebody took an event away.
    """
    log_id, generation, first = stream.log_id, stream.generation, stream.position
    places = _places(log_id, first)
    # A log that was begun anew takes no more entries once it has a successor.
    newer = None if places else _newer(stream)
    if newer is not None:
        log_id, generation, first = newer.id, newer.generation, 0
        places = _places(log_id, first)
    if not places:
        return None
    lines, size = list[bytes](), 0
    for entry in _entries(stream, log_id, places):
        line = formats.line(stream.format, entry)
        if lines and size + len(line) > BYTES:
            break
        lines.append(line)
        size += len(line)
    return Batch(log_id, generation, first, first + len(lines), b"".join(lines))


def _places(log_id: str, first: int) -> list[tuple[int, str]]:
    leaves = Leaf.objects.filter(log_id=log_id, seq__gte=first).order_by("seq")
    return list(leaves.values_list("seq", "event_id")[:BATCH])


def _newer(stream: Stream) -> Log | None:
    logs = Log.objects.filter(workspace_id=stream.workspace_id, generation__gt=stream.generation)
    return logs.order_by("generation").first()


def _next_logs() -> QuerySet[Log]:
    return Log.objects.filter(workspace_id=OuterRef("workspace_id"), generation__gt=OuterRef("generation"))


def _entries(stream: Stream, log_id: str, places: Sequence[tuple[int, str]]) -> list[Entry]:
    rows = Event.objects.filter(workspace_id=stream.workspace_id, pk__in=[event_id for _, event_id in places])
    found = entries.matching(
        list(rows.values_list("id", "body", "recorded_at", "action_id")),
        _EVERYTHING,
        entries.named_agents(stream.workspace_id),
        with_values=stream.with_values,
    )
    known = {entry.id: entry for entry in found}
    lost = [index for index, event_id in places if event_id not in known]
    if lost:
        raise PermanentFailure(f"Entry {lost[0]} of the log has lost its event. Verify the log.")
    return [replace(known[event_id], place=Place(log_id, index)) for index, event_id in places]


@dataclass(frozen=True, slots=True)
class StreamView:
    """`state` is sending, waiting (all was sent), failing or paused. `behind` counts the entries that are still to be
    sent, `late_seconds` the age of the oldest of them.
    """

    id: str
    workspace_id: str
    url: str
    format: str
    format_label: str
    with_values: bool
    by_name: str
    created_at: datetime
    state: str
    sent: int
    sent_at: datetime | None
    behind: int
    late_seconds: float
    failing_since: datetime | None
    last_error: str


def page(workspace_id: str, *, at: datetime) -> list[StreamView]:
    """Those that go on or are paused, newest first."""
    return _views(Stream.everywhere.filter(workspace_id=workspace_id, ended_at=None), at)


def everywhere(*, at: datetime) -> list[StreamView]:
    """Of all workspaces, for operators."""
    return _views(Stream.everywhere.filter(ended_at=None), at)


def _views(streams: QuerySet[Stream], at: datetime) -> list[StreamView]:
    """Two questions, however many streams there are."""
    here = Leaf.objects.filter(log_id=OuterRef("log_id"))
    oldest = here.filter(seq__gte=OuterRef("position")).order_by("seq").values("event_id")[:1]
    recorded = Event.objects.filter(pk=OuterRef("oldest")).values("recorded_at")
    last = here.order_by("-seq").values("seq")[:1]
    rows = streams.annotate(oldest=Subquery(oldest), last=Subquery(last)).annotate(since=Subquery(recorded))
    found = list(rows.order_by("-id"))
    newer = _sizes({row.workspace_id for row in found})
    return [_view(row, newer.get(row.workspace_id, []), at) for row in found]


def _sizes(workspace_ids: set[str]) -> dict[str, list[tuple[int, int]]]:
    """Generation and size of the logs, by workspace."""
    last = Leaf.objects.filter(log_id=OuterRef("id")).order_by("-seq").annotate(size=F("seq") + 1).values("size")[:1]
    sizes: dict[str, list[tuple[int, int]]] = {}
    logs = Log.objects.filter(workspace_id__in=workspace_ids, generation__gt=1).annotate(size=Subquery(last))
    for workspace_id, generation, size in logs.values_list("workspace_id", "generation", "size"):
        sizes.setdefault(workspace_id, []).append((generation, size or 0))
    return sizes


def _view(row: Stream, newer: Sequence[tuple[int, int]], at: datetime) -> StreamView:
    last, since = getattr(row, "last", None), getattr(row, "since", None)
    behind = max(0, (-1 if last is None else last) + 1 - row.position)
    behind += sum(size for generation, size in newer if generation > row.generation)
    return StreamView(
        id=row.id,
        workspace_id=row.workspace_id,
        url=row.url,
        format=row.format,
        format_label=formats.LABELS[row.format],
        with_values=row.with_values,
        by_name=row.by_name,
        created_at=row.created_at,
        state=_state(row, behind),
        sent=row.sent,
        sent_at=row.sent_at,
        behind=behind,
        late_seconds=0.0 if since is None else max(0.0, (at - since).total_seconds()),
        failing_since=row.failing_since,
        last_error=row.last_error,
    )


def _state(row: Stream, behind: int) -> str:
    if row.paused_at is not None:
        return "paused"
    if row.failing_since is not None:
        return "failing"
    return "sending" if behind else "waiting"
