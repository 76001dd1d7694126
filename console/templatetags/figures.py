"""Numbers as pages say them, and the address of the actions behind one."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html

from approvals.services.boards.sums import Rate
from approvals.services.boards.windows import Window
from approvals.states import Reason
from feedback.queries.reviewers import Mixed

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
def same_mix(mixed: Mapping[datetime, Mixed], at: datetime) -> float | None:
    """The rate of an hour or day with the usual mix of reviewers, None where there is none."""
    return mixed[at].same if at in mixed else None


@register.filter
def part(share_of: float | None) -> str:
    """ "12.5 %"; a dash for none."""
    return NOTHING if share_of is None else f"{100 * share_of:.1f} %"


@register.filter
def bare(share_of: float | None) -> str:
    """The same as a bare number for a chart, "" for none."""
    return "" if share_of is None else f"{100 * share_of:.2f}"


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
    bounds = {"from": stamp(since), "to": stamp(until - timedelta(hours=1)), "group": window.group}
    words = {**bounds, "outcome": "proposed", **narrowed}
    query = urlencode({name: word for name, word in words.items() if word})
    return f"{reverse('history', args=[context['request'].member.workspace_slug])}?{query}"


@register.simple_tag(takes_context=True)
def counted(context: template.Context, n: int, at: datetime | None = None, **narrowed: str) -> str:
    """A number that leads to the actions it counts; a bare one where there are none."""
    return format_html('<a href="{}">{}</a>', actions(context, at, **narrowed), n) if n else str(n)


@register.simple_tag(takes_context=True)
def waiting(context: template.Context, n: int, **narrowed: object) -> str:
    """A number of what waits now, whenever it was asked, that leads there."""
    words = {"group": context["window"].group, "outcome": "waiting", **narrowed}
    query = urlencode({name: word for name, word in words.items() if word != ""})
    address = f"{reverse('history', args=[context['request'].member.workspace_slug])}?{query}"
    return format_html('<a href="{}">{}</a>', address, n) if n else str(n)


@register.simple_tag(takes_context=True)
def incidents(context: template.Context, at: datetime) -> str:
    """Where the incidents are listed that were opened in the hour or day `at`."""
    window: Window = context["window"]
    query = urlencode({"from": stamp(at), "to": stamp(at + window.step - timedelta(hours=1))})
    return f"{reverse('incidents', args=[context['request'].member.workspace_slug])}?{query}"


@register.simple_tag(takes_context=True)
def open_incidents(context: template.Context, n: int, kind: str, severity: str = "") -> str:
    """A number of open incidents that leads to them; a bare one where there are none."""
    query = urlencode({name: word for name, word in {"kind": kind, "severity": severity}.items() if word})
    address = f"{reverse('incidents', args=[context['request'].member.workspace_slug])}?{query}"
    return format_html('<a href="{}">{}</a>', address, n) if n else str(n)


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
