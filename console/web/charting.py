"""Series of days as drawings and as rows of a table, with the addresses of the actions that each number counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from approvals.queries import NO_VERSION
from feedback.queries.results import Costs
from feedback.queries.series import LEAST, Limits, Point, Series, costs_by_day

STEP, HEIGHT = 8, 90
# As many days as the drawing shows.
SHOWN = 60
# By metric: the words of the history that list what is counted, and what it is of.
LISTED: Mapping[str, tuple[str, str]] = {
    "override": ("overridden", "people"),
    "violation": ("denied", ""),
    "unanswered": ("expired", ""),
    "escalated": ("escalated", "ended"),
    "late": ("late", "ended"),
    "tool_failed": ("unsuccessful", "executed"),
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """Days as bars between limits, in units of the drawing; `lines` stand where a policy or version began.
    `smooth` are the points of the exponentially weighted mean. Days of too few decisions are drawn "thin".
    """

    bars: tuple[tuple[float, float, float, str], ...]
    limits: tuple[tuple[float, float], ...]
    smooth: str
    lines: tuple[float, ...]
    width: int


@dataclass(frozen=True, slots=True)
class Row:
    """One day in words, of `value` and of how many; links are "" where no list of actions is meant."""

    day: date
    value: str
    value_link: str
    n: int
    n_link: str
    limits: str
    smoothed: str
    begins: str


@dataclass(frozen=True, slots=True)
class _Bar:
    value: float
    n: int
    limits: Limits | None
    smoothed: float | None
    begins: str


def drawn(points: Sequence[Point]) -> Drawing:
    bars = [_Bar(p.x / p.n, p.n, p.limits, p.smoothed.value if p.smoothed else None, p.begins) for p in points[-SHOWN:]]
    return _drawing(bars, 0.05)


def rows(series: Series, points: Sequence[Point], slug: str, agent: str) -> tuple[Row, ...]:
    """The newest day first."""
    what, of = LISTED.get(series.metric, ("", ""))
    found = []
    for point in reversed(points[-SHOWN:]):
        given = {
            "agent": agent, "tool": series.tool, "from": f"{point.day}", "to": f"{point.day}",
            "version": point.version or NO_VERSION, "policy": point.policy,
        }  # fmt: skip
        found.append(
            Row(
                day=point.day,
                value=str(point.x),
                value_link=_link(slug, what if point.x else "", given),
                n=point.n,
                n_link=_link(slug, of, given),
                limits=f"{share(point.limits.low)} to {share(point.limits.high)}" if point.limits else "baseline",
                smoothed=share(point.smoothed.value) if point.smoothed else "",
                begins=point.begins,
            )
        )
    return tuple(found)


def drawn_costs(costs: Costs) -> Drawing:
    points = costs_by_day(costs)[-SHOWN:]
    return _drawing([_Bar(p.mean, p.n, p.limits, None, p.begins) for p in points], 0.0)


def cost_rows(costs: Costs) -> tuple[Row, ...]:
    return tuple(
        Row(
            day=point.day,
            value=money(point.mean, costs.currency),
            value_link="",
            n=point.n,
            n_link="",
            limits=f"{money(point.limits.low)} to {money(point.limits.high)}" if point.limits else "baseline",
            smoothed="",
            begins=point.begins,
        )
        for point in reversed(costs_by_day(costs)[-SHOWN:])
    )


def money(amount: float, currency: str = "") -> str:
    """With two decimals, or four significant digits where it is less than one."""
    told = f"{amount:,.2f}" if amount >= 1 else f"{amount:.4g}"
    return f"{told}\u00a0{currency}" if currency else told


def share(part: float) -> str:
    return f"{100 * part:.1f}\u00a0%"


def _drawing(given: Sequence[_Bar], least: float) -> Drawing:
    top = max([least, *(bar.value for bar in given), *(bar.limits.high for bar in given if bar.limits)]) or 1.0
    bars, limits, lines, smooth = [], [], [], []
    for place, bar in enumerate(given):
        out = bar.limits is not None and not bar.limits.low <= bar.value <= bar.limits.high
        height = round(HEIGHT * bar.value / top, 1)
        kind = "thin" if bar.n < LEAST else "rejected" if out else "approved"
        bars.append((place * STEP + 1.0, round(HEIGHT - height, 1), height, kind))
        if bar.smoothed is not None:
            smooth.append(f"{place * STEP + STEP / 2:g},{HEIGHT * (1 - min(top, bar.smoothed) / top):.1f}")
        if bar.limits is not None:
            limits.append((float(place * STEP), round(HEIGHT * (1 - bar.limits.high / top), 1)))
        if bar.begins:
            lines.append(float(place * STEP))
    return Drawing(tuple(bars), tuple(limits), " ".join(smooth), tuple(lines), STEP * max(1, len(given)))


def _link(slug: str, outcome: str, given: Mapping[str, str]) -> str:
    words = {"outcome": outcome, **{name: word for name, word in given.items() if word}}
    return f"{reverse('history', args=[slug])}?{urlencode(words)}" if outcome else ""
