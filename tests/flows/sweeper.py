"""`python -m tests.flows.sweeper`: a process that does nothing but tell what is due, until it is killed.

It says `ready`, and then for each look that told somebody how many and how many seconds it took.
"""

import sys
import time
from datetime import UTC, datetime

import django


def main() -> None:
    django.setup()
    from approvals import services  # noqa: PLC0415 (the models need the settings first)

    services.escalate_due(at=datetime.now(UTC))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        began = time.monotonic()
        told = services.escalate_due(at=datetime.now(UTC), limit=100).looked_at
        if told:
            sys.stdout.write(f"{told} {time.monotonic() - began:.4f}\n")
            sys.stdout.flush()
        else:
            time.sleep(0.05)


if __name__ == "__main__":
    main()
