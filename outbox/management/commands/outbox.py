"""`manage.py outbox dead|retry`: what was given up on, and how to send it once more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from outbox import queries, services


class Command(BaseCommand):
    help = "Shows dead letters (dead), or sends them once more (retry)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        dead = verbs.add_parser("dead", help="the newest dead letters, one a line")
        dead.add_argument("--limit", type=int, default=queries.LISTED)
        retry = verbs.add_parser("retry", help="send these dead letters once more; mend the cause first")
        retry.add_argument("ids", type=int, nargs="+", metavar="ID", help="as `outbox dead` prints them")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "dead":
            for letter in queries.dead(limit=options["limit"]):
                self.stdout.write(
                    f"{letter.id}  {letter.dead_at:%Y-%m-%d %H:%M:%S}  {letter.sink}  {letter.kind}  {letter.subject}"
                    f"  {letter.attempts} attempts  {letter.last_error}"
                )
            return
        count = services.retry(at=timezone.now(), message_ids=options["ids"])
        if count < len(set(options["ids"])):
            raise CommandError(f"{count} of {len(set(options['ids']))} were dead letters and will be sent once more.")
        self.stdout.write(f"{count} will be sent once more.")
