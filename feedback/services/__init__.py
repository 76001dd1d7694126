"""The verbs of feedback."""

from feedback.examples import Given
from feedback.services.datasets import add_examples, create_dataset
from feedback.services.erasing import erase_example
from feedback.services.freezing import freeze, start_freeze
from feedback.services.labels import erase_comments, erase_labels, export_labels
from feedback.services.reasons import add_reason, renew_reason, retire_reason

__all__ = [
    "Given",
    "add_examples",
    "add_reason",
    "create_dataset",
    "erase_comments",
    "erase_example",
    "erase_labels",
    "export_labels",
    "freeze",
    "renew_reason",
    "retire_reason",
    "start_freeze",
]
