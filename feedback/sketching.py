"""The sketches of a dataset: one for each cluster of its examples, made once, and which clusters they find near."""

from collections.abc import Mapping
from typing import Any

import orjson
from numpy.typing import NDArray

from feedback import bulk, nearness, sketches
from feedback.examples import subject
from feedback.models import Dataset, Sketch


def sketch(dataset: Dataset, contents: Mapping[int, str]) -> None:
    """Sketches the clusters that have no sketch yet, in the open transaction. `contents` are of one example of each:
    all of a cluster read the same without numbers.
    """
    known = set(Sketch.objects.filter(dataset=dataset, cluster__in=contents).values_list("cluster", flat=True))
    rows = [
        (dataset.workspace_id, dataset.pk, cluster, _sketched(content))
        for cluster, content in contents.items()
        if cluster not in known
    ]
    bulk.insert("feedback_sketch", ("workspace_id", "dataset_id", "cluster", "words"), rows)


def near(dataset: Dataset) -> NDArray[Any]:
    """Pairs of clusters whose examples are nearly the same, one a row."""
    known = list(Sketch.objects.filter(dataset=dataset).values_list("cluster", "words"))
    return sketches.near([cluster for cluster, _ in known], [bytes(words) for _, words in known])


def _sketched(content: str) -> bytes:
    tool, args, said = subject(orjson.loads(content))
    return sketches.sketch(tool, nearness.words(args, said))
