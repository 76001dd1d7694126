"""`manage.py erasures ask|list`: the operator asks, people of the workspace agree."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.queries import workspace_id_for
from approvals.errors import ApprovalError
from audit.actor import OPERATOR
from compliance import queries, services
from compliance.queries import Basis, ErasureView, Subject


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = (
        "Asks for an erasure, which an admin or auditor of the workspace has to agree to (ask), or lists them (list)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        ask = verbs.add_parser("ask", help="ask for one; nothing is erased before somebody agrees")
        ask.add_argument("kind", choices=Subject.values)
        ask.add_argument("subject", help="an action's id, a counterpart as it stands in the action, or a person's id")
        ask.add_argument("--basis", required=True, choices=[word for word in Basis.values if word != Basis.RETENTION])
        ask.add_argument("--note", default="", help="erased together with what it asks for")
        listed = verbs.add_parser("list", help="the newest, one a line")
        for each in (ask, listed):
            each.add_argument("--workspace", required=True, help="slug")

    def handle(self, *, verb: str, workspace: str, **said: Any) -> None:
        workspace_id = workspace_id_for(workspace)
        if workspace_id is None:
            raise CommandError(f"There is no workspace {workspace}.")
        if verb == "list":
            for erasure in queries.erasures(workspace_id):
                self.stdout.write(_line(erasure))
            return
        asked = {name: said[name] for name in ("kind", "subject", "basis", "note")}
        try:
            made = services.request_erasure(actor=OPERATOR, at=timezone.now(), workspace_id=workspace_id, **asked)
        except ApprovalError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(_line(made))


def _line(erasure: ErasureView) -> str:
    return f"{erasure.id}  {erasure.requested_at:%Y-%m-%d %H:%M:%S}  {erasure.kind} {erasure.subject}  {erasure.state}"
