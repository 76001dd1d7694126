"""People are needed here, their log-in is not."""

from tests.hashing import quick_passwords

__all__ = ["quick_passwords"]
