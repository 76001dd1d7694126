"""manage.py demo-agent: an agent that keeps asking, so that there is something to decide."""

import logging
import random
import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demo import handover
from config.demo.agent import NAME, Otto
from countersign import Countersign, CountersignError, Retry

LOOK_SECONDS = 0.3


class Command(BaseCommand):
    help = "Sends realistic actions to the running demo, executes what was signed, and prints one line a step."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=4.0, help="seconds between two actions (default: 4)")
        parser.add_argument("--at-most", type=int, default=8, help="actions that wait at the same time (default: 8)")
        parser.add_argument("--count", type=int, default=0, help="stop after so many actions (default: never)")
        parser.add_argument("--seed", type=int, default=None, help="the same actions at each run")
        parser.add_argument("--patience", type=float, default=120.0, help="seconds to wait for the demo (default: 120)")

    def handle(self, *, every: float, at_most: int, count: int, seed: int | None, patience: float, **_: Any) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)
        stop = threading.Event()
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, lambda _signal, _frame: stop.set())
        client = self._client(stop, patience)
        if client is None:
            return
        with client:
            otto = Otto(client, self._say, at_most, random.Random(seed), stop)  # noqa: S311 (no secret is drawn)
            otto.go_on()
            number = 0
            while not stop.is_set() and (not count or number < count):
                try:
                    otto.ask(number)
                    number += 1
                except CountersignError as error:
                    self._say(f"{NAME} could not ask: {error}")
                stop.wait(every)
            otto.finish()

    def _client(self, stop: threading.Event, patience: float) -> Countersign | None:
        """Waits for a demo that takes the key; demo.json may still be an earlier run's when this one starts."""
        ends = time.monotonic() + patience
        while time.monotonic() < ends and not stop.is_set():
            handed = handover.read(settings.DATA_DIR)
            if handed is not None and _answers(handed):
                return _client_of(handed, Retry())
            stop.wait(LOOK_SECONDS)
        if stop.is_set():
            return None
        raise CommandError(f"No demo answers with {settings.DATA_DIR / handover.FILE}. Start it: make run")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _answers(handed: dict[str, Any]) -> bool:
    with _client_of(handed, Retry(patience=0)) as client:
        try:
            client.whoami()
        except CountersignError:
            return False
    return True


def _client_of(handed: dict[str, Any], retry: Retry) -> Countersign:
    key = handed["agents"][NAME]["key"]
    return Countersign(handed["base_url"], key, retry=retry, journal=settings.DATA_DIR / "demo-agent.jsonl")
