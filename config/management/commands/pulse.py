"""`manage.py pulse`: fires timers, relays the outbox and keeps the audit log until it is told to stop."""

import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from config.pulse import Pulses


class Command(BaseCommand):
    help = "Fires timers, relays the outbox, keeps the audit log. Start as many as you like: one is active."

    def handle(self, *args: Any, **options: Any) -> None:
        pulse = Pulses()

        def stop(_signal: int, _frame: FrameType | None) -> None:
            pulse.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        pulse.run()
