"""Seconds from `manage.py up` to the first healthy answer: the first run, which makes everything, and later ones.

And the memory of the idle product, as Linux shares it out among those who use it (PSS of its processes).
"""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import _instance

LATER_RUNS = 5
LIMIT_SECONDS, IDLE_SECONDS = 3.0, 10.0
LIMIT_MIB = 350


ALONE = {"DATABASE_URL": "", "REDIS_URL": "", "COUNTERSIGN_DEBUG": "0"}


def start_once(data_dir: Path) -> float:
    began = time.monotonic()
    instance = _instance.start(data_dir, env=ALONE)
    _instance.wait(instance)
    seconds = time.monotonic() - began
    instance.stop()
    return seconds


def idle_mib(data_dir: Path) -> int:
    with _instance.running(data_dir, env=ALONE) as instance:
        time.sleep(IDLE_SECONDS)
        return sum(_kib(number) for number in _family(instance.process.pid)) // 1024


def _family(number: int) -> Iterator[int]:
    """The process and all that it started."""
    yield number
    for task in Path(f"/proc/{number}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


def _kib(number: int) -> int:
    lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        first = start_once(Path(folder))
        later = sorted(start_once(Path(folder)) for _ in range(LATER_RUNS))
        idle = idle_mib(Path(folder))
    told = {
        "bench": "start",
        "first_run_s": round(first, 2),
        "median_s": round(statistics.median(later), 2),
        "worst_s": round(later[-1], 2),
        "limit_s": LIMIT_SECONDS,
        "idle_mib": idle,
        "limit_mib": LIMIT_MIB,
        "within": later[-1] <= LIMIT_SECONDS and idle <= LIMIT_MIB,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
