"""Shadow mode: a version is asked about every new action beside the active one; its answer is kept and binds nobody."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from approvals import beside
from approvals.answers import ActionView
from approvals.beside import Beside
from approvals.errors import AlreadyClosed, NotFound
from approvals.models import ActivePolicy, PolicyShadow, PolicyVersion, ShadowVerdict
from approvals.policy.evaluate import evaluate
from approvals.policy.model import EFFECTS
from approvals.policy.verdict import Context
from audit import record
from audit.actor import Actor
from audit.kinds import EventKind
from tenancy import ids, scope
from tenancy.rows import Row

LOOKED_AT = 2000
LISTED = 50
KEPT = timedelta(days=90)
EFFECT_WORDS = EFFECTS


@dataclass(frozen=True, slots=True)
class Otherwise:
    """One action that the shadow would have answered otherwise."""

    action_id: str
    tool: str
    created_at: datetime
    enforced: str
    enforced_explanation: str
    effect: str
    explanation: str


@dataclass(frozen=True, slots=True)
class ShadowView:
    """`counts` are rows by EFFECTS of what was enforced, columns of what the shadow said, over the newest LOOKED_AT."""

    version_id: str
    name: str
    started_at: datetime
    started_by: str
    seen: int
    counts: tuple[tuple[int, ...], ...]
    otherwise: tuple[Otherwise, ...]


def start_shadow(*, actor: Actor, at: datetime, workspace_id: str, version_id: str) -> None:
    """Another shadow ends by this. Raises NotFound, AlreadyClosed for the version that decides."""
    with scope.acting(workspace_id):
        if not ids.is_id(version_id, "pol") or not PolicyVersion.objects.filter(pk=version_id).exists():
            raise NotFound(f"There is no policy version {version_id[:60]} here.")
        if ActivePolicy.objects.filter(version_id=version_id).exists():
            raise AlreadyClosed("This version decides already, so there is nothing to try.")
        values = {"version_id": version_id, "started_at": at, "started_by": actor.label}
        PolicyShadow.everywhere.update_or_create(workspace_id=workspace_id, defaults=values)
        _tell(EventKind.SHADOW_STARTED, actor, at, workspace_id, version_id)
    beside.forget(workspace_id)


def stop_shadow(*, actor: Actor, at: datetime, workspace_id: str) -> None:
    """What it said is kept. Raises AlreadyClosed."""
    with scope.acting(workspace_id):
        version_id = PolicyShadow.objects.values_list("version_id", flat=True).first()
        if version_id is None:
            raise AlreadyClosed("No version is tried in shadow. Nothing was changed.")
        PolicyShadow.objects.all().delete()
        _tell(EventKind.SHADOW_STOPPED, actor, at, workspace_id, version_id)
    beside.forget(workspace_id)


def rows_of(tried: Beside, asked: Context, view: ActionView, *, label: str, has_manifest: bool) -> tuple[Row, ...]:
    """What the shadow says to the call of `view`, as a row of the statement that opens it; nothing without a shadow.

    Sums are those of the active policy's limits: a cap that only the shadow has counts as unused (a backtest counts
    it).
    """
    shadow = tried.shadow
    if shadow is None:
        return ()
    state = shadow.version_state(asked.agent, label=label or None, has_manifest=has_manifest)
    verdict = evaluate(shadow, replace(asked, manifest=state))
    values = {
        "id": ids.new("shv", view.created_at),
        "workspace_id": view.workspace_id,
        "version_id": tried.shadow_id,
        "action_id": view.id,
        "enforced": view.policy["effect"],
        "effect": verdict.effect,
        "rule": verdict.rule or "",
        "explanation": verdict.explanation,
        "created_at": view.created_at,
    }
    return (Row(ShadowVerdict, values),)


def shadow_view(workspace_id: str) -> ShadowView | None:
    """The version that is tried now and how it does; None where there is none."""
    running = PolicyShadow.everywhere.filter(pk=workspace_id).select_related("version").first()
    if running is None:
        return None
    rows = ShadowVerdict.everywhere.filter(
        workspace_id=workspace_id, version_id=running.version_id, created_at__gte=running.started_at
    ).order_by("-id")
    newest = list(rows.values_list("id", "enforced", "effect")[:LOOKED_AT])
    pairs = Counter((enforced, effect) for _, enforced, effect in newest)
    differing = [row_id for row_id, enforced, effect in newest if enforced != effect]
    return ShadowView(
        version_id=running.version_id,
        name=running.version.name,
        started_at=running.started_at,
        started_by=running.started_by,
        seen=len(newest),
        counts=tuple(tuple(pairs[before, after] for after in EFFECTS) for before in EFFECTS),
        otherwise=_otherwise(differing[:LISTED]),
    )


def _otherwise(row_ids: Sequence[str]) -> tuple[Otherwise, ...]:
    """Newest first."""
    columns = ("action_id", "action__tool", "created_at", "enforced", "action__policy", "effect", "explanation")
    rows = ShadowVerdict.everywhere.filter(pk__in=row_ids).order_by("-id").values_list(*columns)
    return tuple(
        Otherwise(action_id, tool, at, enforced, policy["explanation"], effect, explanation)
        for action_id, tool, at, enforced, policy, effect, explanation in rows
    )


def running_shadow(workspace_id: str) -> str:
    """The id of the version that is tried; "" for none."""
    found = PolicyShadow.everywhere.filter(pk=workspace_id).values_list("version_id", flat=True).first()
    return found or ""


def forget_shadows(*, at: datetime) -> int:
    """Drops what shadows said long ago; says how many rows."""
    # Ids begin with their moment, so this is a range of the primary key.
    return ShadowVerdict.everywhere.filter(id__lt=ids.floor("shv", at - KEPT)).delete()[0]


def _tell(kind: EventKind, actor: Actor, at: datetime, workspace_id: str, version_id: str) -> None:
    record.record(kind=kind, workspace_id=workspace_id, actor=actor, at=at, subject=("policy", version_id))
