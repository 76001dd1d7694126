"""slack_socket: keeps the app connected to Slack by Socket Mode, until it is stopped."""

import signal
import threading
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string


class Command(BaseCommand):
    help = "Takes clicks, commands and events over a connection to Slack, where Slack cannot reach this server."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SLACK_APP_TOKEN:
            raise CommandError("Set COUNTERSIGN_SLACK_APP_TOKEN to the app-level token (xapp-…).")
        stop = threading.Event()

        def end(_signal: int, _frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        handler = import_string("console.slack.sockets.handler")()
        handler.connect()
        self.stdout.write("Connected to Slack.")
        stop.wait()
        handler.close()
