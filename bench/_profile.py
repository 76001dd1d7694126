"""Where the time of the hot paths goes, inside one process on PostgreSQL: writes bench/profile_<path>.txt.

DATABASE_URL=postgresql://user@host:5432/name python -m bench._profile
"""

import cProfile
import io
import os
import pstats
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import _servers
from bench._servers import ROOT

N, LINES = 1500, 45
INSIDE = "from bench import _profiled; _profiled.main()"


def record(name: str, one: Callable[[], None]) -> None:
    """Runs `one` N times, first bare for the honest time, then under the profiler for the shares."""
    for _ in range(200):
        one()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(N):
        one()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(N):
        one()
    profiler.disable()
    text = io.StringIO()
    head = f"{name}: {wall / N * 1e6:.0f} us a request, {cpu / N * 1e6:.0f} us of it CPU of this process\n"
    text.write(
        f"{head}({N} requests through Django's handler, one thread, no socket; then the same under cProfile)\n\n"
    )
    pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime").print_stats(LINES)
    path = Path(__file__).with_name(f"profile_{name}.txt")
    path.write_text(
        "\n".join(line.rstrip() for line in text.getvalue().splitlines() if "function calls" not in line) + "\n"
    )
    print(head, end="")


if __name__ == "__main__":
    with _servers.prepared() as (environment, keys, _):
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", INSIDE]
        told = {"BENCH_OTTO": keys["otto"], "BENCH_ADA": keys["ada"]}
        subprocess.run(command, cwd=ROOT, env={**os.environ, **environment, **told}, check=True)
