"""Many rows at once arrive as they were sent, whatever stands in them."""

from django.db import transaction

from feedback import bulk
from feedback.models import Example, Sketch
from tests.cast import Stage
from tests.feedback.learning import dataset

TEXTS = ["plain", "back\\slash", "\\N", "\\.", "tab\tand\nline\r\n", "é 漢 😀 \u2028", "", '{"a":"\\n"}', "\x0b"]


def test_texts_and_bytes_come_back_as_they_were(stage: Stage) -> None:
    made = dataset(stage)
    rows = [(f"exm_{n}", stage.id, made.id, text, n, stage.at) for n, text in enumerate(TEXTS)]
    with transaction.atomic():
        columns = ("id", "workspace_id", "dataset_id", "external_id", "newest", "created_at")
        bulk.insert("feedback_example", columns, rows)
        words = [(stage.id, made.id, -(2**63), bytes(range(256))), (stage.id, made.id, 2**63 - 1, b"")]
        bulk.insert("feedback_sketch", ("workspace_id", "dataset_id", "cluster", "words"), words)
    found = Example.everywhere.order_by("newest").values_list("external_id", "newest", "created_at")
    assert list(found) == [(text, n, stage.at) for n, text in enumerate(TEXTS)]
    kept = [
        (cluster, bytes(raw)) for cluster, raw in Sketch.everywhere.order_by("cluster").values_list("cluster", "words")
    ]
    assert kept == [(-(2**63), bytes(range(256))), (2**63 - 1, b"")]
