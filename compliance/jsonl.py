"""Events as JSON lines. Each is RFC 8785 canonical JSON, so the same log gives the same bytes on every database."""

from audit.canonical import plain, stamp
from compliance.entries import Entry

SCHEMA = "countersign-events/1"


def line(entry: Entry) -> bytes:
    """`{"action", "event", "recorded_at", "schema"}`, with values also `"broken", "erased", "values"`, with its place
    in the log `"index", "log"`; ends with LF.

    `event` is the event itself, byte for byte. `action` repeats agent, outcome and tool of the action it belongs to.
    """
    about = entry.action
    parts = [b'"action":' + (b"null" if about is None else plain(_told(about.agent, about.outcome, about.tool)))]
    if entry.values is not None:
        parts.append(b'"broken":' + plain(list(entry.broken or ())))
        parts.append(b'"erased":' + plain(list(entry.erased or ())))
    parts.append(b'"event":' + entry.body)
    if entry.place is not None:
        parts.append(b'"index":' + plain(entry.place.index))
        parts.append(b'"log":' + plain(entry.place.log))
    parts.append(b'"recorded_at":' + plain(stamp(entry.recorded_at)))
    parts.append(b'"schema":' + plain(SCHEMA))
    if entry.values is not None:
        parts.append(
            b'"values":{' + b",".join(plain(name) + b":" + entry.values[name] for name in sorted(entry.values)) + b"}"
        )
    return b"{" + b",".join(parts) + b"}\n"


def _told(agent: str, outcome: str, tool: str) -> dict[str, str]:
    return {"agent": agent, "outcome": outcome, "tool": tool}
