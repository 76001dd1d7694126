"""manage.py audit verify|witness …

`verify` exits with 0 verified and witnessed, 10 verified but unwitnessed, 20 incomplete, 30 diverged from an anchor, 40
invalid; over several logs the worst counts.
"""

import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.queries import workspace_id_for
from audit.actor import OPERATOR
from audit.anchors import witness_command
from audit.models import Checkpoint, Log
from audit.record import SYSTEM_LOG
from audit.trust import BadPolicy
from audit.verdicts import Report
from compliance.services import verifying


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Verifies the audit logs, or runs a witness for logs of elsewhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify = verbs.add_parser(
            "verify", help="derive the logs again from their events, and hold everything against it"
        )
        verify.add_argument(
            "--deep", action="store_true", help="also search columns, kept values and one fact per move"
        )
        verify.add_argument(
            "--since", default="", metavar="INDEX|DATE", help="go on from this entry, or from what was signed by then"
        )
        verify.add_argument("--workspace", default="", help="slug, or system; all logs where it is not given")
        verify.add_argument("--json", action="store_true", help="print one JSON object a log")
        witness_command.arguments(verbs.add_parser("witness", help="run a witness for logs of elsewhere"))

    def handle(self, *, verb: str, **options: Any) -> None:
        if verb == "verify":
            self._verify(options)
        else:
            self._witness(options)

    def _verify(self, options: dict[str, Any]) -> None:
        logs = _logs(options["workspace"])
        worst = 0
        for log in logs:
            at = timezone.now()
            since = _since(log, options["since"])
            try:
                report = verifying.verify_log(actor=OPERATOR, at=at, log=log, deep=options["deep"], since=since)
            except (BadPolicy, OSError) as error:
                raise CommandError(f"COUNTERSIGN_WITNESS_POLICY: {error}") from error
            worst = max(worst, report.code)
            self.stdout.write(json.dumps(report.tree) if options["json"] else "\n".join(_told(report)))
        if worst:
            sys.exit(worst)

    def _witness(self, options: dict[str, Any]) -> None:
        folder = options["dir"]
        try:
            if options["evidence"]:
                self.stdout.write("\n".join(witness_command.evidence(folder)) or "Nothing stands against any log.")
            elif not options["name"]:
                raise CommandError("Give --name, such as witness.example.org/w1.")
            else:
                witness_command.serve(
                    folder, options["name"], options["log"], options["host"], options["port"], self._say
                )
        except (witness_command.BadLog, witness_command.BadNote, OSError) as error:
            raise CommandError(str(error)) from error

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _logs(workspace: str) -> list[Log]:
    logs = Log.objects.order_by("workspace_id", "generation")
    if not workspace:
        return list(logs)
    workspace_id = workspace if workspace == SYSTEM_LOG else workspace_id_for(workspace)
    if workspace_id is None:
        raise CommandError(f"There is no workspace {workspace}.")
    found = list(logs.filter(workspace_id=workspace_id))
    if not found:
        raise CommandError(f"The workspace {workspace} has no log yet; its first event begins one.")
    return found


def _since(log: Log, text: str) -> int:
    """An index as it is; of a date, the size of the newest checkpoint that was signed before it."""
    if text.isdigit() or not text:
        return int(text or "0")
    moment = _moment(text)
    signed = Checkpoint.objects.filter(log_id=log.id, signed_at__lte=moment).order_by("-size")
    return signed.values_list("size", flat=True).first() or 0


def _moment(text: str) -> datetime:
    try:
        found = parse_datetime(text if "T" in text else f"{text}T00:00:00Z")
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise CommandError("Give --since an index, or a date such as 2026-11-20 or 2026-11-20T08:00:00Z.")
    return found


def _told(report: Report) -> list[str]:
    lines = [f"{report.log_id} ({report.origin}): entries {report.first} to {report.size}"]
    lines += [f"  {fault.says}" for fault in report.faults]
    if report.count > len(report.faults):
        lines.append(f"  and {report.count - len(report.faults)} more")
    if report.first_bad is not None:
        lines.append(f"  the first bad index is {report.first_bad}")
    return [*lines, f"  {report.code.words}"]
