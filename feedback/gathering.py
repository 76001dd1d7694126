"""Labels become examples of a dataset, chunk by chunk; what is there already and says the same stays as it is.

What a second look says of a label makes a new revision, for the versions to come.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import orjson
from django.db import transaction
from django.db.models import QuerySet

from feedback import bulk, settling, sketching
from feedback.examples import Draft, LabelRow, from_labels
from feedback.models import Dataset, Example, ExampleRevision, Look
from tenancy import aside, ids, sql

CHUNK = 2_000
# Labels of one moment commit in any order: the last minutes are looked at once more.
OVERLAP = timedelta(minutes=5)
Step = Callable[[int], None]

# The proposed call first, since the final one may point to it.
_JSON = ("proposed", "final", "patch", "reviewers", "context", "alternative")
_LABEL = """select id, action_id, decision_id, kind, tool, agent_id, agent_version_id, cast(proposed as text) proposed,
 case when final = proposed then 'same' else cast(final as text) end final, cast(patch as text) patch, material,
 reason_code, taxonomy, comment, cast(reviewers as text) reviewers, door, cast(context as text) context,
 cast(alternative as text) alternative, decided_at from feedback_label where workspace_id = %s"""
_LABELS = f"{_LABEL} and id > %s order by id limit %s"
_EXAMPLE = ("id", "workspace_id", "dataset_id", "external_id", "newest", "created_at")
_REVISION = (
    *("id", "workspace_id", "example_id", "n", "kind", "content", "provenance", "sha256", "group_key", "cluster"),
    *("decision", "tool", "tier", "created_at"),
)


class _Came(NamedTuple):
    """Rows of labels, and what was said of them later, by the label's id."""

    rows: list[dict[str, Any]]
    looks: dict[str, list[settling.Look]]


def gather(dataset: Dataset, *, at: datetime, step: Step) -> None:
    """Reads the labels that came since the last time, and those that were looked at since. `step` is told how many
    labels were read.
    """
    read = 0
    # Each label is of an action of its own, so the first time nothing can be known already.
    is_first = not dataset.gathered and not Example.objects.filter(dataset=dataset).exists()
    if is_first:
        bulk.counted("feedback_label")
    after = dataset.gathered and ids.floor("lbl", ids.created_at(dataset.gathered) - OVERLAP)
    with aside.beside() as database:
        coming, kept = database.start(_read, dataset.workspace_id, after), None
        while (came := coming.result()).rows:
            last = came.rows[-1]["id"]
            coming = database.start(_read, dataset.workspace_id, last)
            drafts = _drafts(dataset, came)
            if kept is not None:
                kept.result()
            kept = database.start(_keep, dataset, drafts, last, at, is_first=is_first)
            read += len(came.rows)
            step(read)
        if kept is not None:
            kept.result()
    if not is_first:
        _settle(dataset, at)
    Dataset.objects.filter(pk=dataset.pk).update(looked_at=at)
    if read >= CHUNK:
        bulk.counted("feedback_example", "feedback_examplerevision")


def _read(workspace_id: str, after: str) -> _Came:
    """The next labels behind `after`."""
    rows = sql.many(_LABELS, [workspace_id, after, CHUNK])
    if not rows:
        return _Came([], {})
    return _Came(rows, _looks(Look.objects.filter(label_id__gte=rows[0]["id"], label_id__lte=rows[-1]["id"])))


def _keep(dataset: Dataset, drafts: Sequence[Draft], last: str, at: datetime, *, is_first: bool) -> None:
    with transaction.atomic():
        store(dataset, drafts, at=at, is_first=is_first)
        dataset.gathered = max(dataset.gathered, last)
        dataset.save(update_fields=["gathered"])


@bulk.uncollected()
def _drafts(dataset: Dataset, came: _Came) -> list[Draft]:
    recipe = dataset.recipe or {}
    rows = [row for row in map(_row, came.rows) if wanted(row, recipe)]
    return from_labels(rows, bytes(dataset.pseudonym_key), came.looks)


def _settle(dataset: Dataset, at: datetime) -> None:
    """Revises the examples whose labels somebody looked at since the last time."""
    given = Look.objects.filter(given_at__isnull=False)
    if dataset.looked_at:
        given = given.filter(given_at__gte=dataset.looked_at - OVERLAP)
    label_ids = iter(sorted(set(given.values_list("label_id", flat=True))))
    while some := list(islice(label_ids, CHUNK)):
        marks = ", ".join(["%s"] * len(some))
        rows = sql.many(f"{_LABEL} and id in ({marks})", [dataset.workspace_id, *some])
        drafts = _drafts(dataset, _Came(rows, _looks(Look.objects.filter(label_id__in=some))))
        with transaction.atomic():
            store(dataset, drafts, at=at)


def _looks(found: QuerySet[Look]) -> dict[str, list[settling.Look]]:
    """By label, those that were given."""
    names = ("label_id", "purpose", "verdict", "answer", "probability", "reviewer_id")
    by_label: dict[str, list[settling.Look]] = {}
    for label_id, *said in found.filter(given_at__isnull=False).order_by("given_at", "id").values_list(*names):
        by_label.setdefault(label_id, []).append(settling.Look(*said))
    return by_label


def wanted(row: LabelRow, recipe: dict[str, Any]) -> bool:
    """Whether the recipe takes the label: `tools` (none for all), `since` and `until` (ISO 8601, by decision)."""
    if recipe.get("tools") and row.tool not in recipe["tools"]:
        return False
    since, until = recipe.get("since"), recipe.get("until")
    return (not since or row.decided_at >= datetime.fromisoformat(since)) and (
        not until or row.decided_at < datetime.fromisoformat(until)
    )


def store(dataset: Dataset, drafts: Sequence[Draft], *, at: datetime, is_first: bool = False) -> int:
    """Writes what is new or says something else now, in the open transaction; says how many revisions that made.

    What was erased stays erased. `is_first` vouches that none of them is there yet. One writes at a time: others wait
    for the dataset.
    """
    Dataset.objects.select_for_update().get(pk=dataset.pk)
    of_id = {draft.external_id: draft for draft in drafts}
    known = {} if is_first else _known(dataset, list(of_id))
    examples, revisions, contents = [], [], dict[int, str]()
    fresh = zip(ids.rising("exm", at, len(of_id)), ids.rising("exr", at, len(of_id)), strict=True)
    for (external_id, draft), (example_id, revision_id) in zip(of_id.items(), fresh, strict=True):
        found = known.get(external_id)
        n, kind = 1, "create"
        if found is None:
            examples.append((example_id, dataset.workspace_id, dataset.pk, external_id, 1, at))
        elif found[2:4] == (draft.sha256, draft.tier) or found[4] == "delete":
            continue
        else:
            example_id, n, kind = found[0], found[1] + 1, "patch"
            Example.objects.filter(pk=example_id, newest=found[1]).update(newest=n)
        said = (draft.content, draft.provenance, draft.sha256, draft.group_key, draft.cluster)
        told = (draft.decision, draft.tool, draft.tier, at)
        contents[draft.cluster] = draft.content
        revisions.append((revision_id, dataset.workspace_id, example_id, n, kind, *said, *told))
    bulk.insert("feedback_example", _EXAMPLE, examples)
    bulk.insert("feedback_examplerevision", _REVISION, revisions)
    sketching.sketch(dataset, contents)
    return len(revisions)


def _known(dataset: Dataset, external_ids: Sequence[str]) -> dict[str, tuple[str, int, str, str, str]]:
    """Id and newest number of the examples that are there, with hash, tier and kind of that revision."""
    there = Example.objects.filter(dataset=dataset, external_id__in=external_ids)
    found = {pk: (external_id, n) for pk, external_id, n in there.values_list("id", "external_id", "newest")}
    said = ("example_id", "n", "sha256", "tier", "kind")
    newest = ExampleRevision.objects.filter(example_id__in=found).values_list(*said)
    return {
        found[example_id][0]: (example_id, n, digest, tier, kind)
        for example_id, n, digest, tier, kind in newest
        if found[example_id][1] == n
    }


def _row(row: dict[str, Any]) -> LabelRow:
    for name in _JSON:
        said = row[name]
        # Most are signed as they were proposed, and need not be read twice. No JSON text is the bare word.
        row[name] = None if said is None else row["proposed"] if said == "same" else orjson.loads(said)
    row["material"] = bool(row["material"])
    row["decided_at"] = sql.moment(row["decided_at"])
    return LabelRow(**row)
