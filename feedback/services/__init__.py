"""The verbs of feedback."""

from feedback.examples import Given
from feedback.services.datasets import add_examples, create_dataset
from feedback.services.erasing import erase_example
from feedback.services.freezing import freeze, start_freeze
from feedback.services.labels import export_labels

__all__ = ["Given", "add_examples", "create_dataset", "erase_example", "export_labels", "freeze", "start_freeze"]
