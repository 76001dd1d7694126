"""What an operator can set and what a developer can run is written down."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.settings import variables
from tests.architecture.source import ROOT

GUIDE = ROOT / "docs" / "operators.md"


def make_targets() -> set[str]:
    rules = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return set(rules)


def test_every_setting_is_in_the_operators_guide() -> None:
    guide = GUIDE.read_text()
    read = variables((ROOT / "config" / "settings.py").read_text())
    assert len(read) > 10
    assert {name for name in read if not re.search(rf"\b{name}\b", guide)} == set()


def test_the_guide_explains_each_setting_once() -> None:
    rows = re.findall(r"^\| (`[A-Z][A-Z0-9_]+`(?:, `[A-Z][A-Z0-9_]+`)*) \|", GUIDE.read_text(), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"[A-Z][A-Z0-9_]+", row)]
    assert len(named) > 40
    assert sorted(named) == sorted(set(named))


def test_the_guide_names_no_setting_that_is_gone() -> None:
    named = set(re.findall(r"\bCOUNTERSIGN_[A-Z0-9_]+\b", GUIDE.read_text()))
    read = variables((ROOT / "config" / "settings.py").read_text())
    # Some only fill in what docker-compose.yml starts.
    read |= set(re.findall(r"\$\{(COUNTERSIGN_[A-Z0-9_]+)", (ROOT / "docker-compose.yml").read_text()))
    known = read | {f"{name}_FILE" for name in read} | {"COUNTERSIGN_URL", "COUNTERSIGN_API_KEY", "COUNTERSIGN_JOURNAL"}
    assert named - known == set()


def test_every_make_target_is_in_its_help() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in shown.splitlines() if line.startswith("  ")} == make_targets()


def wanted_by(file: Path) -> set[str]:
    lines = file.read_text().splitlines()
    return {re.split(r"[\[<>=~! ]", line)[0] for line in lines if line.strip() and not line.startswith(("#", "-"))}


@pytest.mark.parametrize("file", sorted((ROOT / "requirements").glob("*.in")), ids=lambda file: str(file.name))
def test_a_lock_holds_what_is_wanted(file: Path) -> None:
    locked = set(re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==", file.with_suffix(".txt").read_text(), re.MULTILINE))
    assert wanted_by(file) - locked == set()


def test_every_dependency_has_its_reason() -> None:
    wanted = {name for file in (ROOT / "requirements").glob("*.in") for name in wanted_by(file)}
    explained = set(re.findall(r"^\| `([a-z0-9-]+)", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE))
    assert wanted == explained


def test_a_variable_is_noticed_however_it_is_read() -> None:
    text = 'a = os.environ["ONE_A"]\nb = os.environ.get("TWO_B", "")\nc = environment.flag("THREE_C")\nd = f("FOUR_D")'
    assert variables(text) == {"ONE_A", "TWO_B", "THREE_C"}
