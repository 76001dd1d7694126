"""One event for each move: what the tables of actions say happened, held against the facts in the log, both ways.

Whoever sets an action to approved in the database leaves no fact; whoever takes a decision away leaves its fact alone.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q

from approvals.models import Action, Decision, Execution, Grant, Review, Revision
from approvals.states import State
from audit.actor import Kind
from audit.kinds import EventKind
from audit.models import Event
from audit.verdicts import Code, Fault

BATCH = 500
STRAY_MAX = 20

_KINDS = {
    "submissions": (EventKind.ACTION_SUBMITTED,),
    "revisions": (EventKind.ACTION_REVISED,),
    "votes": (EventKind.REVIEW_APPROVED, EventKind.REVIEW_REJECTED),
    "decisions": (EventKind.ACTION_DECIDED,),
    "spent grants": (EventKind.GRANT_SPENT,),
    "reports": (EventKind.EXECUTION_REPORTED,),
}
_GROUP = {kind.value: group for group, kinds in _KINDS.items() for kind in kinds}


@dataclass(slots=True)
class _Told:
    """How often the tables say that something happened to one action, and how often the log does."""

    rows: Counter[str]
    facts: Counter[str]


def transitions(workspace_id: str) -> Iterator[Fault]:
    """The faults of every action of the workspace, in the order of their ids."""
    after = ""
    while True:
        actions = list(Action.everywhere.filter(workspace_id=workspace_id, id__gt=after).order_by("id")[:BATCH])
        if not actions:
            break
        after = actions[-1].id
        told = _told(workspace_id, [action.id for action in actions])
        for action in actions:
            yield from _compared(action, told[action.id])
    yield from _strays(workspace_id)


def _told(workspace_id: str, ids: list[str]) -> dict[str, _Told]:
    found = {action_id: _Told(Counter({"submissions": 1}), Counter()) for action_id in ids}
    here = {"action_id__in": ids}
    tables = (
        ("revisions", Revision.everywhere.filter(**here, n__gt=1)),
        ("votes", Review.everywhere.filter(**here)),
        ("decisions", Decision.everywhere.filter(**here)),
        ("spent grants", Grant.everywhere.filter(**here, spent_at__isnull=False)),
        ("reports", Execution.everywhere.filter(**here, reported_at__isnull=False)),
    )
    for name, rows in tables:
        for action_id, count in rows.order_by().values_list("action_id").annotate(Count("pk")):
            found[action_id].rows[name] = count
    by_people = set(Decision.everywhere.filter(**here, source="people").values_list("action_id", flat=True))
    facts = Event.objects.filter(**here, workspace_id=workspace_id, kind__in=list(_GROUP)).order_by()
    counts = facts.values_list("action_id", "kind", "actor_kind").annotate(Count("pk"))
    for action_id, kind, actor_kind, count in counts:
        found[action_id].facts[_GROUP[kind]] += count
        # The vote that decides is told by the decision itself.
        if kind == EventKind.ACTION_DECIDED and actor_kind == Kind.PERSON and action_id in by_people:
            found[action_id].facts["votes"] += count
    return found


def _compared(action: Action, told: _Told) -> Iterator[Fault]:
    for name in _KINDS:
        rows, facts = told.rows[name], told.facts[name]
        if rows != facts:
            yield Fault(Code.INVALID, f"Action {action.id}: {rows} {name} in its tables, {facts} in the log.")
    is_decided = action.state in State.FINAL
    if is_decided != bool(told.rows["decisions"]):
        says = f"Action {action.id} is {action.state}, with {told.rows['decisions']} decisions."
        yield Fault(Code.INVALID, says)
    elif is_decided and not Decision.everywhere.filter(action_id=action.id, outcome=action.state).exists():
        yield Fault(Code.INVALID, f"Action {action.id} is {action.state}, and was decided otherwise.")


def _strays(workspace_id: str) -> Iterator[Fault]:
    """Submissions in the log of actions that are gone."""
    told = Event.objects.filter(workspace_id=workspace_id, kind=EventKind.ACTION_SUBMITTED)
    gone = told.exclude(action_id__in=Action.everywhere.filter(workspace_id=workspace_id).values("id"))
    for event_id, action_id in gone.filter(~Q(action_id="")).values_list("id", "action_id")[:STRAY_MAX]:
        yield Fault(Code.INVALID, f"Action {action_id} is in the log and nowhere else.", None, event_id)
