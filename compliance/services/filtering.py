"""The filter of an export as doors read it."""

from compliance.filters import Filter, read

__all__ = ["Filter", "read"]
