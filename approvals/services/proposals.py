"""From a document to the policy that decides: somebody proposes it, people sign it, and then it is active.

What provably tightens needs one signature. All else needs two people's; whoever proposed it has signed by that. A
machine may propose and never signs. A signature is to one change, from the version that was active to the new one:
when another version became active meanwhile, it counts no more.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts import queries as accounts_queries
from accounts.roles import Verb
from approvals import changes, policies
from approvals.changes import Change
from approvals.errors import AlreadyClosed, ChangeMoved, NotFound, SecondPersonNeeded
from approvals.models import ActivePolicy, PolicyProposal, PolicySignature, PolicyVersion
from approvals.policy.lint import lint
from approvals.services.policy import SavedPolicy, activate_policy, ensure_policy, refused, save_policy
from audit import record
from audit.actor import Actor
from audit.canonical import plain
from audit.kinds import EventKind
from audit.record import Secret
from outbox import post
from tenancy import ids, scope

NOTE_MAX = 2000
# The letter to whoever may sign what somebody proposed.
PROPOSED = "policy.proposed"


@dataclass(frozen=True, slots=True)
class Signed:
    """Where a proposal stands: it is active, or waits for `missing` more people."""

    proposal_id: str
    version_id: str
    is_active: bool
    missing: int


def propose_policy(*, actor: Actor, at: datetime, workspace_id: str, text: str, note: str = "") -> Signed:
    """Saves the document and asks people to make it decide. Raises BadRequest (faults), AlreadyClosed."""
    ensure_policy(workspace_id, at=at, fresh=True)
    with scope.acting(workspace_id):
        saved = save_policy(actor=actor, at=at, workspace_id=workspace_id, text=text)
        return _propose(actor, at, workspace_id, saved.id, note)


def roll_back(*, actor: Actor, at: datetime, workspace_id: str, version_id: str, note: str = "") -> Signed:
    """Proposes a version that is there already, and makes it decide at once where one person's word is enough.

    Raises NotFound, BadRequest where its people are gone meanwhile, AlreadyClosed where it decides already.
    """
    ensure_policy(workspace_id, at=at, fresh=True)
    with scope.acting(workspace_id):
        if not ids.is_id(version_id, "pol") or not PolicyVersion.objects.filter(pk=version_id).exists():
            raise NotFound(f"There is no policy version {version_id[:60]} here.")
        document = policies.compiled(version_id).document
        problems = lint(document, group_sizes=accounts_queries.group_sizes(workspace_id))
        if problems:
            raise refused("This version cannot be used any more.", problems)
        proposed = _propose(actor, at, workspace_id, version_id, note or "Back to an earlier version.")
        return proposed if proposed.missing else _settle(actor, at, workspace_id, proposed.proposal_id)


def sign_policy(*, actor: Actor, at: datetime, workspace_id: str, proposal_id: str, base_id: str) -> Signed:
    """One person's yes to the change from `base_id`, the version that their page compared with. With enough of them
    the version decides from now on.

    Raises NotFound, AlreadyClosed, ChangeMoved, SecondPersonNeeded for anybody who is no person.
    """
    if not actor.is_person:
        raise SecondPersonNeeded("People sign, in the console. A key may only propose.")
    with scope.acting(workspace_id):
        # The active policy is locked before any proposal, here and everywhere.
        active_id = _active_id()
        proposal = _open(proposal_id)
        if active_id != base_id:
            raise ChangeMoved("Another policy became active since this page was drawn. Look again, then sign.")
        _sign(actor, at, proposal, base_id)
        return _settle(actor, at, workspace_id, proposal_id)


def decline_policy(*, actor: Actor, at: datetime, workspace_id: str, proposal_id: str, because: str = "") -> None:
    """Closes a proposal; whoever made it withdraws it by that. Raises NotFound, AlreadyClosed."""
    with scope.acting(workspace_id):
        proposal = _open(proposal_id)
        outcome = "withdrawn" if actor.id == proposal.by_id else "declined"
        _close(proposal, actor, at, outcome, because)
        _tell(EventKind.POLICY_DECLINED, actor, at, proposal, because)


def activate_as_operator(*, actor: Actor, at: datetime, workspace_id: str, text: str, alone: str = "") -> SavedPolicy:
    """Saves a document and makes it decide, on the server itself: where it provably tightens, or the workspace has one
    person, or with a reason `alone`, which the audit log keeps. Raises BadRequest, SecondPersonNeeded.
    """
    active = ensure_policy(workspace_id, at=at, fresh=True)
    with scope.acting(workspace_id):
        saved = save_policy(actor=actor, at=at, workspace_id=workspace_id, text=text)
        change = changes.against(active, policies.compiled(saved.id), workspace_id, at)
        if change.signers > 1 and not alone:
            raise SecondPersonNeeded("This does not provably tighten the policy, so two people have to sign it.")
        activate_policy(actor=actor, at=at, workspace_id=workspace_id, version_id=saved.id, why=alone)
    return saved


def _propose(actor: Actor, at: datetime, workspace_id: str, version_id: str, note: str) -> Signed:
    base_id = _active_id()
    if base_id == version_id:
        raise AlreadyClosed("This is the policy that decides now. There is nothing to change.")
    proposal = PolicyProposal.objects.filter(version_id=version_id, closed_at=None).first()
    is_new = proposal is None
    if proposal is None:
        proposal = PolicyProposal(
            id=ids.new("prp", at),
            workspace_id=workspace_id,
            version_id=version_id,
            note=note[:NOTE_MAX],
            by_kind=actor.kind.value,
            by_id=actor.id,
            by_name=actor.label,
            created_at=at,
        )
        proposal.save(force_insert=True)
        _tell(EventKind.POLICY_PROPOSED, actor, at, proposal, note)
    if actor.is_person:
        _sign(actor, at, proposal, base_id)
    missing = _missing(proposal, base_id, _change(proposal, at))
    if is_new and missing:
        _ask_others(actor, at, proposal)
    return Signed(proposal.id, version_id, is_active=False, missing=missing)


def _ask_others(actor: Actor, at: datetime, proposal: PolicyProposal) -> None:
    """A letter to each who may sign, whatever letters they chose: the policy waits for one of them."""
    for user_id in sorted(accounts_queries.holders(proposal.workspace_id, Verb.ACTIVATE_POLICY) - {actor.id}):
        post.post(
            sink="mail",
            kind=PROPOSED,
            workspace_id=proposal.workspace_id,
            subject=proposal.id,
            payload={"user": user_id, "proposal": proposal.id},
            at=at,
        )


def _sign(actor: Actor, at: datetime, proposal: PolicyProposal, base_id: str) -> None:
    """Once for each person and change; signing again says nothing new."""
    given = PolicySignature.objects.filter(proposal=proposal, user_id=actor.id, base_id=base_id)
    if given.exists():
        return
    PolicySignature(
        id=ids.new("sig", at),
        workspace_id=proposal.workspace_id,
        proposal=proposal,
        user_id=actor.id,
        user_name=actor.label,
        base_id=base_id,
        signed_at=at,
    ).save(force_insert=True)
    _tell(EventKind.POLICY_SIGNED, actor, at, proposal, "", base_id)


def _settle(actor: Actor, at: datetime, workspace_id: str, proposal_id: str) -> Signed:
    """Makes the version decide where nobody is missing. The lock on the active policy makes two last signatures wait
    for each other.
    """
    proposal = _open(proposal_id)
    base_id = _active_id()
    missing = _missing(proposal, base_id, _change(proposal, at))
    if missing:
        return Signed(proposal_id, proposal.version_id, is_active=False, missing=missing)
    _close(proposal, actor, at, "activated", "")
    activate_policy(
        actor=actor,
        at=at,
        workspace_id=workspace_id,
        version_id=proposal.version_id,
        why=proposal.note,
        proposal_id=proposal_id,
    )
    return Signed(proposal_id, proposal.version_id, is_active=True, missing=0)


def _change(proposal: PolicyProposal, at: datetime) -> Change:
    active = policies.active(proposal.workspace_id, fresh=True)
    if active is None:
        raise NotFound("This workspace has no policy.")
    return changes.against(active, policies.compiled(proposal.version_id), proposal.workspace_id, at)


def _missing(proposal: PolicyProposal, base_id: str, change: Change) -> int:
    """Only those count who may still activate a policy."""
    signed = PolicySignature.objects.filter(proposal=proposal, base_id=base_id).values_list("user_id", flat=True)
    able = accounts_queries.holders(proposal.workspace_id, Verb.ACTIVATE_POLICY)
    return max(0, change.signers - len(set(signed) & able))


def _active_id() -> str:
    """The version that decides, locked until the transaction ends."""
    found = ActivePolicy.objects.select_for_update().values_list("version_id", flat=True).first()
    return found or ""


def _open(proposal_id: str) -> PolicyProposal:
    rows = PolicyProposal.objects.select_for_update().filter(pk=proposal_id)
    proposal = rows.first() if ids.is_id(proposal_id, "prp") else None
    if proposal is None:
        raise NotFound(f"There is no proposal {proposal_id[:60]} here.")
    if proposal.closed_at is not None:
        raise AlreadyClosed(f"This proposal was {proposal.outcome} by {proposal.closed_by}. Nothing was changed.")
    return proposal


def _close(proposal: PolicyProposal, actor: Actor, at: datetime, outcome: str, because: str) -> None:
    closed = {"closed_at": at, "closed_by": actor.label, "outcome": outcome, "because": because[:NOTE_MAX]}
    PolicyProposal.objects.filter(pk=proposal.pk).update(**closed)


def _tell(kind: EventKind, actor: Actor, at: datetime, proposal: PolicyProposal, text: str, base_id: str = "") -> None:
    record.record(
        kind=kind,
        workspace_id=proposal.workspace_id,
        actor=actor,
        at=at,
        subject=("policy", proposal.version_id),
        data={"proposal": proposal.id, "base": base_id or None},
        secrets=[Secret("note", plain(text), proposal.id)] if text else [],
    )
