"""`manage.py siem add|list|pause|resume|rotate|test|end`: where a workspace's log is sent as it grows."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.queries import workspace_id_for
from approvals.errors import ApprovalError
from audit.actor import OPERATOR
from compliance import formats
from compliance.queries import streams
from compliance.queries.streams import StreamView
from compliance.services import streaming
from compliance.services.streaming import BEGINNING, NOW, Issued

_VERBS: dict[str, tuple[str, Callable[..., Issued | None]]] = {
    "pause": ("send nothing until it is resumed", streaming.pause_stream),
    "resume": ("go on where it stopped", streaming.resume_stream),
    "rotate": ("a new secret; the one before signs too for a day", streaming.rotate_secret),
    "test": ("leave a test event, and try at once", streaming.check_stream),
    "end": ("send nothing more, and forget the secrets", streaming.end_stream),
}


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Streams a workspace's audit log to a SIEM over HTTPS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="begin one; prints its id and the secret that signs")
        add.add_argument("url", help="https://…")
        add.add_argument("--format", dest="form", choices=list(formats.LABELS), default=formats.JSONL)
        add.add_argument("--since", choices=[NOW, BEGINNING], default=NOW)
        add.add_argument("--authorization", default="", help="the Authorization header that the receiver asks for")
        add.add_argument("--values", action="store_true", dest="with_values", help="personal data too")
        listed = verbs.add_parser("list", help="those that go on, one a line")
        for verb, (told, _) in _VERBS.items():
            verbs.add_parser(verb, help=told).add_argument("stream_id", metavar="STREAM")
        for each in (add, listed, *(verbs.choices[verb] for verb in _VERBS)):
            each.add_argument("--workspace", required=True, help="slug")

    def handle(self, *, verb: str, workspace: str, **said: Any) -> None:
        workspace_id = workspace_id_for(workspace)
        if workspace_id is None:
            raise CommandError(f"There is no workspace {workspace}.")
        at = timezone.now()
        if verb == "list":
            for view in streams.page(workspace_id, at=at):
                self.stdout.write(_line(view))
            return
        known = ("url", "form", "since", "authorization", "with_values", "stream_id")
        asked = {name: said[name] for name in known if name in said}
        act = streaming.start_stream if verb == "add" else _VERBS[verb][1]
        try:
            made = act(actor=OPERATOR, at=at, workspace_id=workspace_id, **asked)
        except ApprovalError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{made.id}  {made.secret}" if made else f"{said['stream_id']}  {verb}")


def _line(view: StreamView) -> str:
    told = f"{view.id}  {view.state}  {view.format}  {view.sent} sent  {view.behind} behind  {view.url}"
    return f"{told}  {view.last_error}".rstrip()
