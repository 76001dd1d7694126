"""Seconds from `manage.py up` to the first healthy answer: the first run, which makes everything, and later ones."""

import json
import statistics
import tempfile
import time
from pathlib import Path

from bench import _instance

LATER_RUNS = 5
LIMIT_SECONDS = 3.0


def start_once(data_dir: Path) -> float:
    began = time.monotonic()
    instance = _instance.start(data_dir, env={"DATABASE_URL": "", "REDIS_URL": "", "COUNTERSIGN_DEBUG": "0"})
    _instance.wait(instance)
    seconds = time.monotonic() - began
    instance.stop()
    return seconds


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        first = start_once(Path(folder))
        later = sorted(start_once(Path(folder)) for _ in range(LATER_RUNS))
    told = {
        "bench": "start",
        "first_run_s": round(first, 2),
        "median_s": round(statistics.median(later), 2),
        "worst_s": round(later[-1], 2),
        "limit_s": LIMIT_SECONDS,
        "within": later[-1] <= LIMIT_SECONDS,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
