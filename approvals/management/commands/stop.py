"""`manage.py stop on|off|list`: the stop switch from the shell, as the operator's act."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.queries import workspace_id_for
from approvals import queries
from approvals.errors import ApprovalError
from approvals.policy.stops import Stop
from approvals.services import stops
from audit.actor import OPERATOR


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Stops an agent, tools or a whole workspace (on), lets them go on (off), or shows what is stopped (list)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        on = verbs.add_parser("on", help="pull a switch; without --agent and --tool for the whole workspace")
        on.add_argument("--mode", choices=sorted(stops.PULLED_BY_HAND), default="pause")
        on.add_argument("--agent", default="", help="the agent's name")
        on.add_argument("--tool", default="", help="a tool, or a pattern such as billing.*")
        off = verbs.add_parser("off", help="release a switch")
        off.add_argument("stop", metavar="ID", help="as `stop list` prints it")
        listed = verbs.add_parser("list", help="the switches that are on, one a line")
        for each in (on, off, listed):
            each.add_argument("--workspace", required=True, help="slug")
        on.add_argument("--reason", default="", help="why; shown on every page")
        off.add_argument("--reason", required=True, help="why it is safe again")

    def handle(self, *, verb: str, workspace: str, **said: Any) -> None:
        workspace_id = workspace_id_for(workspace)
        if workspace_id is None:
            raise CommandError(f"There is no workspace {workspace}.")
        if verb == "list":
            for stop in queries.stops_on(workspace_id):
                self.stdout.write(_line(stop))
            return
        try:
            stop = self._switched(verb, workspace_id, said)
        except ApprovalError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{verb}  {_line(stop)}")

    def _switched(self, verb: str, workspace_id: str, said: dict[str, Any]) -> Stop:
        at = timezone.now()
        if verb == "off":
            return stops.release(
                actor=OPERATOR, at=at, workspace_id=workspace_id, stop_id=said["stop"], because=said["reason"]
            )
        return stops.pull(
            actor=OPERATOR,
            at=at,
            workspace_id=workspace_id,
            mode=said["mode"],
            agent=said["agent"],
            tool=said["tool"],
            reason=said["reason"],
        )


def _line(stop: Stop) -> str:
    return f"{stop.id}  {stop.pulled_at:%Y-%m-%d %H:%M:%S}  {stop.told}  ({stop.pulled_by})"
