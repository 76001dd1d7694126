"""Policy versions: check, save, activate. A version's content hash is its identity; the active one decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import queries as accounts_queries
from approvals import policies
from approvals.errors import BadRequest, Fault, NotFound
from approvals.models import ActivePolicy, PolicyActivation, PolicyVersion
from approvals.policies import Active
from approvals.policy.compare import check_against
from approvals.policy.compiled import compile_document
from approvals.policy.document import parse, version_of
from approvals.policy.errors import PolicyError, Problem
from approvals.policy.lint import lint
from approvals.policy.model import Document
from approvals.policy.source import MAX_BYTES
from approvals.services.plans import strangers
from audit import record
from audit.actor import SYSTEM, Actor
from audit.canonical import plain
from audit.kinds import EventKind
from audit.record import Secret
from tenancy import ids, scope

TEXT_MAX = MAX_BYTES


@dataclass(frozen=True, slots=True)
class SavedPolicy:
    id: str
    sha256: str
    name: str


def check_policy(text: str, *, workspace_id: str = "") -> tuple[Document | None, list[Problem]]:
    """The document and everything that speaks against saving it; with a workspace also against its people and the
    active version. Stores nothing."""
    try:
        document = parse(text)
        compile_document(document)
    except PolicyError as error:
        return None, list(error.problems)
    sizes = accounts_queries.group_sizes(workspace_id) if workspace_id else None
    problems = list(lint(document, group_sizes=sizes))
    if workspace_id:
        problems += strangers(document, workspace_id)
    active = policies.active(workspace_id, fresh=True) if workspace_id else None
    if active:
        problems += check_against(active.policy.document, document).refused
    return document, problems


def save_policy(*, actor: Actor, at: datetime, workspace_id: str, text: str) -> SavedPolicy:
    """Keeps a version; the same text is the same version. Raises BadRequest with a fault for each problem."""
    document, problems = check_policy(text, workspace_id=workspace_id)
    if document is None or problems:
        raise refused("The policy was not saved.", problems)
    sha256 = version_of(text).removeprefix("sha256:")
    with scope.acting(workspace_id):
        version = PolicyVersion.objects.filter(sha256=sha256).first() or _insert(
            actor, at, workspace_id, text, sha256, document.name
        )
    return SavedPolicy(version.id, version.sha256, version.name)


def activate_policy(
    *, actor: Actor, at: datetime, workspace_id: str, version_id: str, why: str = "", proposal_id: str = ""
) -> None:
    """Makes a saved version decide from now on. It asks nobody: `proposals` says who has to agree first.

    Raises NotFound.
    """
    with scope.acting(workspace_id):
        version = PolicyVersion.objects.filter(pk=version_id).first()
        if version is None:
            raise NotFound(f"There is no policy version {version_id[:60]} here.")
        before = ActivePolicy.objects.values_list("version_id", flat=True).first()
        if before == version_id:
            return
        ActivePolicy.everywhere.update_or_create(
            workspace_id=workspace_id,
            defaults={"version": version, "activated_at": at, "activated_by": actor.label},
        )
        PolicyActivation(
            id=ids.new("pac", at),
            workspace_id=workspace_id,
            version=version,
            before=before or "",
            proposal_id=proposal_id,
            by_name=actor.label,
            why=why,
            activated_at=at,
        ).save(force_insert=True)
        record.record(
            kind=EventKind.POLICY_ACTIVATED,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("policy", version_id),
            data={"sha256": version.sha256, "before": before, "proposal": proposal_id or None},
            secrets=[Secret("why", plain(why), version_id)] if why else [],
        )
    policies.forget(workspace_id)


def ensure_policy(workspace_id: str, *, at: datetime, fresh: bool = False) -> Active:
    """The active policy; a workspace that has none yet gets the one that always asks its reviewers."""
    active = policies.active(workspace_id, fresh=fresh)
    if active is None:
        sha256 = version_of(policies.DEFAULT).removeprefix("sha256:")
        with scope.acting(workspace_id):
            # Kept as it is, even where nobody is in its group yet: then nothing is approved, which is safe.
            kept = PolicyVersion.objects.filter(sha256=sha256).first() or _insert(
                SYSTEM, at, workspace_id, policies.DEFAULT, sha256, "default"
            )
            activate_policy(actor=SYSTEM, at=at, workspace_id=workspace_id, version_id=kept.id)
        active = policies.active(workspace_id, fresh=True)
    if active is None:
        raise NotFound("This workspace has no policy.")
    return active


def _insert(actor: Actor, at: datetime, workspace_id: str, text: str, sha256: str, name: str) -> PolicyVersion:
    version = PolicyVersion(
        id=ids.new("pol", at),
        workspace_id=workspace_id,
        sha256=sha256,
        name=name[:120],
        text=text,
        author_id=actor.id,
        author_name=actor.label,
        created_at=at,
    )
    try:
        with transaction.atomic():
            version.save(force_insert=True)
    except IntegrityError:
        return PolicyVersion.objects.get(sha256=sha256)
    record.record(
        kind=EventKind.POLICY_SAVED,
        workspace_id=workspace_id,
        actor=actor,
        at=at,
        subject=("policy", version.id),
        data={"sha256": sha256},
        secrets=[Secret("name", plain(name), version.id)],
    )
    return version


def refused(opening: str, problems: Sequence[Problem]) -> BadRequest:
    """The refusal of a document, with a fault for each problem."""
    faults = [Fault(problem.pointer, problem.code, problem.detail) for problem in problems]
    return BadRequest(f"{opening} {faults[0].detail if faults else ''}".strip(), code="policy_refused", faults=faults)
