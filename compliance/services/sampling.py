"""Draws a sample and records all that is needed to draw it again."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from approvals.errors import Conflict
from audit import record
from audit.actor import Actor
from audit.canonical import canonical, stamp
from audit.kinds import EventKind
from audit.record import Secret
from compliance import population, subjects
from compliance.population import SAMPLE_MOST, Wanted
from tenancy import scope

SEED_MAX = 64


@dataclass(frozen=True, slots=True)
class Drawn:
    event_id: str
    count: int
    sha256: str
    seed: str
    picked: tuple[str, ...]


def draw_sample(*, actor: Actor, at: datetime, workspace_id: str, wanted: Wanted, size: int, seed: str = "") -> Drawn:
    """`seed` where somebody brings one, else 128 random bits. Raises BadRequest, Conflict (nothing there, too much)."""
    if not 1 <= size <= SAMPLE_MOST:
        raise subjects.fault("/size", "out_of_range", f"Draw 1 to {SAMPLE_MOST} actions.")
    given = seed.strip() or secrets.token_hex(16)
    if len(given) > SEED_MAX or not (given.isascii() and given.isprintable()):
        raise subjects.fault("/seed", "bad_format", f"A seed is 1 to {SEED_MAX} printable ASCII characters.")
    if wanted.since >= wanted.before:
        raise subjects.fault("/before", "out_of_range", "The last day lies before the first one.")
    found = population.population(workspace_id, wanted)
    if not found.count:
        raise Conflict("No decided action fits. Take a longer time or fewer conditions.", code="empty")
    picked = tuple(population.sample(found, given, size))
    with scope.acting(workspace_id):
        event_id = record.record(
            kind=EventKind.SAMPLE_DRAWN,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("workspace", workspace_id),
            data={
                "since": stamp(wanted.since),
                "before": stamp(wanted.before),
                "state": wanted.state or None,
                "source": wanted.source or None,
                "agent": wanted.agent_id or None,
                "tool": wanted.tool or None,
                "count": found.count,
                "sha256": found.sha256,
                "picked": list(picked),
            },
            # Somebody's own words, so not in the bytes; the digest there still proves it.
            secrets=[Secret("seed", canonical(given), workspace_id)],
        )
    return Drawn(event_id, found.count, found.sha256, given, picked)
