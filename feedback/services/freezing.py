"""Freezing: the labels that came are gathered, the splits are drawn, and a version is closed for good."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Count, Max

from approvals.errors import Conflict, NotFound
from audit import record
from audit.actor import Actor, Door, Kind
from audit.kinds import EventKind
from feedback import bulk, gathering, membership
from feedback.drawing import Purpose
from feedback.membership import ManifestHash, Members
from feedback.models import Dataset, DatasetItem, DatasetVersion, ExampleRevision, Label, Look
from feedback.queries.datasets import VersionView, find_version
from feedback.redaction import PROFILE
from feedback.services.datasets import find
from feedback.settling import DECIDED
from outbox import jobs
from outbox.jobs import JobFailed, JobView, Work
from tenancy import ids, scope

KIND = "freeze"
CHUNK = 5_000
LISTED = 10
Job = JobView
Told = Callable[[int, int], None]


class NothingToFreeze(Conflict):
    """Decide some actions, or add examples, and freeze then."""

    code = "nothing_to_freeze"


class Overtaken(Conflict):
    """Freeze it again."""

    code = "overtaken"


def start_freeze(*, actor: Actor, at: datetime, workspace_id: str, dataset_id: str) -> str:
    """Orders a freeze and returns the job's id. Raises NotFound, and Conflict while one is under way."""
    with scope.acting(workspace_id):
        dataset = find(workspace_id, dataset_id)
        if under_way(workspace_id, dataset.pk):
            raise Conflict("This dataset is being frozen already. Wait for it, or cancel it.", code="busy")
        payload = {"dataset": dataset.pk, "name": dataset.name, "by": _told(actor)}
        return jobs.start(
            kind=KIND, workspace_id=workspace_id, by_id=actor.id, by_name=actor.label, payload=payload, at=at
        )


def find_freeze(workspace_id: str, job_id: str) -> JobView:
    """Raises NotFound."""
    found = jobs.find(workspace_id, job_id, KIND) if ids.is_id(job_id, "job") else None
    if found is None:
        raise NotFound(f"There is no freeze {job_id[:60]} here.")
    return found


def under_way(workspace_id: str, dataset_id: str) -> list[JobView]:
    """Freezes of the dataset that are not over, newest first."""
    found = jobs.newest(workspace_id, KIND, LISTED)
    return [job for job in found if not job.outcome and job.payload["dataset"] == dataset_id]


def cancel_freeze(*, actor: Actor, at: datetime, workspace_id: str, job_id: str) -> None:
    """Raises NotFound."""
    find_freeze(workspace_id, job_id)
    jobs.cancel(workspace_id=workspace_id, job_id=job_id, at=at)


def run(work: Work) -> dict[str, Any]:
    """The job itself: `{"version", "unchanged"}`."""
    by = work.payload["by"]
    actor = Actor(Kind(by["kind"]), by["id"], by["label"], Door(by["door"]))
    try:
        frozen = freeze(
            actor=actor,
            at=work.now(),
            workspace_id=work.workspace_id,
            dataset_id=work.payload["dataset"],
            told=work.step,
        )
    except (NotFound, NothingToFreeze, Overtaken) as error:
        raise JobFailed(error.detail) from error
    return {"version": frozen.id}


def freeze(
    *, actor: Actor, at: datetime, workspace_id: str, dataset_id: str, told: Told = lambda done, total: None
) -> VersionView:
    """The new version, or the newest one where nothing changed since. `told` hears how far it is.

    A draft that a lost worker left is thrown away. Raises NotFound, NothingToFreeze and
    Overtaken.
    """
    with scope.workspace(workspace_id):
        return _frozen(find(workspace_id, dataset_id), actor, at, told)


def _frozen(dataset: Dataset, actor: Actor, at: datetime, told: Told) -> VersionView:
    _throw_drafts_away(dataset)
    buried = _tombstones(dataset)
    if dataset.recipe is not None:
        gathering.gather(dataset, at=at, step=lambda read: told(0, read))
    found = membership.members(dataset)
    manifest = membership.manifest_of(dataset, PROFILE)
    digest, size, by_split = _sealed(manifest, found)
    if not size:
        raise NothingToFreeze("No example is there: nobody decided an action that the dataset takes.")
    newest = DatasetVersion.objects.filter(dataset=dataset, status="frozen").order_by("-n").first()
    # What people settled may raise the tiers and change no word: the same examples, and more to be said for them.
    counts = {"split": by_split, **found.counts}
    if newest is not None and (newest.manifest_sha256, newest.counts) == (digest, counts):
        return find_version(dataset.workspace_id, newest.pk)
    version = _draft(dataset, manifest, actor, at)
    _fill(version, found, size, told)
    version.manifest_sha256, version.size, version.frozen_at, version.status = digest, size, at, "frozen"
    version.counts = counts
    version.report = _report(dataset, found)
    _close(version, dataset, buried, actor, at)
    return find_version(dataset.workspace_id, version.pk)


def _throw_drafts_away(dataset: Dataset) -> None:
    with transaction.atomic():
        drafts = DatasetVersion.objects.filter(dataset=dataset, status="draft")
        DatasetItem.objects.filter(version__in=drafts).delete()
        drafts.delete()


def _sealed(manifest: dict[str, Any], found: Members) -> tuple[str, int, dict[str, int]]:
    """The manifest's hash, how many items, and how many of each split."""
    sealing, by_split = ManifestHash(manifest), dict[str, int]()
    for _, digest, split in found.kept():
        sealing.add(digest, split)
        by_split[split] = by_split.get(split, 0) + 1
    return sealing.hexdigest(), sum(by_split.values()), dict(sorted(by_split.items()))


def _draft(dataset: Dataset, manifest: dict[str, Any], actor: Actor, at: datetime) -> DatasetVersion:
    last = DatasetVersion.objects.filter(dataset=dataset).aggregate(n=Max("n"))["n"] or 0
    version = DatasetVersion(
        id=ids.new("dsv", at),
        workspace_id=dataset.workspace_id,
        dataset=dataset,
        n=last + 1,
        manifest=manifest,
        by_id=actor.id,
        by_name=actor.label,
        created_at=at,
    )
    version.save(force_insert=True)
    return version


def _fill(version: DatasetVersion, found: Members, size: int, told: Told) -> None:
    """Chunk by chunk, so that no write of others waits long."""
    rows, done = found.kept(), 0
    while chunk := list(islice(rows, CHUNK)):
        items = [(version.pk, n, pk, split) for n, (pk, _, split) in enumerate(chunk, start=done + 1)]
        with transaction.atomic():
            bulk.insert("feedback_datasetitem", ("version_id", "n", "revision_id", "split"), items)
        done += len(chunk)
        told(done, size)
    if size >= CHUNK:
        bulk.counted("feedback_datasetitem")


def _report(dataset: Dataset, found: Members) -> dict[str, Any]:
    """What was left out, by reason, and what stands twice."""
    reasons = {"ties_two_splits": found.torn, "nobody_could_say": found.unclear}
    left_out = {reason: count for reason, count in reasons.items() if count}
    if dataset.recipe is not None:
        kinds = Label.objects.exclude(kind__in=[str(kind) for kind in DECIDED]).values_list("kind")
        audited = Look.objects.filter(purpose=Purpose.AUDIT_ALLOWED, given_at__isnull=False)
        kinds = kinds.exclude(pk__in=audited.values("label_id"))
        left_out |= {f"nobody_judged:{kind}": n for kind, n in kinds.annotate(n=Count("pk")).order_by("kind")}
    trained = {"trained_elsewhere": found.trained} if found.trained else {}
    return {"left_out": left_out, "repeated": found.repeated, "near_duplicates": found.near, **trained}


def _tombstones(dataset: Dataset) -> int:
    return ExampleRevision.objects.filter(example__dataset=dataset, kind="delete").count()


def _close(version: DatasetVersion, dataset: Dataset, buried: int, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        # Whoever erases holds the dataset too, so that nothing erased meanwhile is frozen.
        Dataset.objects.select_for_update().get(pk=dataset.pk)
        if _tombstones(dataset) != buried:
            raise Overtaken("An example was erased while the version was filled. Freeze it again.")
        version.save()
        record.record(
            kind=EventKind.DATASET_FROZEN,
            workspace_id=dataset.workspace_id,
            actor=actor,
            at=at,
            subject=("dataset", dataset.pk),
            data={
                "version": version.pk,
                "n": version.n,
                "manifest_sha256": version.manifest_sha256,
                "size": version.size,
            },
        )


def _told(actor: Actor) -> dict[str, str]:
    return {"kind": actor.kind.value, "id": actor.id, "label": actor.label, "door": actor.door.value}
