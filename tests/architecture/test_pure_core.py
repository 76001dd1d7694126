"""Policy, digests and proofs are values in, values out: loading them loads no framework."""

import subprocess
import sys

import pytest

from tests.architecture.pure import PURE
from tests.architecture.source import ROOT

FRAMEWORKS = ("django", "rest_framework", "channels", "celery", "psycopg", "redis")
FOUNDATION = {"approvals.digest", "approvals.policy", "approvals.strict_json", "audit.canonical", "tenancy.ids"}
LOAD = """
import importlib, pkgutil, sys
for name in sys.argv[1].split(","):
    module = importlib.import_module(name)
    for inner in pkgutil.walk_packages(getattr(module, "__path__", []), name + "."):
        importlib.import_module(inner.name)
print(",".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def frameworks_loaded_by(name: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", LOAD, name], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.strip().split(",")) & set(FRAMEWORKS)


def test_the_core_is_there() -> None:
    assert set(PURE) >= FOUNDATION


@pytest.mark.parametrize("name", PURE)
def test_it_loads_without_a_framework(name: str) -> None:
    assert frameworks_loaded_by(name) == set()


def test_a_module_that_needs_a_framework_is_noticed() -> None:
    assert frameworks_loaded_by("django.http") >= {"django"}
