"""A frozen version leaves the house in some format: at once into a folder, or as a job into a file to fetch."""

import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from approvals.errors import BadRequest, Conflict, Fault, NotFound
from audit import record
from audit.actor import Actor, Door, Kind
from audit.kinds import EventKind
from feedback import contamination, queries
from feedback.export import card, parquet, writing
from feedback.export.form import Format
from feedback.export.formats import FORMATS
from feedback.export.writing import Exported, Told
from feedback.models import TrainingExport
from feedback.queries import VersionView
from outbox import jobs
from outbox.jobs import JobFailed, JobView, Work
from tenancy import ids, scope

KIND = "dataset_export"
LISTED = 20
KEPT = timedelta(days=7)
# The least moment that a ZIP can hold: the same version makes the same file.
_MOMENT = (1980, 1, 1, 0, 0, 0)


def export_to(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    version_id: str,
    format_name: str,
    folder: Path,
    told: Told = lambda read: None,
) -> Exported:
    """Writes the files into `folder`. Raises NotFound, BadRequest and Conflict (revoked, or no pyarrow)."""
    version, form = _asked(workspace_id, version_id, format_name)
    dataset = queries.find_dataset(workspace_id, version.dataset_id)
    with scope.workspace(workspace_id):
        items = (
            contamination.training_items(workspace_id, version)
            if form.trains
            else queries.items(workspace_id, version.id)
        )
        try:
            made = writing.write(form, items, folder, dataset=dataset, version=version, told=told)
        except parquet.NoParquet as error:
            raise Conflict(str(error), code="no_pyarrow") from error
    with scope.acting(workspace_id):
        if form.trains:
            told_first = {"workspace_id": workspace_id, "format": form.name, "first_at": at}
            TrainingExport.objects.get_or_create(version_id=version.id, defaults=told_first)
        record.record(
            kind=EventKind.EXPORT_MADE,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("dataset", version.dataset_id),
            data={
                "what": "dataset",
                "version": version.id,
                "format": form.name,
                "count": made.rows,
                "skipped": made.skipped,
                "sha256": made.files[form.file],
            },
        )
    return made


def start_export(*, actor: Actor, at: datetime, workspace_id: str, version_id: str, format_name: str) -> str:
    """Orders an export and returns the job's id. Raises NotFound, BadRequest, and Conflict for a revoked version."""
    version, form = _asked(workspace_id, version_id, format_name)
    payload = {
        "version": version.id,
        "dataset": version.dataset_id,
        "name": f"{version.dataset_name}-{version.n}",
        "format": form.name,
        "by": {"kind": actor.kind.value, "id": actor.id, "label": actor.label, "door": actor.door.value},
    }
    with scope.acting(workspace_id):
        return jobs.start(
            kind=KIND, workspace_id=workspace_id, by_id=actor.id, by_name=actor.label, payload=payload, at=at
        )


def find_export(workspace_id: str, job_id: str) -> JobView:
    """Raises NotFound."""
    found = jobs.find(workspace_id, job_id, KIND) if ids.is_id(job_id, "job") else None
    if found is None:
        raise NotFound(f"There is no export {job_id[:60]} here.")
    return found


def newest_exports(workspace_id: str, version_id: str) -> list[JobView]:
    """Of a version, newest first, without their results."""
    return [job for job in jobs.newest(workspace_id, KIND, LISTED) if job.payload["version"] == version_id]


def cancel_export(*, actor: Actor, at: datetime, workspace_id: str, job_id: str) -> None:
    """Raises NotFound."""
    find_export(workspace_id, job_id)
    jobs.cancel(workspace_id=workspace_id, job_id=job_id, at=at)


def file_of(job: JobView) -> Path:
    """The finished file. Raises NotFound where the job has none, or had it longer than a week ago."""
    path = _place() / f"{job.id}.zip"
    if job.outcome != "done" or not path.is_file():
        raise NotFound("The file is not there, or not any more. Export the version again.")
    return path


def run(work: Work) -> dict[str, Any]:
    """The job itself: `{"rows", "skipped", "files", "bytes"}`."""
    by, at = work.payload["by"], work.now()
    place = _place()
    _forget_old(place, at)
    folder = place / f"{work.job_id}.parts"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        size = queries.find_version(work.workspace_id, work.payload["version"]).size
        made = export_to(
            actor=Actor(Kind(by["kind"]), by["id"], by["label"], Door(by["door"])),
            at=at,
            workspace_id=work.workspace_id,
            version_id=work.payload["version"],
            format_name=work.payload["format"],
            folder=folder,
            told=lambda read: work.step(read, size),
        )
        path = place / f"{work.job_id}.zip"
        _pack(folder, path)
    except (NotFound, BadRequest, Conflict) as error:
        raise JobFailed(error.detail) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"rows": made.rows, "skipped": made.skipped, "files": made.files, "bytes": path.stat().st_size}


def _asked(workspace_id: str, version_id: str, format_name: str) -> tuple[VersionView, Format]:
    version = queries.find_version(workspace_id, version_id)
    form = FORMATS.get(format_name)
    if form is None:
        detail = f"There is no format {format_name[:60]!r}. Take one of: {', '.join(FORMATS)}."
        raise BadRequest(detail, code="unknown_format", faults=[Fault("/format", "unknown_format", detail)])
    if version.status != "frozen":
        raise Conflict(
            "This version was revoked: an example of it was erased. Freeze the dataset again.", code="revoked"
        )
    return version, form


def _place() -> Path:
    path = Path(settings.DATA_DIR) / "exports"
    path.mkdir(parents=True, exist_ok=True)
    return path


def _forget_old(place: Path, at: datetime) -> None:
    for path in place.glob("job_*.zip"):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < at - KEPT:
            path.unlink(missing_ok=True)


def _pack(folder: Path, path: Path) -> None:
    unfinished = path.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for part in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(part.name, _MOMENT)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with part.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, writing.READ)
    unfinished.replace(path)


def card_of(workspace_id: str, version_id: str) -> str:
    """The Markdown card. Raises NotFound."""
    version = queries.find_version(workspace_id, version_id)
    return card.markdown(queries.find_dataset(workspace_id, version.dataset_id), version)


def formats() -> list[Format]:
    """What can be asked for here, in the order of a list."""
    return [form for form in FORMATS.values() if form is not parquet.FORMAT or parquet.is_there()]
