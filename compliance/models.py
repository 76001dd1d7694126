"""What auditors order and take away."""

from compliance.export_models import Export, Schedule

__all__ = ["Export", "Schedule"]
