"""One side of `bench.audit`: submits in its own process for as long as each line of stdin says, with facts or without.

To write no fact is what the product cannot do: here, and here alone, a move prepares none.
"""

import sys
import time
from datetime import UTC, datetime
from typing import Any

from accounts import keys
from accounts.queries import caller_for
from approvals import envelope, services
from audit import record
from audit.record import Prepared

WITH, WITHOUT = "with", "without"
NOTE = "n" * 900

_prepare = record.prepare


def main(token: str) -> None:
    """Reads `<with|without> <seconds>` a line and answers how many it submitted."""
    caller = caller_for(keys.digest(token), datetime.now(UTC))
    if caller is None:
        raise SystemExit("This key is unknown.")
    args = {"customer_id": "cus_1", "amount_usd": 80, "currency": "EUR", "note": NOTE}
    asked = envelope.read({"tool_call": {"name": "billing.refund", "args": args}})
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        how, seconds = line.split()
        record.prepare = _prepare if how == WITH else _nothing
        done, until = 0, time.monotonic() + float(seconds)
        while time.monotonic() < until:
            services.submit(actor=caller.actor, at=datetime.now(UTC), caller=caller, envelope=asked)
            done += 1
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()


def _nothing(**said: Any) -> Prepared:
    made = _prepare(**said)
    return Prepared(made.event_id, ())
