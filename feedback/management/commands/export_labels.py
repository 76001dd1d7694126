"""`manage.py export_labels --workspace demo`: what people's decisions taught, as canonical JSONL."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import queries as accounts
from audit.actor import OPERATOR
from feedback import services


class Command(BaseCommand):
    help = "Writes the labels of a workspace as canonical JSONL (docs/labels.md) and leaves a fact of the export."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", required=True, help="the workspace's name in addresses, such as demo")
        parser.add_argument(
            "--since", help="leave out what was decided before, such as 2026-11-01 or 2026-11-01T12:00Z"
        )
        parser.add_argument("--output", default="-", help="a file; - is the standard output (default)")

    def handle(self, *args: Any, workspace: str, since: str | None, output: str, **options: Any) -> None:
        workspace_id = accounts.workspace_id_for(workspace)
        if workspace_id is None:
            raise CommandError(f"There is no workspace {workspace!r}.")
        start = _moment(since) if since else None
        with _opened(output) as file:
            lines = services.export_labels(actor=OPERATOR, at=timezone.now(), workspace_id=workspace_id, since=start)
            file.writelines(lines)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--since {text!r} is no date; write it like 2026-11-01 or 2026-11-01T12:00Z.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def _opened(output: str) -> Iterator[BinaryIO]:
    if output == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with Path(output).open("wb") as file:
        yield file
