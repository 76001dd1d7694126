"""The import contracts of pyproject.toml are kept, and cover what exists."""

import subprocess
import sys
import tomllib
from typing import Any

from tests.architecture.pure import PURE
from tests.architecture.source import APPS, ROOT

CONFIG: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = {contract["id"]: contract for contract in CONFIG["contracts"]}


def test_every_contract_is_kept() -> None:
    # A process of its own: import-linter sets up logging anew and silences every logger that exists.
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", code, "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_is_watched() -> None:
    assert set(CONFIG["root_packages"]) == set(APPS)
    assert set(CONTRACTS["no-knots"]["ancestors"]) == set(APPS)


def test_every_pure_module_that_exists_is_in_the_contract() -> None:
    assert set(CONTRACTS["pure-core"]["source_modules"]) == set(PURE)


def test_no_contract_has_an_exception() -> None:
    keys = {key for contract in CONTRACTS.values() for key in contract}
    assert (
        keys & {"ignore_imports", "unmatched_ignore_imports_alerting", "skip_descendants", "exhaustive_ignores"}
        == set()
    )
