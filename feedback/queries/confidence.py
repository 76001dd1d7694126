"""What agents say of their own confidence, against what people decided."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from accounts import queries as accounts
from accounts.models import AgentVersion
from approvals.policy.clauses import compile_clause
from approvals.policy.errors import Problem
from approvals.policy.globs import fits_any
from approvals.policy.model import Document, Rule
from feedback.calibration import ENOUGH as ENOUGH
from feedback.calibration import TOLERATED as TOLERATED
from feedback.calibration import Calibration, Said, calibration
from feedback.labels import LabelKind
from feedback.models import Label

# The newest decisions with a confidence that are looked at.
NEWEST = 20_000
JUDGED = (LabelKind.APPROVED, LabelKind.APPROVED_WITH_CHANGES, LabelKind.REJECTED)
CONFIDENCE = "confidence"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One agent version's calls of one tool; `version_id` is "" where the agent told none."""

    agent_id: str
    agent_name: str
    version_id: str
    version: str
    tool: str
    found: Calibration


def spoken(workspace_id: str) -> list[Spoken]:
    """By agent, tool and version, of the newest 20,000 decisions of people where the agent said how sure it was."""
    groups = _groups(workspace_id)
    names = accounts.agent_names(workspace_id, sorted({agent_id for agent_id, _, _ in groups}))
    versions = _versions(workspace_id, {version_id for _, _, version_id in groups})
    rows = [
        Spoken(agent_id, names.get(agent_id, agent_id), version_id, versions.get(version_id, ""), tool, found)
        for (agent_id, tool, version_id), said in groups.items()
        if (found := calibration(said)) is not None
    ]
    return sorted(rows, key=lambda row: (row.agent_name, row.tool, row.version, row.version_id))


def advice(document: Document, workspace_id: str) -> tuple[Problem, ...]:
    """A warning for each rule that lets something through by a confidence that is not known to be calibrated."""
    rules = [rule for rule in document.rules if rule.effect == "allow" and _reads_confidence(rule)]
    if not rules:
        return ()
    known = spoken(workspace_id)
    return tuple(found for rule in rules for found in _doubts(document, rule, known))


def _doubts(document: Document, rule: Rule, known: list[Spoken]) -> Iterator[Problem]:
    about = [one for one in known if fits_any(rule.tools, one.tool)]
    doubtful = [one for one in about if not one.found.calibrated]
    if about and not doubtful:
        return
    pointer = f"/rules/{rule.index}/when"
    if not about:
        detail = f"{rule.id} trusts a confidence that no decision was held against yet; calibration takes {ENOUGH}"
    else:
        worst = max(doubtful, key=lambda one: (one.found.n >= ENOUGH, one.found.error))
        detail = f"{rule.id} trusts the confidence of {worst.agent_name} for {worst.tool}, which {_why(worst)}"
    yield Problem(pointer, "uncalibrated_confidence", detail, document.lines.get(pointer))


def _why(one: Spoken) -> str:
    if one.found.n < ENOUGH:
        return f"was held against {one.found.n} of {ENOUGH} decisions so far"
    return f"is off by {one.found.error:.2f} on average over {one.found.n} decisions; {TOLERATED:g} is tolerated"


def _reads_confidence(rule: Rule) -> bool:
    return any(read.root == CONFIDENCE for clause in rule.when for read in compile_clause(clause).reads)


def _groups(workspace_id: str) -> dict[tuple[str, str, str], list[Said]]:
    """A cosmetic change of what was proposed leaves it right."""
    labels = Label.everywhere.filter(workspace_id=workspace_id, kind__in=JUDGED, erased_at=None)
    told = labels.filter(context__claims__has_key=CONFIDENCE).order_by("-id")
    rows: Any = told.annotate(said=F("context__claims__confidence")).values_list(
        "agent_id", "tool", "agent_version_id", "said", "kind", "material"
    )
    found: dict[tuple[str, str, str], list[Said]] = {}
    for agent_id, tool, version_id, said, kind, material in rows[:NEWEST]:
        if isinstance(said, int | float) and 0 <= said <= 1:
            right = kind != LabelKind.REJECTED and not material
            found.setdefault((agent_id, tool, version_id), []).append(Said(float(said), right))
    return found


def _versions(workspace_id: str, version_ids: set[str]) -> dict[str, str]:
    rows = AgentVersion.everywhere.filter(workspace_id=workspace_id, pk__in=version_ids)
    return {
        version_id: bound or label or sha256[:12]
        for version_id, label, bound, sha256 in rows.values_list("pk", "label", "bound_label", "manifest_sha256")
    }
