"""What is out of the ordinary about a call, with the reason in words and figures. Pure.

Nothing of it is frozen with the decision, and nothing needs to be: each finding follows from what never changes, which
is the revision's arguments, the agent's claims, the version of the policy, and the decisions that had been made when
the agent asked (`past.past` reads no later ones). So two reviewers see the same marks, an auditor sees them again years
later, and a decision costs no read of the history.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from approvals.outliers import outlier
from approvals.policy.model import ToolSpec
from approvals.policy.paths import ABSENT, escaped, look_up
from approvals.repeats import repeated
from approvals.summary import beyond

Kind = Literal["first", "outlier", "beyond", "default", "name", "repeats", "no_history"]
DEEPEST = 6
LONGEST_NAME = 64
KEPT_MAX = 500
REGRETTED = ("failed", "unknown")


@dataclass(frozen=True, slots=True)
class Subject:
    """A call by its tool's description in the action's own policy version. `spec` is None: nobody described it."""

    tool: str
    args: Mapping[str, Any]
    spec: ToolSpec | None
    amount: Decimal | None
    currency: str
    counterpart: str


@dataclass(frozen=True, slots=True)
class Past:
    """What was approved of one tool before an action was asked: of the newest KEPT_MAX how many, and their amounts.

    `since` is when the first of all was asked; `knows` says whether the counterpart was ever among the approved.
    """

    since: datetime | None
    approved: int
    amounts: tuple[Decimal, ...]
    knows: bool


@dataclass(frozen=True, slots=True)
class Similar:
    """One decision on the same tool. `is_same_counterpart` is False where only tool and agent are the same.

    `execution` is its status or "", `decided_by` the names; nobody is named where the policy decided.
    """

    id: str
    is_same_counterpart: bool
    state: str
    source: str
    edited: bool
    reason_code: str
    decided_by: tuple[str, ...]
    decided_at: datetime
    amount: Decimal | None
    currency: str
    execution: str
    drifted: bool

    @property
    def is_regretted(self) -> bool:
        """It was approved and then failed, was never reported, or ran with other arguments."""
        return self.drifted or self.execution in REGRETTED


@dataclass(frozen=True, slots=True)
class Finding:
    """`pointer` is RFC 6901 into the arguments. `text` may repeat the agent's words, so it is drawn like them."""

    pointer: str
    kind: Kind
    text: str

    @property
    def name(self) -> str:
        """The top-level argument that it stands at."""
        return self.pointer.split("/")[1].replace("~1", "/").replace("~0", "~")


def found(subject: Subject, past: Past, summary: str) -> tuple[Finding, ...]:
    """The findings in the order of the arguments."""
    every = [
        *_counterpart(subject, past),
        *_amount(subject, past),
        *_beyond(subject, summary),
        *_defaults(subject),
        *_names(subject),
        *_repeats(subject),
    ]
    place = {name: index for index, name in enumerate(subject.args)}
    return tuple(sorted(every, key=lambda finding: place.get(finding.name, len(place))))


def _counterpart(subject: Subject, past: Past) -> Iterator[Finding]:
    spec = subject.spec
    if spec is None or spec.counterpart is None or not subject.counterpart or past.knows:
        return
    pointer = spec.counterpart.pointer
    if past.since is None or not past.approved:
        yield Finding(pointer, "no_history", "Nothing of this tool was approved before, so nothing can be compared.")
        return
    among = f"{past.approved} approved calls" if past.approved > 1 else "the one approved call"
    among = f"more than {among}" if past.approved >= KEPT_MAX else among
    yield Finding(pointer, "first", f"First time: not in {among} of this tool since {_day(past.since)}.")


def _amount(subject: Subject, past: Past) -> Iterator[Finding]:
    if subject.amount is None or subject.spec is None or subject.spec.amount is None:
        return
    odd = outlier(subject.amount, past.amounts)
    if odd is None:
        return
    currency = subject.currency
    usual = f"the usual {figure(odd.usual)} {currency}"
    many = f"{_times(odd.times)} times {usual}" if odd.times is not None else f"Far above {usual}"
    text = f"{many}; highest so far {figure(odd.highest)} {currency} of {odd.count}."
    yield Finding(subject.spec.amount.path.pointer, "outlier", text)


def _beyond(subject: Subject, summary: str) -> Iterator[Finding]:
    spec = subject.spec
    amount_name = spec.amount.path.steps[0] if spec and spec.amount and len(spec.amount.path.steps) == 1 else None
    for name, text in beyond(summary, subject.args, amount_name):
        yield Finding("/" + escaped(name), "beyond", text)


def _defaults(subject: Subject) -> Iterator[Finding]:
    if subject.spec is None or subject.spec.schema is None:
        return
    for steps, default in _switches(subject.spec.schema, ()):
        value = look_up(subject.args, steps)
        if value is ABSENT or not isinstance(value, bool) or value is default:
            continue
        pointer = "".join("/" + escaped(step) for step in steps)
        inside = f"{'.'.join(steps)}: " if len(steps) > 1 else ""
        text = "Switched off; on by default." if default else "Switched on; off by default."
        yield Finding(pointer, "default", inside + text)


def _names(subject: Subject) -> Iterator[Finding]:
    """Names that read like a sentence: they could pass for the page's own words."""
    properties = (subject.spec.schema or {}).get("properties") if subject.spec else None
    known = properties if isinstance(properties, dict) else {}
    for name in subject.args:
        if name not in known and (len(name) > LONGEST_NAME or any(character.isspace() for character in name)):
            yield Finding("/" + escaped(name), "name", "An odd name for an argument. The agent chose it.")


def _repeats(subject: Subject) -> Iterator[Finding]:
    """Long texts in which one sentence hides another."""
    for name, value in subject.args.items():
        told = repeated(value) if isinstance(value, str) else ""
        if told:
            yield Finding("/" + escaped(name), "repeats", told)


def _switches(schema: Mapping[str, Any], steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The yes-or-no properties that have a default, with where they stand."""
    properties = schema.get("properties")
    if not isinstance(properties, dict) or len(steps) >= DEEPEST:
        return
    for name, inner in properties.items():
        if not isinstance(inner, dict):
            continue
        if isinstance(inner.get("default"), bool):
            yield (*steps, name), inner["default"]
        yield from _switches(inner, (*steps, name))


def figure(number: Decimal) -> str:
    """ "1,240.5": exact, without zeros that say nothing."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _times(times: Decimal) -> str:
    return f"{times:,.0f}" if times >= 10 else f"{times:.1f}".removesuffix(".0")


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"
