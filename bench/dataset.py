"""A dataset of a million labels: how long a freeze takes, and how much memory a streamed export.

Each step is a process of its own, so that its peak is its own. On the PostgreSQL that DATABASE_URL names, in a database
of its own, else on SQLite. Prints one JSON line. Usage: python -m bench.dataset [LABELS]
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import _instance

LABELS = 1_000_000
FORMATS = ("canonical", "trl-unpaired", "deepeval")


def step(environment: dict[str, str], call: str) -> dict[str, Any]:
    """What one function of _dataset_steps printed last."""
    code = f"from bench import _dataset_steps; _dataset_steps.{call}"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    done = subprocess.run(command, cwd=_instance.ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    lines = done.stdout.splitlines()
    return dict(json.loads(lines[-1])) if lines else {}


def main() -> None:
    labels = int(sys.argv[1]) if len(sys.argv) > 1 else LABELS
    secrets = dict.fromkeys(("COUNTERSIGN_SECRET_KEY", "COUNTERSIGN_KEY_PEPPER", "COUNTERSIGN_GRANT_KEY"), "bench" * 10)
    with (
        tempfile.TemporaryDirectory() as place,
        _instance.database(os.environ.get("DATABASE_URL", ""), "dataset") as url,
    ):
        environment = _instance.environment(Path(place), DATABASE_URL=url, REDIS_URL="", **secrets)
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=_instance.ROOT, env=environment, check=True)
        step(environment, f"seed({labels})")
        frozen = step(environment, "freeze()")
        exports = {name: step(environment, f"export({name!r})") for name in FORMATS}
        database = "postgresql" if url else "sqlite"
        print(json.dumps({"bench": "dataset", "labels": labels, "on": database, "freeze": frozen, "exports": exports}))


if __name__ == "__main__":
    main()
