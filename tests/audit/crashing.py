"""A process that keeps a log and is killed before each of its statements in turn: `python -m tests.audit.crashing`.

Every step runs in a fork with a connection of its own, and a kill is a real SIGKILL. Prints one JSON line: how often it
was killed, and the sizes that were signed in the end.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path

import django

EVENTS = 90
MOST = 200


def in_fork(work: Callable[[], None]) -> int:
    """The exit status: negative where it was killed by a signal."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 (it ends here)
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(folder: Path) -> None:
    django.setup()
    # They need Django's models.
    steps = import_module("tests.audit.crash_steps")
    kills = 0
    for n in range(MOST):
        at = datetime.now(UTC)
        assert in_fork(partial(steps.write, at, EVENTS)) == 0
        status = in_fork(partial(steps.keep_until_killed, steps.Killer(n), folder, at))
        assert in_fork(partial(steps.keep_and_look, folder, at)) == 0
        if status == 0:
            break
        assert status == -signal.SIGKILL
        kills += 1
    else:
        raise AssertionError("It never came to an end.")
    assert in_fork(steps.look_at_every_head) == 0
    sys.stdout.write(json.dumps({"kills": kills}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
