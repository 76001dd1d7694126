"""The records that autonomy is judged by, from what people decided and what was found later."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts import queries as accounts
from audit.canonical import canonical
from feedback.autonomy import Record
from feedback.drawing import Purpose
from feedback.labels import LabelKind
from feedback.models import Autonomy, Label, Look, Outcome
from feedback.queries.series import open_alerts

# The newest decisions that are read of a workspace; what is older says little about an agent of today.
NEWEST = 20_000
JUDGED = (LabelKind.APPROVED, LabelKind.APPROVED_WITH_CHANGES, LabelKind.REJECTED)


@dataclass(frozen=True, slots=True)
class Class:
    """One agent's calls of one tool, by its newest version and since it last lost the right: what was before counts for
    nothing. A severe error of that version counts whoever let it through.
    """

    agent_id: str
    agent_name: str
    tool: str
    record: Record
    args: tuple[dict[str, Any], ...]
    newest: str


@dataclass(frozen=True, slots=True)
class Since:
    """What audits said after a right was granted, in their order."""

    audits: tuple[bool, ...]
    severe: int
    alerts: int


@dataclass(frozen=True, slots=True)
class AutonomyView:
    id: str
    agent_name: str
    tool: str
    record: dict[str, Any]
    proposal_id: str
    created_at: datetime
    revoked_at: datetime | None
    why: str


def classes(workspace_id: str) -> list[Class]:
    """Every agent and tool with decisions of people, in the order of agent and tool."""
    newest = Label.everywhere.filter(workspace_id=workspace_id, kind__in=JUDGED).order_by("-id")[:NEWEST]
    grouped: dict[tuple[str, str], list[Label]] = {}
    for label in newest:
        grouped.setdefault((label.agent_id, label.tool), []).append(label)
    names = accounts.agent_names(workspace_id, [agent_id for agent_id, _ in grouped])
    bad, severe = _later(workspace_id)
    lost = {
        (agent_id, tool): at
        for agent_id, tool, at in Autonomy.everywhere.filter(workspace_id=workspace_id, revoked_at__isnull=False)
        .order_by("revoked_at")
        .values_list("agent_id", "tool", "revoked_at")
    }
    return [
        _class(workspace_id, names.get(agent_id, agent_id), found, bad, severe)
        for (agent_id, tool), labels in sorted(grouped.items())
        if (found := [label for label in labels[::-1] if _is_after(label, lost.get((agent_id, tool)))])
    ]


def since(workspace_id: str, agent_id: str, tool: str, after: str) -> Since:
    """What was found about decisions later than the label `after`."""
    labels = Label.everywhere.filter(workspace_id=workspace_id, agent_id=agent_id, tool=tool, id__gt=after)
    audits = Look.everywhere.filter(label__in=labels, given_at__isnull=False).exclude(purpose=Purpose.BLIND)
    told = tuple(look.verdict == "approve" for look in audits.order_by("given_at", "id"))
    severe = audits.filter(severe=True).count() + Outcome.everywhere.filter(label__in=labels, severe=True).count()
    return Since(told, severe, open_alerts(workspace_id, agent_id, tool))


def granted(workspace_id: str) -> list[AutonomyView]:
    """Newest first; the newest hundred."""
    found = Autonomy.everywhere.filter(workspace_id=workspace_id).order_by("-id")[:100]
    return [AutonomyView(**{name: getattr(row, name) for name in AutonomyView.__dataclass_fields__}) for row in found]


def _is_after(label: Label, lost_at: datetime | None) -> bool:
    return lost_at is None or label.decided_at > lost_at


def _class(
    workspace_id: str, name: str, labels: list[Label], bad: set[str], severe: Counter[tuple[str, str, str]]
) -> Class:
    newest = labels[-1]
    agent_id, tool = newest.agent_id, newest.tool
    mine = _distinct(label for label in labels if label.agent_version_id == newest.agent_version_id)
    people = {user_id for label in mine for user_id in label.reviewers}
    record = Record(
        good=tuple(_good(label) and label.pk not in bad for label in mine),
        reviewers=len(people),
        days=(mine[-1].decided_at - mine[0].decided_at).days,
        refused=any(label.kind == LabelKind.REJECTED for label in labels),
        alerts=open_alerts(workspace_id, agent_id, tool),
        severe=severe[agent_id, tool, newest.agent_version_id],
    )
    return Class(agent_id, name, tool, record, tuple(label.proposed["args"] for label in mine), newest.pk)


def _good(label: Label) -> bool:
    """A cosmetic edit is neutral: the call was right."""
    return label.kind == LabelKind.APPROVED or (label.kind == LabelKind.APPROVED_WITH_CHANGES and not label.material)


def _distinct(labels: Iterable[Label]) -> list[Label]:
    """The same call again is no new evidence; the first decision of it counts, and every failure."""
    seen: set[bytes] = set()
    found = []
    for label in labels:
        call = canonical(label.proposed)
        if call not in seen or not _good(label):
            found.append(label)
        seen.add(call)
    return found


def _later(workspace_id: str) -> tuple[set[str], Counter[tuple[str, str, str]]]:
    """Ids of labels that turned out wrong, by audits and by outcomes; and how many severe errors each agent, tool and
    version has.
    """
    looks = Look.everywhere.filter(workspace_id=workspace_id, given_at__isnull=False, purpose=Purpose.AUDIT_APPROVED)
    outcomes = Outcome.everywhere.filter(workspace_id=workspace_id)
    bad = {*looks.exclude(verdict="approve").values_list("label_id", flat=True)}
    bad |= {*outcomes.filter(right=False).values_list("label_id", flat=True)}
    whose = ("label__agent_id", "label__tool", "label__agent_version_id")
    grave = Counter(Look.everywhere.filter(workspace_id=workspace_id, severe=True).values_list(*whose))
    grave.update(outcomes.filter(severe=True).values_list(*whose))
    return bad, grave
