"""Verbs about what guards the log in the database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError, connection

from audit import guards, roles
from audit.roles import Roles
from config.auditing.verb import Tell, Verb


def _roles_arguments(parser: ArgumentParser) -> None:
    for name, what in (("owner", "owns the tables"), ("app", "web and worker"), ("sequencer", "pulse")):
        parser.add_argument(f"--{name}", default=getattr(Roles(), name), help=f"name of the role: {what}")
    parser.add_argument("--print", action="store_true", dest="only_print", help="the SQL, without running it")


def _roles(said: dict[str, Any], tell: Tell) -> None:
    if connection.vendor != "postgresql":
        raise CommandError(
            "SQLite knows no roles. Whoever can write the file can write the log; only anchors help there."
        )
    asked = Roles(said["owner"], said["app"], said["sequencer"])
    if said["only_print"]:
        tell("".join(f"{statement};\n" for statement in roles.statements(asked)))
        return
    try:
        roles.apply(asked)
    except DatabaseError as error:
        raise CommandError(
            f"{error} Run it as the role that owns the database, or print the SQL with --print."
        ) from error
    tell(f"Set. Give {asked.app} and {asked.sequencer} passwords, and run this again after each migration.")


def _guards_arguments(parser: ArgumentParser) -> None:
    return None


def _guards(said: dict[str, Any], tell: Tell) -> None:
    found = [*guards.missing_triggers(), *guards.missing_roles()]
    for sentence in found:
        tell(sentence)
    if found:
        raise CommandError(f"{len(found)} missing.")
    tell("Every guard of the log stands.")


VERBS = (
    Verb("roles", "sets up the owner, app and sequencer roles on PostgreSQL", _roles_arguments, _roles),
    Verb("guards", "names what is missing of the log's guards in the database", _guards_arguments, _guards),
)
