"""How fast a log is derived again: a million events are made, sequenced and signed as rows, then verified.

Prints one JSON line: events a second of the hashing alone (leaf hashes, tiles and tree of events of 1 KB, one core), of
a whole run with its reads, and of a deep one. Needs DATABASE_URL of a PostgreSQL; a log that is there is used again.
Usage: python bench/verify.py [EVENTS]
"""

import os
import sys
from importlib import import_module
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

if __name__ == "__main__":
    django.setup()
    import_module("bench._verified").main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
