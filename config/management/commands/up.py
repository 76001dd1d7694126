"""manage.py up: everything in one process, with its data under one directory."""

import os
import threading
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import queries as accounts_queries
from accounts import services as accounts
from audit.actor import OPERATOR
from config import embedded, preparing
from config.demo import build, handover

TRIES = 100


class Command(BaseCommand):
    help = "Migrates, then runs web server, worker and timers in this one process until Ctrl-C."
    # The checks that matter before the first request run below; the others load every page first.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="default: 8000")
        parser.add_argument("--data-dir", default="var", help="database, secrets and static files (default: var)")
        parser.add_argument(
            "--demo", action="store_true", help="with demo data; credentials go to <data-dir>/demo.json"
        )

    def handle(self, *, host: str, port: int, demo: bool, **_: Any) -> None:
        if demo and not settings.DEBUG:
            raise CommandError("--demo hands out passwords, so it refuses to run with COUNTERSIGN_DEBUG=0.")
        try:
            listening = embedded.listen(host, port)
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise CommandError(f"Cannot listen on {host}:{port}: {reason}. Choose another --port.") from error
        preparing.migrate()
        preparing.collect_static()
        at = datetime.now(UTC)
        welcome = _demo(at) if demo else _first_admin(at)
        reached = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 (compared, not bound)
        embedded.serve(listening, lambda: _once_it_answers(reached, port, lambda: self._greet(welcome)))

    def _greet(self, welcome: str) -> None:
        self.stdout.write(f"Countersign answers at {settings.BASE_URL}/\n{welcome}")
        self.stdout.flush()


def _demo(at: datetime) -> str:
    handed = handover.read(settings.DATA_DIR)
    if handed is None or not build.stands(handed, at):
        handed = build.build(settings.BASE_URL, at)
    handover.write(settings.DATA_DIR, {**handed, "base_url": settings.BASE_URL})
    ada = handed["people"]["ada"]
    return f"Log in as {ada['email']} with {ada['password']}\nEverybody else: {settings.DATA_DIR / handover.FILE}"


def _first_admin(at: datetime) -> str:
    if not accounts_queries.nobody_yet():
        return ""
    link = accounts.setup_link(actor=OPERATOR, at=at)
    return f"Make the first admin (works once, for 7 days): {settings.BASE_URL}{link}"


def _once_it_answers(host: str, port: int, tell: embedded.Tell) -> None:
    threading.Thread(target=_ask, args=(host, port, tell), name="greeting", daemon=True).start()


def _ask(host: str, port: int, tell: embedded.Tell) -> None:
    for _ in range(TRIES):
        connection = HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status < 500:
                break
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    tell()
