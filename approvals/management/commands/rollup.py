"""`manage.py rollup rebuild|catch-up`: the numbers behind the dashboards, counted from the actions."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.queries import workspace_id_for
from approvals.services import rollups


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = (
        "Counts what moved since (catch-up), or every hour of a workspace anew (rebuild). The pulse may run meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("catch-up", help="count what is due now, at once")
        rebuild = verbs.add_parser("rebuild", help="count everything anew")
        rebuild.add_argument("--workspace", required=True, help="slug")

    def handle(self, *, verb: str, workspace: str = "", **_: object) -> None:
        at = timezone.now()
        if verb == "catch-up":
            self.stdout.write(f"{rollups.count_all(at=at)} hours counted")
            return
        workspace_id = workspace_id_for(workspace)
        if workspace_id is None:
            raise CommandError(f"There is no workspace {workspace}.")
        self.stdout.write(f"{rollups.rebuild(at=at, workspace_id=workspace_id)} hours counted")
