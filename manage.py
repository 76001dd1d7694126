#!/usr/bin/env python
"""Django's command line with this project's settings."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management import execute_from_command_line

from config import environment


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if arguments[1:2] == ["up"]:
        prepare(arguments[2:])
    # Modules cannot have a hyphen in their names, commands can: demo-agent is demo_agent.py.
    named = [word.replace("-", "_") for word in arguments[1:2] if not word.startswith("-")]
    execute_from_command_line([*arguments[:1], *(named or arguments[1:2]), *arguments[2:]])


def prepare(options: list[str]) -> None:
    """`up` brings its own data directory, secrets and address, and settings read all three before any command runs.

    The demo hands out passwords, which only DEBUG accepts, so it brings that too where nothing else was said.
    """
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data-dir", default=os.environ.get("COUNTERSIGN_DATA_DIR", "var"))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="8000")
    parser.add_argument("--demo", action="store_true")
    given, _ = parser.parse_known_args(options)
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(given.host, given.host)  # noqa: S104 (compared, not bound)
    os.environ["COUNTERSIGN_DATA_DIR"] = given.data_dir
    os.environ.setdefault("COUNTERSIGN_BASE_URL", f"http://{host}:{given.port}")
    if given.demo:
        os.environ.setdefault("COUNTERSIGN_DEBUG", "1")
    environment.make_secrets(Path(given.data_dir).resolve())


if __name__ == "__main__":
    main(sys.argv)
