import re
import subprocess
import sys
from pathlib import Path

from scripts import record
from tests.architecture.source import ROOT


def test_the_newest_run_stands_first_below_the_introduction() -> None:
    once = record.entered("# Soak\n\nWhat it does.\n", "## Monday\n\nfine\n")
    assert once == "# Soak\n\nWhat it does.\n\n## Monday\n\nfine\n"
    assert record.entered(once, "## Tuesday\n\nfine\n") == (
        "# Soak\n\nWhat it does.\n\n## Tuesday\n\nfine\n\n## Monday\n\nfine\n"
    )


def test_a_run_is_shown_and_written_down_with_its_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "performance.md"
    program = "import sys; print('{\"per_second\": 7}'); sys.exit(3)"
    command = [sys.executable, "scripts/record.py", str(file), sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, '{"per_second": 7}\n')
    title, entry = file.read_text().split("\n\n## ")
    assert title == "# Performance"
    assert entry.endswith('\n\n```\n{"per_second": 7}\n```\n')
    assert re.search(r" ended with 3 after \d+ s, at \S+\.\n", entry)
