"""What every template may use. Agents' text becomes HTML here and nowhere else."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from urllib.parse import urlencode

import orjson
from django import template
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts import queries
from accounts.queries import Member, Verb
from approvals import findings
from approvals import queries as approvals_queries
from approvals.answers import ActionView
from approvals.marks import Segment, codepoint, segments
from approvals.states import Reason
from console import key_maps
from console.web import undoing
from console.web.undoing import Offer

register = template.Library()

# Without a dot at its beginning, so that it is never a step up or sideways.
PLAIN_TRACE = re.compile(r"[A-Za-z0-9_:~-][A-Za-z0-9_.:~-]*")
THEMES = ("light", "dark")
DOORS = {"api": "the API", "web": "the console", "slack": "Slack", "cli": "the command line", "system": "the system"}
# A flood of one character, or of line breaks, must not push the rest out of sight; it is told by its number.
FLOOD = re.compile(r"(.)\1{99,}", re.DOTALL)
BREAKS = 6
BARS = {"low": "▮▯▯▯", "medium": "▮▮▯▯", "high": "▮▮▮▯", "critical": "▮▮▮▮"}


@register.filter
def spelled(text: str | Sequence[Segment]) -> SafeString:
    """Untrusted text with hidden and disguised characters spelled out as code points, apart from what surrounds it."""
    parts = segments(text) if isinstance(text, str) else text
    return format_html('<bdi dir="ltr">{}</bdi>', format_html_join("", "{}", ((piece,) for piece in _pieces(parts))))


@register.filter
def laid_out(parts: Sequence[Segment]) -> SafeString:
    """As `spelled`, for JSON that we indented ourselves: its line breaks are ours, the text's own are escapes in it."""
    ours = [Segment(part.text, "plain") if part.text == "\n" else part for part in parts]
    return spelled(ours)


@register.filter
def laid_json(tree: object) -> SafeString:
    """A JSON tree, laid out."""
    return laid_out(segments(orjson.dumps(tree, option=orjson.OPT_INDENT_2).decode()))


def _pieces(parts: Sequence[Segment]) -> Iterator[SafeString]:
    for segment, run in groupby(parts):
        count = sum(1 for _ in run)
        if segment.kind == "plain":
            yield from _plain(segment.text * count)
        elif segment.text == "\n" and count <= BREAKS:
            yield from [_piece(segment, 1)] * count
        else:
            yield _piece(segment, count)


def _plain(text: str) -> Iterator[SafeString]:
    """The text, with one character for each flood of it and how often it stands there."""
    start = 0
    for flood in FLOOD.finditer(text):
        yield format_html(
            '{}<span class="mark flood">{} times {}</span>',
            text[start : flood.start() + 1],
            f"{flood.end() - flood.start():,}",
            codepoint(flood[1]),
        )
        start = flood.end()
    yield format_html("{}", text[start:])


def _piece(segment: Segment, count: int) -> SafeString:
    code = segment.codepoint if count == 1 else f"{count} times {segment.codepoint}"
    if segment.text == "\n":
        return format_html('<span class="mark soft" title="line feed">{}</span>\n', "↵" if count == 1 else f"↵ {code}")
    if segment.kind == "confusable":
        return format_html(
            '<span class="odd">{}</span><span class="mark" title="{}">{}</span>',
            segment.text * count,
            segment.name,
            code,
        )
    return format_html('<span class="mark" title="{}">{}</span>', segment.name, code)


@register.filter
def moment(at: datetime) -> SafeString:
    """An absolute time with its zone; the page's script adds the reader's own zone."""
    zoned = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-zoned>{}</time>', _machine(zoned), f"{zoned.day} {zoned:%b %Y, %H:%M} UTC"
    )


@register.filter
def day(at: datetime) -> str:
    """A day in UTC, with its weekday: "Mon 23 Nov 2026"."""
    zoned = at.astimezone(UTC)
    return f"{zoned:%a} {zoned.day} {zoned:%b %Y}"


@register.filter
def ago(at: datetime, now: datetime) -> SafeString:
    """How long since `at`, in one unit: "12 min"."""
    return format_html('<time datetime="{}" data-ago>{} ago</time>', _machine(at), span((now - at).total_seconds()))


@register.filter
def due(at: datetime, now: datetime) -> SafeString:
    """How long until `at`, or how late it is; the page's script counts on."""
    seconds = (at - now).total_seconds()
    late, text = (" late", f"{span(-seconds)} late") if seconds < 0 else ("", span(seconds))
    return format_html('<time class="due{}" datetime="{}" data-due>{}</time>', late, _machine(at), text)


def span(seconds: float) -> str:
    """ "40 s", "12 min", "3 h", "2 d": the largest unit that leaves two or more, so that nothing is rounded away."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def _machine(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@register.filter
def figure(number: Decimal) -> str:
    """An exact number: "1,240.5"."""
    return findings.figure(number)


@register.filter
def seconds(count: float) -> str:
    return span(count)


@register.filter
def share(part: float) -> str:
    """A share in percent with one digit."""
    return f"{100 * part:.1f}\u00a0%"


@register.filter
def door(name: str) -> str:
    return DOORS.get(name, name)


@register.filter
def words(name: str) -> str:
    """A field's name as a heading: "agent_version" is "Agent version"."""
    return name.replace("_", " ").capitalize()


@register.filter
def counting(view: ActionView) -> int:
    """How many votes count, of an action whose votes were read by today's rights."""
    return sum(bool(vote.groups) for vote in view.votes)


@register.filter
def reason(code: str) -> str:
    """A person's reason in words; the words of policy and time are shown as they are."""
    return str(Reason(code).label) if code in Reason.values else code.replace("_", " ")


@register.simple_tag(takes_context=True)
def trace_address(context: template.Context, trace_id: str) -> str:
    """Where everything that bears this trace id is told. The id is the agent's text: one that a browser would read as a
    path of its own goes into the query instead.
    """
    slug = context["request"].member.workspace_slug
    if PLAIN_TRACE.fullmatch(trace_id):
        return reverse("trace", args=[slug, trace_id])
    return reverse("traces", args=[slug]) + "?" + urlencode({"id": trace_id})


@register.filter
def may(member: Member, verb: str) -> bool:
    """Whether the person may do this here, by the name of the verb: what they may not is not offered."""
    return member.may(Verb(verb))


@register.filter
def at(found: Mapping[str, object], key: str) -> object:
    """What a mapping holds under a key that only the page knows; None for nothing."""
    return found.get(key)


@register.filter
def clock(moment: datetime) -> SafeString:
    """The time of a day in UTC, for what is over within minutes: "14:05 UTC"."""
    zoned = moment.astimezone(UTC)
    return format_html('<time datetime="{}" data-zoned>{}</time>', _machine(zoned), f"{zoned:%H:%M} UTC")


@register.filter
def lasting(seconds: float) -> str:
    """A length of time in one unit: "12 min"."""
    return span(seconds)


@register.inclusion_tag("parts/_keys.html", takes_context=True)
def keys(context: template.Context) -> dict[str, object]:
    """The person's own keys."""
    request = context["request"]
    own = key_maps.of(request.member.user_id)
    return {"slug": request.member.workspace_slug, "map": own, "CSP_NONCE": context["CSP_NONCE"]}


@register.inclusion_tag("stops/_banner.html", takes_context=True)
def stops(context: template.Context) -> dict[str, object]:
    """What is stopped in the workspace, asked anew for each page."""
    request = context["request"]
    return {
        "stops": approvals_queries.stops_on(request.member.workspace_id),
        "request": request,
        "CSP_NONCE": context["CSP_NONCE"],
    }


@register.inclusion_tag("parts/_risk.html")
def risk(level: str) -> dict[str, str]:
    """Risk by bars and by word, so that colour alone never says it."""
    return {"level": level, "bars": BARS[level]}


@register.inclusion_tag("parts/_workspaces.html", takes_context=True)
def workspaces(context: template.Context) -> dict[str, object]:
    """Where else this person belongs."""
    member = context["request"].member
    return {
        "member": member,
        "others": [w for w in queries.workspaces_of(member.user_id) if w[0] != member.workspace_slug],
    }


@register.filter
def offered(message: Message) -> Offer | None:
    """The vote that can be taken back under this notice; None under an ordinary one."""
    return undoing.offered(message, timezone.now())


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """The theme that the person chose in this browser; else the system's."""
    request: HttpRequest | None = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else "auto"
