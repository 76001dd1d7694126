"""A row that was prepared but not inserted.

A move writes its action, its facts and its promises together. The parts that own those tables prepare plain rows
without touching the database, and one writer inserts them all: in one statement on PostgreSQL, through the ORM
elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models


@dataclass(frozen=True, slots=True)
class Row:
    """`values` maps every column that has no database default to its Python value (JSON columns take plain trees)."""

    model: type[models.Model]
    values: Mapping[str, Any]
