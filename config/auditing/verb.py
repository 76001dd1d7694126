"""What a verb of `manage.py audit` consists of."""

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError

from accounts.queries import workspace_id_for
from audit.record import SYSTEM_LOG

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Verb:
    """`run` takes what was said on the command line, and writes lines by `tell`. Raises CommandError."""

    name: str
    help: str
    arguments: Callable[[ArgumentParser], object]
    run: Callable[[dict[str, Any], Tell], None]


def workspace_of(said: dict[str, Any]) -> str:
    """The id of the workspace that was named by its slug; `system` is the operator's own log."""
    slug: str = said["workspace"]
    found = SYSTEM_LOG if slug == SYSTEM_LOG else workspace_id_for(slug)
    if found is None:
        raise CommandError(f"There is no workspace {slug}.")
    return found


def of_a_workspace(parser: ArgumentParser) -> None:
    parser.add_argument("--workspace", required=True, help="slug, or system for the operator's own log")
