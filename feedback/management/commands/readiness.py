"""`manage.py readiness`: how agents stand against the five controls, for a pipeline that is to stop where one lacks."""

import sys
from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import queries as accounts
from feedback.queries import readiness
from feedback.queries.readiness import AgentReadiness

USAGE = 4


class Command(BaseCommand):
    help = "Prints a line of JSON for each agent; exit 0 where all (or the one asked for) are ready, else 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", required=True, help="the workspace's name in addresses, such as demo")
        parser.add_argument("--agent", default="", help="this agent alone")

    def handle(self, *args: Any, workspace: str, agent: str, **options: Any) -> None:
        workspace_id = accounts.workspace_id_for(workspace)
        if workspace_id is None:
            raise CommandError(f"There is no workspace {workspace!r}.", returncode=USAGE)
        found = readiness.readiness_of(workspace_id, timezone.now())
        wanted = [one for one in found if agent in {"", one.agent_name}]
        if agent and not wanted:
            raise CommandError(f"{agent} asked for nothing in {readiness.DAYS} days.", returncode=USAGE)
        for one in wanted:
            self.stdout.write(_line(one))
        sys.exit(0 if all(one.is_ready for one in wanted) else 1)


def _line(one: AgentReadiness) -> str:
    controls = {
        stand.control.name.value: {
            "standing": stand.standing.value,
            "value": stand.figure.value,
            "bound": stand.figure.bound,
            "n": stand.figure.n,
        }
        for stand in one.stands
    }
    tree = {"agent": one.agent_name, "version": one.version_id or None, "ready": one.is_ready, "controls": controls}
    return orjson.dumps(tree).decode()
