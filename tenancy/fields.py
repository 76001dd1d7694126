"""The column of a prefixed, sortable id."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tenancy import ids

if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:
    _Text = models.CharField


class IdField(_Text):
    """An id like `act_06f…`: 30 characters that sort by time. PostgreSQL compares them as bytes, not by a language."""

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

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """Django adds a second index for LIKE to columns of type `varchar`; ids are never searched by a prefix."""
        kind = super().db_type(connection)
        return kind.replace("varchar", "character varying", 1) if kind and connection.vendor == "postgresql" else kind

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters: dict[str, Any] = dict(super().db_parameters(connection))
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("default", None)
        return name, path, args, {**options, "prefix": self.prefix}
