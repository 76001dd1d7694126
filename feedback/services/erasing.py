"""An example is erased: a tombstone, its words gone, and every version that holds it revoked."""

from datetime import datetime

from approvals.errors import NotFound
from audit import record
from audit.actor import Actor
from audit.kinds import EventKind
from feedback.models import Dataset, DatasetVersion, Example, ExampleRevision
from tenancy import ids, scope


def erase_example(*, actor: Actor, at: datetime, workspace_id: str, external_id: str) -> list[str]:
    """Erases what any dataset knows of an action (or of a given example's id); the ids of the versions that it revoked.

    The hashes stay, so that a revoked version's manifest can still be checked. Freeze the datasets again afterwards.
    Raises NotFound where no dataset knows it.
    """
    with scope.acting(workspace_id):
        examples = list(Example.objects.filter(external_id=external_id).order_by("id"))
        if not examples:
            raise NotFound(f"No dataset here knows {external_id[:80]}.")
        # A freeze looks for tombstones under the same lock before it closes.
        list(Dataset.objects.filter(examples__in=examples).order_by("id").select_for_update())
        for example in examples:
            _bury(example, at)
        revoked = _revoke(examples, at)
        for example in examples:
            record.record(
                kind=EventKind.EXAMPLE_ERASED,
                workspace_id=workspace_id,
                actor=actor,
                at=at,
                subject=("example", example.pk),
                data={"dataset": example.dataset_id},
            )
        for version in revoked:
            record.record(
                kind=EventKind.DATASET_REVOKED,
                workspace_id=workspace_id,
                actor=actor,
                at=at,
                subject=("dataset", version.dataset_id),
                data={"version": version.pk, "n": version.n, "because": "an example was erased"},
            )
    return [version.pk for version in revoked]


def _bury(example: Example, at: datetime) -> None:
    revisions = ExampleRevision.objects.filter(example=example)
    last = revisions.order_by("-n").first()
    if last is None or last.kind == "delete":
        return
    ExampleRevision(
        id=ids.new("exr", at),
        workspace_id=example.workspace_id,
        example=example,
        n=last.n + 1,
        kind="delete",
        sha256=last.sha256,
        group_key=last.group_key,
        cluster=last.cluster,
        decision=last.decision,
        tool=last.tool,
        tier=last.tier,
        created_at=at,
    ).save(force_insert=True)
    Example.objects.filter(pk=example.pk).update(newest=last.n + 1)
    revisions.exclude(kind="delete").update(content="", provenance="")


def _revoke(examples: list[Example], at: datetime) -> list[DatasetVersion]:
    holding = DatasetVersion.objects.filter(status="frozen", items__revision__example__in=examples).distinct()
    revoked = list(holding.order_by("id"))
    for version in revoked:
        version.status, version.revoked_at = "revoked", at
        version.save(update_fields=["status", "revoked_at"])
    return revoked
