"""`python -m tests.flows.counter`: a process that counts the numbers of the dashboards, until it is killed.

It says `ready`, and a dot for each look that did something.
"""

import sys
import time
from datetime import UTC, datetime

import django


def main() -> None:
    django.setup()
    from approvals.rollups import reading  # noqa: PLC0415 (the models need the settings first)
    from approvals.services import rollups  # noqa: PLC0415

    # Small bites, so that a kill finds it in the middle of an hour.
    reading.CHUNK = 5
    rollups.EVERY = rollups.EVERY / 50
    counting = rollups.Counting()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        if counting.look(at=datetime.now(UTC)):
            sys.stdout.write(".\n")
            sys.stdout.flush()
        else:
            time.sleep(0.02)


if __name__ == "__main__":
    main()
