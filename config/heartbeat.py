"""A dead-man's switch: while nothing is late, a watchdog elsewhere hears of it, and silence is the alarm.

The word is sent beside the pulse, so that a slow watchdog delays no timer, and only while the last one has been sent.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.error import URLError
from urllib.request import Request, urlopen

from config import health

EVERY = 60.0
PATIENCE = 10.0

log = logging.getLogger(__name__)


class Heartbeat:
    """`beat` asks whether all is within its limits and, only then, calls the address. Without one it does nothing."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="heartbeat")
        self._sending: Future[bool] | None = None

    def beat(self) -> bool:
        """Whether a word is on its way."""
        if not self._url or (self._sending and not self._sending.done()):
            return False
        late = health.late_now()
        if not late["within_limits"]:
            over = [name for name, found in late.items() if name != "within_limits" and _is_over(found)]
            log.warning("No heartbeat is sent: %s past the limit.", ", ".join(over))
            return False
        self._sending = self._sender.submit(call, self._url)
        return True

    def settle(self) -> bool:
        """Waits for the word that is on its way; whether the last one arrived."""
        return self._sending is not None and self._sending.result(2 * PATIENCE)


def call(url: str) -> bool:
    """One GET; whether it was answered with success."""
    try:
        with urlopen(Request(url, headers={"User-Agent": "countersign"}), timeout=PATIENCE) as answer:  # noqa: S310 (an http address by config.E005)
            return 200 <= int(answer.status) < 300
    except (URLError, OSError, ValueError) as error:
        log.warning("The heartbeat did not arrive: %s", error)
        return False


def _is_over(found: dict[str, float]) -> bool:
    return found["seconds"] > found["limit"]
