"""The repository speaks of the product alone."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import ROOT

# Joined here, so that this file does not trip over itself.
REFUSED = (
    "/" + "work/",
    "shared/" + "design",
    "shared/" + "research",
    "shared/" + "tools",
    "shared/" + "bench",
    "shared/" + "hooks",
    "pypi" + ".org",
    "files." + "pythonhosted",
    "registry." + "npmjs",
    "/root/" + ".pyenv",
    "/opt/" + "pypi",
    "/opt/" + "wheels",
)
DATA = "shared/" + "data"
MAY_NAME_DATA = {"bench/gate_tau.py", "bench/replay_tau.py", "docs/replay.md"}
SKIPPED = {".git", ".venv", "venv", "var", "node_modules", "__pycache__"}


def files() -> list[Path]:
    """What is committed or about to be; every file outside the caches where there is no git."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        return [path for name in listed if name and (path := ROOT / name).is_file()]
    return list(walk(ROOT))


def walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and path.name not in SKIPPED and not path.name.endswith("_cache"):
            yield from walk(path)
        elif path.is_file():
            yield path


def slips(path: str, text: str) -> list[str]:
    refused = REFUSED if path in MAY_NAME_DATA else (*REFUSED, DATA)
    return [f"{path}: {word}" for word in refused if word in text]


def test_nothing_mentions_the_place_where_it_was_written() -> None:
    read = {str(path.relative_to(ROOT)): path.read_bytes().decode("utf-8", "replace") for path in files()}
    assert len(read) > 50
    assert [slip for path, text in read.items() for slip in slips(path, text)] == []


def test_without_git_the_same_places_are_read() -> None:
    assert {ROOT / "pyproject.toml", ROOT / "approvals" / "strict_json.py"} <= set(walk(ROOT))
    assert [path for path in walk(ROOT) if SKIPPED & set(path.relative_to(ROOT).parts)] == []


def test_a_slip_is_noticed() -> None:
    assert slips("docs/a.md", f"see ../{REFUSED[1]}/api.md") == [f"docs/a.md: {REFUSED[1]}"]
    assert slips("docs/a.md", f"see ../{DATA}") == [f"docs/a.md: {DATA}"]
    assert slips("bench/replay_tau.py", f"../{DATA}") == []
