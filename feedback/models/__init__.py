"""What decisions teach: labels, the words of their reasons, and the datasets that are made of them."""

from feedback.models.dataset import Dataset, DatasetItem, DatasetVersion, Example, ExampleRevision
from feedback.models.label import Label
from feedback.models.taxonomy import Taxonomy

__all__ = ["Dataset", "DatasetItem", "DatasetVersion", "Example", "ExampleRevision", "Label", "Taxonomy"]
