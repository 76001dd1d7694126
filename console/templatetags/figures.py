"""Numbers as pages say them, and the address of the actions behind one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from approvals.services.boards.sums import Rate
from approvals.services.boards.windows import Window
from approvals.states import Reason

register = template.Library()
NOTHING = "–"  # noqa: RUF001 (an en dash, for "nothing to say")
BANDS = 5


@register.filter
def share(rate: Rate) -> str:
    """ "12.5 %"; a dash where there is nothing to share."""
    return NOTHING if rate.share is None else f"{100 * rate.share:.1f} %"


@register.filter
def percent(rate: Rate) -> str:
    """The share as a bare number for a chart, "" for none."""
    return "" if rate.share is None else f"{100 * rate.share:.2f}"


@register.filter
def taken(seconds: float | timedelta | None) -> str:
    """A length of time in its largest unit with two digits or more: "48 s", "12 min", "3.2 h"."""
    if seconds is None:
        return NOTHING
    count = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if count >= 2 * size:
            found = count / size
            return f"{found:.1f} {unit}" if found < 10 else f"{found:.0f} {unit}"
    return f"{count:.0f} s"


@register.filter
def minutes(seconds: float | timedelta | None) -> str:
    """A bare number of minutes for a chart, "" for none."""
    if seconds is None:
        return ""
    count = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
    return f"{count / 60:.2f}"


@register.filter
def point(at: datetime, window: Window) -> str:
    """The name of one hour or day on an axis, in UTC."""
    zoned = at.astimezone(UTC)
    return f"{zoned:%a %H:%M}" if window.span == "hour" else f"{zoned:%a} {zoned.day} {zoned:%b}"


@register.filter
def extent(window: Window) -> str:
    """The whole window in words, in UTC."""
    first, last = window.since.astimezone(UTC), (window.until - window.step).astimezone(UTC)
    form = "%d %b %Y, %H:%M" if window.span == "hour" else "%d %b %Y"
    return f"{first:{form}} to {(window.until if window.span == 'hour' else last):{form}} UTC"


@register.filter
def why(reason: str) -> str:
    """A reason of people or of policy in words."""
    return str(Reason(reason).label) if reason in Reason.values else reason.replace("_", " ").capitalize()


@register.filter
def money(amount: Decimal) -> str:
    """With two to four decimals: "0.0123", "12.50"."""
    return f"{amount:,.4f}" if abs(amount) < 1 else f"{amount:,.2f}"


@register.filter
def band(count: int, most: int) -> int:
    """How dark a cell of a heat map is: 0 for none, up to BANDS for the most."""
    return 0 if not count else max(1, -(-BANDS * count // most))


@register.filter
def hourly(text: str) -> bool:
    """Whether a bound of the history is an hour, which no field for days can hold."""
    return "T" in text


@register.simple_tag(takes_context=True)
def actions(context: template.Context, at: datetime | None = None, **narrowed: str) -> str:
    """Where the actions are listed that a number stands for: those of the window, or of its hour or day `at`."""
    window: Window = context["window"]
    since, until = (at, at + window.step) if at else (window.since, window.until)
    words = {"from": stamp(since), "to": stamp(until - timedelta(hours=1)), "group": window.group, **narrowed}
    query = urlencode({name: word for name, word in words.items() if word})
    return f"{reverse('history', args=[context['request'].member.workspace_slug])}?{query}"


def stamp(at: datetime) -> str:
    """An hour as the history takes it: "2026-11-20T14"."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H")


@register.simple_tag(takes_context=True)
def without(context: template.Context, name: str) -> str:
    """The query of this page without one of its words, and from its first page."""
    query = context["request"].GET.copy()
    query.pop(name, None)
    query.pop("after", None)
    return str(query.urlencode())
