"""What auditors order and take away."""

from compliance.models.exports import Export, Schedule

__all__ = ["Export", "Schedule"]
