"""The reasons of a workspace: the words that people choose from when they reject or edit."""

import time
from dataclasses import dataclass

from approvals.states import REASON_TAXONOMY, Reason
from feedback.models import Taxonomy
from tenancy import scope

# Seconds for which a process believes what it read: every page of an action draws the reasons.
BELIEVED = 5.0
_FAMILY = "reasons"


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A retired code is offered no more; labels that bear it stay as they are."""

    code: str
    text: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class TaxonomyView:
    """`name` is what labels are stamped with, such as "reasons/1"."""

    n: int
    reasons: tuple[ReasonView, ...]

    @property
    def name(self) -> str:
        return f"{_FAMILY}/{self.n}"

    @property
    def offered(self) -> list[tuple[str, str]]:
        """(code, text) of what can be chosen now."""
        return [(reason.code, reason.text) for reason in self.reasons if not reason.retired]


# What every workspace begins with.
FIRST = TaxonomyView(1, tuple(ReasonView(str(code), str(text)) for code, text in Reason.choices))
if FIRST.name != REASON_TAXONOMY:
    raise ValueError(f"the first taxonomy is {FIRST.name}, and labels call it {REASON_TAXONOMY}")
_believed: dict[str, tuple[float, TaxonomyView]] = {}


def taxonomy(workspace_id: str) -> TaxonomyView:
    """The one in force."""
    found = Taxonomy.everywhere.filter(workspace_id=workspace_id).order_by("-n").first()
    if found is None:
        return FIRST
    return TaxonomyView(found.n, tuple(ReasonView(**entry) for entry in found.entries))


def reasons_offered() -> list[tuple[str, str]]:
    """(code, text) of the current workspace, as of some seconds ago; the first ones outside any."""
    try:
        workspace_id = scope.current()
    except scope.NoWorkspace:
        return FIRST.offered
    until, believed = _believed.get(workspace_id, (0.0, FIRST))
    if until < time.monotonic():
        believed = taxonomy(workspace_id)
        _believed[workspace_id] = (time.monotonic() + BELIEVED, believed)
    return believed.offered


def forget_reasons() -> None:
    _believed.clear()
