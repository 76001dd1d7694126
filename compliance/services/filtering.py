"""The filter of an export as doors read it, and whether there is such an export."""

from compliance.filters import Filter, read
from compliance.offers import check

__all__ = ["Filter", "check", "read"]
