"""How long exports of a million events take on PostgreSQL, and how much memory: evidence bundle, JSON lines and CSV.

Each is made by a process of its own, as a worker makes it, and its peak is that of the process. Prints one JSON line.

    DATABASE_URL=postgresql://…/bench_bundle python bench/bundle.py [EVENTS]

The database is to be a scratch one, its name beginning with `bench`: it is migrated and filled, and filled only once.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _instance
from bench._instance import ROOT
from config import environment

MADE = (("log", "bundle", False), ("log", "bundle", True), ("events", "jsonl", False), ("events", "csv", False))


def told(environ: dict[str, str], call: str) -> Any:
    """The last line that a call prints, in a process of its own."""
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", f"from bench import _bundle; _bundle.{call}"]
    done = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    # The same at each run on the same database, which is sealed with the key in there.
    name = urlsplit(os.environ.get("DATABASE_URL", "")).path.strip("/")
    data_dir = Path(os.environ.get("COUNTERSIGN_DATA_DIR") or Path(tempfile.gettempdir(), f"bench-bundle-{name}"))
    environment.make_secrets(data_dir)
    environ = _instance.environment(data_dir, COUNTERSIGN_DEBUG="1", COUNTERSIGN_LOG_LEVEL="WARNING")
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environ, check=True)
    filled = told(environ, f"fill({events})")
    found = {"bench": "bundle", "events": filled["events"]}
    for what, form, with_values in MADE:
        name = form + ("_with_values" if with_values else "")
        found[name] = told(environ, f"make({filled['workspace']!r}, {what!r}, {form!r}, {with_values})")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
