"""`manage.py audit`: the log from the shell, as the operator's acts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.auditing import database, keys, logs
from config.auditing.verb import Verb

VERBS: dict[str, Verb] = {verb.name: verb for verb in (*logs.VERBS, *keys.VERBS, *database.VERBS)}


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "The audit log: how it stands, its files, its keys, its guards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb in VERBS.values():
            verb.arguments(verbs.add_parser(verb.name, help=verb.help))

    def handle(self, *args: Any, verb: str, **said: Any) -> None:
        VERBS[verb].run(said, self.stdout.write)
