"""What came of actions later, beside what people decided then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts import queries as accounts
from approvals.models import Execution
from feedback.intervals import Interval, wilson
from feedback.labels import LabelKind
from feedback.models import Outcome

PAGE = 50
# The newest outcomes that the table by decision is made of.
NEWEST = 5_000


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """`decision` is the label's kind; `execution` what the agent reported, "" where nothing ran or was told."""

    id: int
    action_id: str
    agent_id: str
    agent_name: str
    tool: str
    decision: str
    execution: str
    right: bool
    severe: bool
    kind: str
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """Of the actions that were decided so and of which somebody told later: how many had turned out wrong.

    Who tells of an outcome is not drawn by chance, so this is no rate of errors; audits estimate that.
    """

    decision: str
    wrong: int
    severe: int
    n: int
    interval: Interval


def outcomes(workspace_id: str, *, after: int | None = None, limit: int = PAGE) -> list[OutcomeView]:
    """Newest first; `after` is the last id of the page before."""
    rows = Outcome.everywhere.filter(workspace_id=workspace_id).select_related("label").order_by("-id")
    found = list((rows if after is None else rows.filter(pk__lt=after))[:limit])
    names = accounts.agent_names(workspace_id, sorted({row.label.agent_id for row in found}))
    ran = _executions(workspace_id, [row.label.action_id for row in found])
    return [_view(row, names, ran) for row in found]


def by_decision(workspace_id: str) -> list[Told]:
    """Of the newest 5,000; the newest outcome of an action is the one that counts."""
    rows = Outcome.everywhere.filter(workspace_id=workspace_id).order_by("-id")
    last: dict[int | str, tuple[str, bool, bool]] = {}
    for label_id, kind, right, severe in rows.values_list("label_id", "label__kind", "right", "severe")[:NEWEST]:
        last.setdefault(label_id, (kind, right, severe))
    found = []
    for decision in LabelKind:
        mine = [(right, severe) for kind, right, severe in last.values() if kind == decision]
        if mine:
            wrong, grave = sum(not right for right, _ in mine), sum(severe for _, severe in mine)
            found.append(Told(decision.value, wrong, grave, len(mine), wilson(wrong, len(mine))))
    return found


def _executions(workspace_id: str, action_ids: Sequence[str]) -> dict[str, str]:
    rows = Execution.everywhere.filter(workspace_id=workspace_id, action_id__in=action_ids)
    return dict(rows.values_list("action_id", "status"))


def _view(row: Outcome, names: dict[str, str], ran: dict[str, str]) -> OutcomeView:
    label = row.label
    return OutcomeView(
        id=row.pk,
        action_id=label.action_id,
        agent_id=label.agent_id,
        agent_name=names.get(label.agent_id, label.agent_id),
        tool=label.tool,
        decision=label.kind,
        execution=ran.get(label.action_id, ""),
        right=row.right,
        severe=row.severe,
        kind=row.kind or "other",
        by_name=row.by_name,
        at=row.at,
    )
