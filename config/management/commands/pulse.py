"""`manage.py pulse`: fires timers and relays the outbox until it is told to stop."""

import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from config.pulse import Pulse


class Command(BaseCommand):
    help = "Fires due timers and relays the outbox. Start as many as you like: one is active, the others stand by."

    def handle(self, *args: Any, **options: Any) -> None:
        pulse = Pulse()

        def stop(_signal: int, _frame: FrameType | None) -> None:
            pulse.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        pulse.run()
