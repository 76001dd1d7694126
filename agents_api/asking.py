"""What the query and the headers ask for, read as strictly as a body."""

from dataclasses import dataclass

from django.http import HttpRequest

from agents_api import errors
from tenancy import ids

STATES = ("pending", "approved", "rejected", "expired", "withdrawn")
LIMIT = 50
LIMIT_MAX = 100


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Empty members let everything through; `after` is the last id of the page before."""

    state: str
    tool: str
    after: str
    limit: int


def page(request: HttpRequest) -> PageQuery:
    asked = words(request, "state", "tool", "after", "limit")
    state, after = asked.get("state", ""), asked.get("after", "")
    if state and state not in STATES:
        raise errors.invalid("/state", "bad_format", f"Take one of: {', '.join(STATES)}.")
    if after and not ids.is_id(after, "act"):
        raise errors.invalid("/after", "bad_format", "Give `next` of the page before as it came.")
    tool = asked.get("tool", "")
    if len(tool) > 200 or "\0" in tool:
        raise errors.invalid("/tool", "bad_format", "Give the name of a tool.")
    return PageQuery(state, tool, after, whole_number(asked, "limit", default=LIMIT, least=1, most=LIMIT_MAX))


@dataclass(frozen=True, slots=True)
class IncidentsQuery:
    """`closed` None lists both."""

    closed: bool | None
    after: str
    limit: int


def incidents(request: HttpRequest) -> IncidentsQuery:
    asked = words(request, "state", "after", "limit")
    state, after = asked.get("state", ""), asked.get("after", "")
    if state not in {"", "open", "closed"}:
        raise errors.invalid("/state", "bad_format", "Take one of: open, closed.")
    if after and not ids.is_id(after, "inc"):
        raise errors.invalid("/after", "bad_format", "Give `next` of the page before as it came.")
    limit = whole_number(asked, "limit", default=LIMIT, least=1, most=LIMIT_MAX)
    return IncidentsQuery(state == "closed" if state else None, after, limit)


def words(request: HttpRequest, *known: str) -> dict[str, str]:
    """The query, each parameter once and none that we do not know: a typo never passes silently."""
    for name, values in request.GET.lists():
        if name not in known:
            raise errors.invalid(_pointer(name), "unknown_parameter", f"Take one of: {', '.join(known) or 'none'}.")
        if len(values) > 1:
            raise errors.invalid(_pointer(name), "duplicate_parameter", "Send each parameter once.")
    return {name: str(request.GET[name]) for name in known if name in request.GET}


def whole_number(values: dict[str, str], name: str, *, default: int, least: int, most: int) -> int:
    text = values.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise errors.invalid(_pointer(name), "out_of_range", f"Give a whole number from {least} to {most}.")
    return int(text)


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


def known_tags(request: HttpRequest) -> frozenset[str]:
    """The tags of If-None-Match, compared weakly (RFC 9110, 13.1.2)."""
    tags = (tag.strip().removeprefix("W/") for tag in request.META.get("HTTP_IF_NONE_MATCH", "").split(","))
    return frozenset(tag for tag in tags if tag)
