"""People are made by the dozen here; what Argon2 costs is looked at where it matters."""

from tests.hashing import quick_passwords

__all__ = ["quick_passwords"]
