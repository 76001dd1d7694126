"""Labels become examples of a dataset, chunk by chunk; what is there already and says the same stays as it is."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import transaction

from feedback import bulk
from feedback.examples import Draft, LabelRow, from_label
from feedback.models import Dataset, Example, ExampleRevision
from tenancy import ids, sql

CHUNK = 2_000
# Labels of one moment commit in any order: the last minutes are looked at once more.
OVERLAP = timedelta(minutes=5)
Step = Callable[[int], None]

_JSON = ("proposed", "final", "patch", "reviewers", "context")
_LABELS = """select id, action_id, decision_id, kind, tool, agent_id, agent_version_id, cast(proposed as text) proposed,
 cast(final as text) final, cast(patch as text) patch, material, reason_code, taxonomy, comment,
 cast(reviewers as text) reviewers, door, cast(context as text) context, decided_at
 from feedback_label where workspace_id = %s and id > %s order by id limit %s"""
_EXAMPLE = ("id", "workspace_id", "dataset_id", "external_id", "newest", "created_at")
_REVISION = (
    *("id", "workspace_id", "example_id", "n", "kind", "content", "provenance", "sha256", "group_key", "cluster"),
    *("decision", "tool", "tier", "created_at"),
)


def gather(dataset: Dataset, *, at: datetime, step: Step) -> None:
    """Reads the labels that came since the last time. `step` is told how many labels were read."""
    recipe, secret, read = dataset.recipe or {}, bytes(dataset.pseudonym_key), 0
    for chunk in _chunks(dataset):
        drafts = [draft for row in chunk if wanted(row, recipe) and (draft := from_label(row, secret))]
        with transaction.atomic():
            store(dataset, drafts, at=at)
            dataset.gathered = max(dataset.gathered, chunk[-1].id)
            dataset.save(update_fields=["gathered"])
        read += len(chunk)
        step(read)


def wanted(row: LabelRow, recipe: dict[str, Any]) -> bool:
    """Whether the recipe takes the label: `tools` (none for all), `since` and `until` (ISO 8601, by decision)."""
    if recipe.get("tools") and row.tool not in recipe["tools"]:
        return False
    since, until = recipe.get("since"), recipe.get("until")
    return (not since or row.decided_at >= datetime.fromisoformat(since)) and (
        not until or row.decided_at < datetime.fromisoformat(until)
    )


def store(dataset: Dataset, drafts: Sequence[Draft], *, at: datetime) -> int:
    """Writes what is new or says something else now, in the open transaction; says how many revisions that made.

    What was erased stays erased.
    """
    of_id = {draft.external_id: draft for draft in drafts}
    known = _known(dataset, list(of_id))
    examples, revisions = [], []
    for external_id, draft in of_id.items():
        found = known.get(external_id)
        if found is None:
            example_id, n, kind = ids.new("exm", at), 1, "create"
            examples.append((example_id, dataset.workspace_id, dataset.pk, external_id, 1, at))
        elif found[2] == draft.sha256 or found[3] == "delete":
            continue
        else:
            example_id, n, kind = found[0], found[1] + 1, "patch"
            Example.objects.filter(pk=example_id, newest=found[1]).update(newest=n)
        revisions.append(_revision(dataset.workspace_id, example_id, n, kind, draft, at))
    bulk.insert("feedback_example", _EXAMPLE, examples)
    bulk.insert("feedback_examplerevision", _REVISION, revisions)
    return len(revisions)


def _known(dataset: Dataset, external_ids: Sequence[str]) -> dict[str, tuple[str, int, str, str]]:
    """Id and newest number of the examples that are there, with hash and kind of that revision."""
    there = Example.objects.filter(dataset=dataset, external_id__in=external_ids)
    found = {pk: (external_id, n) for pk, external_id, n in there.values_list("id", "external_id", "newest")}
    newest = ExampleRevision.objects.filter(example_id__in=found).values_list("example_id", "n", "sha256", "kind")
    return {
        found[example_id][0]: (example_id, n, digest, kind)
        for example_id, n, digest, kind in newest
        if found[example_id][1] == n
    }


def _revision(workspace_id: str, example_id: str, n: int, kind: str, draft: Draft, at: datetime) -> tuple[Any, ...]:
    said = (draft.content, draft.provenance, draft.sha256, draft.group_key, draft.cluster)
    return (ids.new("exr", at), workspace_id, example_id, n, kind, *said, draft.decision, draft.tool, draft.tier, at)


def _chunks(dataset: Dataset) -> Iterator[list[LabelRow]]:
    after = dataset.gathered and ids.floor("lbl", ids.created_at(dataset.gathered) - OVERLAP)
    while chunk := [_row(row) for row in sql.many(_LABELS, [dataset.workspace_id, after, CHUNK])]:
        yield chunk
        after = chunk[-1].id


def _row(row: dict[str, Any]) -> LabelRow:
    for name in _JSON:
        row[name] = None if row[name] is None else orjson.loads(row[name])
    row["material"] = bool(row["material"])
    row["decided_at"] = sql.moment(row["decided_at"])
    return LabelRow(**row)
