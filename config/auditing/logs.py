"""Verbs about one log: how it stands, its files, who reads it, and a new one where the old one cannot go on."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from audit import files, log_queries, services
from audit.actor import OPERATOR
from audit.note import BadNote
from compliance.anchors import TIMESTAMP
from config.auditing.verb import Tell, Verb, of_a_workspace, workspace_of


def _status(said: dict[str, Any], tell: Tell) -> None:
    found = log_queries.standing(workspace_of(said))
    tell(f"log       {found.log_id or 'not begun'}")
    tell(f"leaves    {found.size}, signed {found.signed_size}")
    tell(f"signed    {found.signed_at or 'never'}")
    tell(f"waiting   {found.waiting}{' or more' if found.waiting >= 1000 else ''}")
    if found.refused:
        tell(f"refused   {found.refused}")


def _tiles_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--workspace", help="slug, or system; without it every log")
    parser.add_argument("--to", required=True, type=Path, help="folder; each log gets a folder of its own in it")


def _tiles(said: dict[str, Any], tell: Tell) -> None:
    if said["workspace"]:
        workspace_id = workspace_of(said)
        log_ids = [each for each in log_queries.logs() if each == workspace_id or each.startswith(f"{workspace_id}.")]
    else:
        log_ids = log_queries.logs()
    try:
        for log_id in log_ids:
            written = files.write(log_id, said["to"] / log_id)
            tell(f"{log_id}  {written.size} leaves, {written.made} files written, {written.kept} were there")
    except (files.OtherLog, BadNote, OSError) as error:
        raise CommandError(str(error)) from error


def _stamp_arguments(parser: ArgumentParser) -> None:
    of_a_workspace(parser)
    parser.add_argument("--to", required=True, type=Path, help="folder for checkpoint and checkpoint.tst")


def _stamp(said: dict[str, Any], tell: Tell) -> None:
    found = log_queries.stamped(workspace_of(said), TIMESTAMP)
    if found is None:
        raise CommandError("No time-stamp of this log has arrived yet.")
    try:
        said["to"].mkdir(parents=True, exist_ok=True)
        (said["to"] / "checkpoint").write_bytes(found.note)
        (said["to"] / "checkpoint.tst").write_bytes(found.proof)
    except OSError as error:
        raise CommandError(str(error)) from error
    tell(f"{found.size} entries, stamped by {found.at:%Y-%m-%d %H:%M:%S}")


def _restart_arguments(parser: ArgumentParser) -> None:
    of_a_workspace(parser)
    parser.add_argument("--because", required=True, help="why the old log cannot go on; kept as a fact")


def _restart(said: dict[str, Any], tell: Tell) -> None:
    try:
        new = services.restart_log(
            actor=OPERATOR,
            at=timezone.now(),
            workspace_id=workspace_of(said),
            because=said["because"],
            heads=services.heads(),
        )
    except (services.NoLog, services.NotNow) as error:
        raise CommandError(str(error)) from error
    tell(f"{new.id}  {new.origin}")


def _open(said: dict[str, Any], tell: Tell) -> None:
    is_new = services.open_log(actor=OPERATOR, at=timezone.now(), workspace_id=workspace_of(said))
    tell("Anybody may read this log now." if is_new else "Anybody may read this log already.")


def _close(said: dict[str, Any], tell: Tell) -> None:
    was_open = services.close_log(actor=OPERATOR, at=timezone.now(), workspace_id=workspace_of(said))
    tell("Only keys with audit:read read this log now." if was_open else "This log was not open.")


VERBS = (
    Verb("status", "how far a workspace's log is", of_a_workspace, _status),
    Verb("tiles", "writes logs as files that any web server can serve", _tiles_arguments, _tiles),
    Verb("time-stamp", "writes the newest time-stamp of a log and what it is of", _stamp_arguments, _stamp),
    Verb("restart-log", "begins a new log that names the old one's newest head", _restart_arguments, _restart),
    Verb("open", "lets anybody read a workspace's log", of_a_workspace, _open),
    Verb("close", "lets only keys with audit:read read a workspace's log", of_a_workspace, _close),
)
