"""What the pages and endpoints about policies read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Prefetch, Subquery

from approvals import changes, policies
from approvals.changes import Change as Change
from approvals.errors import NotFound
from approvals.models import ActivePolicy, PolicyActivation, PolicyProposal, PolicySignature, PolicyVersion
from approvals.policy.compiled import compile_document
from approvals.policy.document import parse
from approvals.policy.errors import PolicyError, Problem
from approvals.policy.model import Freeze
from approvals.policy.text_diff import Line, lines_of
from approvals.policy.trials import TrialResult, trial_results
from approvals.services import plans
from approvals.services.policy import check_policy, ensure_policy
from tenancy import ids

PAGE = 30
OPEN_MAX = 20
_SIGNED = Prefetch("signatures", queryset=PolicySignature.everywhere.all())


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version. The `activated_*` and `why` are of its last time; None where it never decided."""

    id: str
    name: str
    sha256: str
    author_name: str
    created_at: datetime
    is_active: bool
    activated_at: datetime | None
    activated_by: str
    why: str


@dataclass(frozen=True, slots=True)
class Signature:
    """`counts`: it is to the change from the version that is active now."""

    user_id: str
    user_name: str
    signed_at: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class ProposalView:
    id: str
    version_id: str
    name: str
    sha256: str
    text: str
    note: str
    by_id: str
    by_name: str
    created_at: datetime
    closed_at: datetime | None
    closed_by: str
    outcome: str
    because: str
    signatures: tuple[Signature, ...]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def has_signed(self, user_id: str) -> bool:
        return any(signature.counts and signature.user_id == user_id for signature in self.signatures)


@dataclass(frozen=True, slots=True)
class Checked:
    """A text on its way to become a version. `change` is None where it does not compile; `warnings` hinder nothing."""

    problems: tuple[Problem, ...]
    trials: tuple[TrialResult, ...]
    change: Change | None
    warnings: tuple[Problem, ...]


def versions(workspace_id: str, *, after: str = "") -> list[VersionRow]:
    """Newest first, one more than a page; `after` is the last id of the page before."""
    last = PolicyActivation.everywhere.filter(version_id=OuterRef("pk")).order_by("-id")
    rows = PolicyVersion.everywhere.filter(workspace_id=workspace_id).defer("text").order_by("-id")
    if after:
        rows = rows.filter(id__lt=after)
    annotated = rows.annotate(
        last_at=Subquery(last.values("activated_at")[:1]),
        last_by=Subquery(last.values("by_name")[:1]),
        last_why=Subquery(last.values("why")[:1]),
    )
    active = ActivePolicy.everywhere.filter(pk=workspace_id).first()
    return [_version(row, active) for row in annotated[: PAGE + 1]]


def version(workspace_id: str, version_id: str) -> tuple[VersionRow, str]:
    """One version and its text. Raises NotFound."""
    rows = PolicyVersion.everywhere.filter(workspace_id=workspace_id, pk=version_id)
    row = rows.first() if ids.is_id(version_id, "pol") else None
    if row is None:
        raise NotFound(f"There is no policy version {version_id[:60]} here.")
    last = PolicyActivation.everywhere.filter(version_id=row.pk).order_by("-id").first()
    row.last_at = last.activated_at if last else None  # type: ignore[attr-defined]  # as `versions` annotates it
    row.last_by = last.by_name if last else ""  # type: ignore[attr-defined]
    row.last_why = last.why if last else ""  # type: ignore[attr-defined]
    return _version(row, ActivePolicy.everywhere.filter(pk=workspace_id).first()), row.text


def active_version(workspace_id: str, at: datetime) -> tuple[VersionRow, str]:
    return version(workspace_id, ensure_policy(workspace_id, at=at, fresh=True).version_id)


def proposals(workspace_id: str) -> list[ProposalView]:
    """Those that wait for people, newest first."""
    rows = PolicyProposal.everywhere.filter(workspace_id=workspace_id, closed_at=None).order_by("-id")
    return _proposals(workspace_id, rows.select_related("version").prefetch_related(_SIGNED)[:OPEN_MAX])


def proposal(workspace_id: str, proposal_id: str) -> ProposalView:
    """Raises NotFound."""
    rows = PolicyProposal.everywhere.filter(workspace_id=workspace_id, pk=proposal_id)
    asked = rows.select_related("version").prefetch_related(_SIGNED)
    found = _proposals(workspace_id, asked) if ids.is_id(proposal_id, "prp") else []
    if not found:
        raise NotFound(f"There is no proposal {proposal_id[:60]} here.")
    return found[0]


def change_to(workspace_id: str, version_id: str, at: datetime) -> Change:
    """What the version would change now. Raises NotFound."""
    version(workspace_id, version_id)
    active = ensure_policy(workspace_id, at=at, fresh=True)
    return changes.against(active, policies.compiled(version_id), workspace_id, at)


def lines_to(workspace_id: str, text: str, at: datetime) -> tuple[Line, ...]:
    """How the text is written otherwise than the version that decides."""
    active_id = ensure_policy(workspace_id, at=at).version_id
    before = PolicyVersion.everywhere.values_list("text", flat=True).get(pk=active_id)
    return lines_of(before, text)


def freezes(workspace_id: str, at: datetime) -> list[Freeze]:
    """Those of the policy that decides which are not over, the first to begin first."""
    found = ensure_policy(workspace_id, at=at).policy.document.freezes
    return sorted((one for one in found if one.ends_at > at), key=lambda one: (one.starts_at, one.id))


def checked(workspace_id: str, text: str, at: datetime) -> Checked:
    """Everything that can be said about a text before it is saved."""
    _, problems = check_policy(text, workspace_id=workspace_id)
    try:
        policy = compile_document(parse(text))
    except PolicyError:
        return Checked(tuple(problems), (), None, ())
    active = ensure_policy(workspace_id, at=at, fresh=True)
    change = changes.against(active, policy, workspace_id, at)
    return Checked(tuple(problems), trial_results(policy), change, plans.warnings(policy.document, workspace_id))


def _version(row: PolicyVersion, active: ActivePolicy | None) -> VersionRow:
    is_active = active is not None and active.version_id == row.pk
    return VersionRow(
        id=row.pk,
        name=row.name,
        sha256=row.sha256,
        author_name=row.author_name,
        created_at=row.created_at,
        is_active=is_active,
        # Versions that began to decide before activations were kept have no row of their own.
        activated_at=row.last_at or (active.activated_at if active and is_active else None),  # type: ignore[attr-defined]
        activated_by=row.last_by or (active.activated_by if active and is_active else ""),  # type: ignore[attr-defined]
        why=row.last_why or "",  # type: ignore[attr-defined]
    )


def _proposals(workspace_id: str, rows: Iterable[PolicyProposal]) -> list[ProposalView]:
    found = list(rows)
    base_id = ActivePolicy.everywhere.filter(pk=workspace_id).values_list("version_id", flat=True).first()
    return [_proposal(row, base_id or "") for row in found]


def _proposal(row: PolicyProposal, base_id: str) -> ProposalView:
    signed = sorted(row.signatures.all(), key=lambda one: (one.signed_at, one.pk))
    return ProposalView(
        id=row.pk,
        version_id=row.version_id,
        name=row.version.name,
        sha256=row.version.sha256,
        text=row.version.text,
        note=row.note,
        by_id=row.by_id,
        by_name=row.by_name,
        created_at=row.created_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        outcome=row.outcome,
        because=row.because,
        signatures=tuple(
            Signature(one.user_id, one.user_name, one.signed_at, one.base_id == base_id) for one in signed
        ),
    )
