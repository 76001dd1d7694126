"""The sketches of a dataset: one for each cluster of its examples, made once, and which clusters they find near."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Min
from numpy.typing import NDArray

from feedback import bulk, nearness, sketches
from feedback.examples import subject
from feedback.models import Dataset, ExampleRevision, Sketch

CHUNK = 1_000


def sketch_missing(dataset: Dataset) -> None:
    """Sketches the clusters that have none yet, from any of their examples: all read the same without numbers."""
    known = set(Sketch.objects.filter(dataset=dataset).values_list("cluster", flat=True))
    there = ExampleRevision.objects.filter(example__dataset=dataset).exclude(content="").order_by()
    found = there.values_list("cluster").annotate(one=Min("id"))
    missing = (one for cluster, one in found.iterator(chunk_size=CHUNK * 5) if cluster not in known)
    # Read to its end before anything is written: one connection has one cursor.
    waiting = iter(list(missing))
    while chunk := list(islice(waiting, CHUNK)):
        rows = [(dataset.workspace_id, dataset.pk, *sketched) for sketched in _sketched(chunk)]
        with transaction.atomic():
            bulk.insert("feedback_sketch", ("workspace_id", "dataset_id", "cluster", "words"), rows)


def near(dataset: Dataset) -> NDArray[Any]:
    """Pairs of clusters whose examples are nearly the same, one a row."""
    known = list(Sketch.objects.filter(dataset=dataset).values_list("cluster", "words"))
    return sketches.near([cluster for cluster, _ in known], [bytes(words) for _, words in known])


def _sketched(revisions: list[str]) -> Iterator[tuple[int, bytes]]:
    for cluster, content in ExampleRevision.objects.filter(pk__in=revisions).values_list("cluster", "content"):
        tool, args, said = subject(orjson.loads(content))
        yield cluster, sketches.sketch(tool, nearness.words(args, said))
