"""Reads of second looks, and what they say about agreement."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from approvals.errors import NotFound
from feedback.agreement.audits import Audited, Latent, latent
from feedback.agreement.funnel import Dot, funnel
from feedback.agreement.summary import ENOUGH, Agreement, summary
from feedback.drawing import Purpose
from feedback.drift.charts import Bucket
from feedback.labels import LabelKind
from feedback.models import Look
from tenancy import ids

PAGE = 50
# The newest pairs that agreement is told of.
PAIRS = 5_000
CATEGORIES = ("approve", "edit", "reject")
SEED = 20_260_101
FIRST = {LabelKind.APPROVED: "approve", LabelKind.APPROVED_WITH_CHANGES: "edit", LabelKind.REJECTED: "reject",
         LabelKind.ALLOWED_BY_POLICY: "approve"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LookView:
    """What one may know before looking: the call and what was claimed, not what was decided. `decided` is the first
    decision, and for an adjudication both; empty until it is given. `answer` is the call that whoever looked named.
    """

    id: str
    purpose: str
    tool: str
    args: dict[str, Any]
    claims: dict[str, Any]
    risk: str
    drawn_at: datetime
    given_at: datetime | None
    verdict: str
    reviewer_name: str
    decided: tuple[str, ...]
    answer: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class AgreementView:
    whole: Agreement
    by_tool: tuple[tuple[str, Agreement], ...]
    reviewers: tuple[Dot, ...]
    allowed: Latent | None
    approved: Latent | None


def may_give(look: Look, user_id: str) -> bool:
    """Neither one who decided it, nor one who looked before."""
    before = {*look.label.reviewers, look.about.reviewer_id if look.about else ""}
    return user_id not in before


def open_looks(workspace_id: str, user_id: str, *, limit: int = PAGE) -> list[LookView]:
    """Those that this person may give, the oldest first."""
    found = Look.everywhere.filter(workspace_id=workspace_id, given_at=None).select_related("label", "about")
    found = found.exclude(label__context={})
    mine = (look for look in found.order_by("id")[: limit * 4] if may_give(look, user_id))
    return [_view(look) for look, _ in zip(mine, range(limit), strict=False)]


def find_look(workspace_id: str, look_id: str, user_id: str) -> LookView:
    """Raises NotFound, also for one that this person may not look at blind."""
    found = Look.everywhere.filter(workspace_id=workspace_id, pk=look_id).select_related("label", "about").first()
    # Of an action that was erased nothing is left to look at.
    gone = found is None or not found.label.context or not ids.is_id(look_id, "rvw")
    if found is None or gone or (found.given_at is None and not may_give(found, user_id)):
        raise NotFound(f"There is no second look {look_id[:60]} for you here.")
    return _view(found)


def agreement(workspace_id: str, names: dict[str, str]) -> AgreementView:
    """Of the newest 5,000 blind pairs; `names` are of people by id. Unsettled and settled ones alike: what a third
    said later changes the label, not whether two agreed.
    """
    given = Look.everywhere.filter(workspace_id=workspace_id, given_at__isnull=False).select_related("label")
    pairs = list(given.filter(purpose=Purpose.BLIND).order_by("-id")[:PAIRS])
    tools = sorted({look.label.tool for look in pairs})
    of_tool = {tool: [look for look in pairs if look.label.tool == tool] for tool in tools}
    return AgreementView(
        whole=_agreement(pairs),
        by_tool=tuple((tool, _agreement(found)) for tool, found in of_tool.items() if len(found) >= ENOUGH),
        reviewers=tuple(funnel(_by_reviewer(pairs, names))),
        allowed=_latent(given.filter(purpose=Purpose.AUDIT_ALLOWED).order_by("-id")[:PAIRS]),
        approved=_latent(given.filter(purpose=Purpose.AUDIT_APPROVED).order_by("-id")[:PAIRS]),
    )


def _agreement(pairs: list[Look]) -> Agreement:
    return summary([(_first(look), look.verdict) for look in pairs], CATEGORIES, seed=SEED)


def _by_reviewer(pairs: list[Look], names: dict[str, str]) -> dict[str, Bucket]:
    found: dict[str, Bucket] = {}
    for look in pairs:
        agreed = _first(look) == look.verdict
        for user_id in {*look.label.reviewers, look.reviewer_id}:
            name = names.get(user_id, "Somebody who left")
            before = found.get(name, Bucket(0, 0))
            found[name] = Bucket(before.x + agreed, before.n + 1)
    return found


def _latent(looks: Iterable[Look]) -> Latent | None:
    return latent(Audited(look.verdict != "approve", look.probability) for look in looks)


def _first(look: Look) -> str:
    return FIRST[LabelKind(look.label.kind)]


def _view(look: Look) -> LookView:
    label = look.label
    known = look.given_at is not None
    second = (look.about.verdict,) if look.about is not None else ()
    return LookView(
        id=look.pk,
        purpose=look.purpose,
        tool=label.tool,
        args=label.proposed["args"],
        claims=label.context["claims"],
        risk=label.context["risk"],
        drawn_at=look.drawn_at,
        given_at=look.given_at,
        verdict=look.verdict,
        reviewer_name=look.reviewer_name,
        answer=look.answer,
        decided=(_first(look), *second) if known else (),
    )
