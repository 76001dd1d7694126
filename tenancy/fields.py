"""The columns of ids: those that are drawn here, and text that is joined to them."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tenancy import ids

if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:
    _Text = models.CharField


class BytewiseField(_Text):
    """Text that PostgreSQL compares as bytes, not by a language.

    Whatever is joined to an id has to be: between two collations no index serves the join, and the whole table is read.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """Django adds a second index for LIKE to columns of type `varchar`; ids are never searched by a prefix."""
        kind = super().db_type(connection)
        return kind.replace("varchar", "character varying", 1) if kind and connection.vendor == "postgresql" else kind

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters: dict[str, Any] = dict(super().db_parameters(connection))
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class IdField(BytewiseField):
    """An id like `act_06f…`: 30 characters that sort by time."""

    def __init__(self, *, prefix: str, **options: Any) -> None:
        self.prefix = prefix
        options.setdefault("max_length", 40)
        options.setdefault("primary_key", True)
        options.setdefault("editable", False)
        if options["primary_key"]:
            options.setdefault("default", self.draw)
        super().__init__(**options)

    def draw(self) -> str:
        return ids.new(self.prefix)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("default", None)
        return name, path, args, {**options, "prefix": self.prefix}
