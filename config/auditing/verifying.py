"""Verbs that judge logs: ours, from their events on, and those of others, as their witness."""

import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from audit.actor import OPERATOR
from audit.anchors import witness_command
from audit.models import Anchor, Checkpoint, Log
from audit.note import BadNote
from audit.trust import BadPolicy
from audit.verdicts import Report
from compliance.services import anchoring, verifying
from config.auditing.verb import Tell, Verb, of_a_workspace, workspace_of


def _verify_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--deep", action="store_true", help="also search columns, kept values and one fact per move")
    since = "go on from this entry, or from what was signed by this date"
    parser.add_argument("--since", default="", metavar="INDEX|DATE", help=since)
    parser.add_argument("--workspace", default="", help="slug, or system; all logs where it is not given")
    parser.add_argument("--json", action="store_true", help="print one JSON object a log")


def _verify(said: dict[str, Any], tell: Tell) -> None:
    """Ends the process with the worst code of the logs."""
    worst = 0
    for log in _logs(said):
        since = _since(log, said["since"])
        try:
            report = verifying.verify_log(actor=OPERATOR, at=timezone.now(), log=log, deep=said["deep"], since=since)
        except (BadPolicy, OSError) as error:
            raise CommandError(f"COUNTERSIGN_WITNESS_POLICY: {error}") from error
        worst = max(worst, report.code)
        tell(json.dumps(report.tree) if said["json"] else "\n".join(_told(report)))
    if worst:
        sys.exit(worst)


def _witness(said: dict[str, Any], tell: Tell) -> None:
    folder = said["dir"]
    try:
        if said["evidence"]:
            tell("\n".join(witness_command.evidence(folder)) or "Nothing stands against any log.")
        elif not said["name"]:
            raise CommandError("Give --name, such as witness.example.org/w1.")
        else:
            witness_command.serve(folder, said["name"], said["log"], said["host"], said["port"], _aloud(tell))
    except (witness_command.BadLog, BadNote, OSError) as error:
        raise CommandError(str(error)) from error


def _clear_arguments(parser: ArgumentParser) -> None:
    of_a_workspace(parser)
    parser.add_argument("--anchor", required=True, help="its name, as `verify` and the page of the log tell it")
    parser.add_argument("--because", required=True, help="what you found when you looked; kept as a fact")


def _clear(said: dict[str, Any], tell: Tell) -> None:
    """The newest log, or an older one that the anchor still speaks against."""
    logs = Log.objects.filter(workspace_id=workspace_of(said)).order_by("-generation")
    refused = Anchor.objects.filter(name=said["anchor"]).exclude(refused="").values("log_id")
    log = logs.filter(id__in=refused).first() or logs.first()
    if log is None:
        raise CommandError(f"{said['workspace']} has no log yet; its first event begins one.")
    try:
        anchoring.clear(actor=OPERATOR, at=timezone.now(), log=log, name=said["anchor"], because=said["because"])
    except anchoring.NothingRefused as error:
        raise CommandError(str(error)) from error
    tell(f"{said['anchor']} is given the checkpoints of {log.id} again.")


def _aloud(tell: Tell) -> Tell:
    """Whoever waits for the address does not wait for a buffer to fill."""

    def say(text: str) -> None:
        tell(text)
        sys.stdout.flush()

    return say


def _logs(said: dict[str, Any]) -> list[Log]:
    logs = Log.objects.order_by("workspace_id", "generation")
    if not said["workspace"]:
        return list(logs)
    found = list(logs.filter(workspace_id=workspace_of(said)))
    if not found:
        raise CommandError(f"{said['workspace']} has no log yet; its first event begins one.")
    return found


def _since(log: Log, text: str) -> int:
    """An index as it is; of a date, the size of the newest checkpoint that was signed before it."""
    if text.isdigit() or not text:
        return int(text or "0")
    signed = Checkpoint.objects.filter(log_id=log.id, signed_at__lte=_moment(text)).order_by("-size")
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


VERBS = (
    Verb("clear-anchor", "lets an anchor that refused be asked again", _clear_arguments, _clear),
    Verb(
        "verify",
        "derives the logs again from their events; exit 0 verified and witnessed, 10 unwitnessed, 20 incomplete, "
        "30 diverged from an anchor, 40 invalid",
        _verify_arguments,
        _verify,
    ),
    Verb(
        "witness", "runs a witness for logs of elsewhere, on a machine of its own", witness_command.arguments, _witness
    ),
)
