"""Drift: what came in this week against the four weeks before."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import queries as accounts
from accounts.roles import Verb
from console.web.access import MemberRequest, in_workspace
from console.web.watching import CAUSES
from feedback.queries import drifts, streams
from feedback.queries.streams import KNOWN_LEAST, LEAST, Moved, Stream

LISTED = 50


@dataclass(frozen=True, slots=True)
class MixShown:
    name: str
    index: float
    limit: float
    p: float
    n: int
    standing: str
    chip: str


@dataclass(frozen=True, slots=True)
class Shown:
    """`told` says what is new or gone; `known` whether enough was seen before to say so."""

    stream: Stream
    agent: str
    anchor: str
    cause: str
    told: str
    known: bool
    mixes: tuple[MixShown, ...]
    sources: tuple[tuple[str, str, int, int], ...]


@require_safe
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    workspace_id, now = request.member.workspace_id, timezone.now()
    found = list(streams.streams(workspace_id, now))
    names = accounts.agent_names(workspace_id, sorted({one.agent_id for one in found}))
    context = {
        "section": "evaluation",
        "streams": [_shown(one, names.get(one.agent_id, one.agent_id), place) for place, one in enumerate(found)],
        "least": LEAST,
        "known_least": KNOWN_LEAST,
        "now": now,
    }
    return render(request, "evaluation/drift.html", context)


def _shown(one: Stream, agent: str, place: int) -> Shown:
    return Shown(
        stream=one,
        agent=agent,
        anchor=f"stream-{place}",
        cause=CAUSES[one.cause.value],
        told=" ".join(drifts.told(found) for found in (one.shapes, one.sources) if found),
        known=one.n_then >= KNOWN_LEAST,
        mixes=tuple(_mix(row, one) for row in one.mixes[:LISTED]),
        sources=tuple((drifts.named(row.feature), row.value, row.then, row.now) for row in one.seen[:LISTED]),
    )


def _mix(row: Moved, one: Stream) -> MixShown:
    few = min(one.n_then, one.n_now) < LEAST
    standing, chip = ("Too few", "high") if few else ("Moved", "rejected") if row.alert else ("Steady", "approved")
    return MixShown(drifts.named(row.feature), row.shift.index, row.shift.limit, row.p, row.shift.n, standing, chip)
