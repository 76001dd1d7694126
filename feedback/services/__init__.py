"""The verbs of feedback."""

from feedback.services.labels import export_labels

__all__ = ["export_labels"]
