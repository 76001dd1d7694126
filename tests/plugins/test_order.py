import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT

MANY = "import pytest\n\n@pytest.mark.parametrize('n', range(3))\ndef test_quick(n): pass\n"
SLOW = "import pytest\n\n@pytest.mark.process\ndef test_slow(): pass\n"


def test_workers_begin_with_the_files_that_start_processes(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    process\n")
    for name, source in (("few", "def test_one(): pass\n"), ("many", MANY), ("slow", SLOW)):
        (tmp_path / f"test_{name}.py").write_text(source)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    options = ("-p", "xdist", "-p", "tests.plugins.order", "-n", "1", "--dist", "loadfile", "-v")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    ran = [line.split()[-1] for line in done.stdout.splitlines() if " PASSED " in line]
    assert [name.split("::")[0] for name in ran] == ["test_slow.py", *["test_many.py"] * 3, "test_few.py"]
