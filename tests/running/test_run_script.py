"""`make run` with another data directory: the agent beside the server looks there too."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "asked", [["--data-dir", "{}/here and there"], ["--port", "8001", "--data-dir={}/here and there"]]
)
def test_the_agent_looks_for_the_server_where_its_data_lie(tmp_path: Path, asked: list[str]) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$2 in $COUNTERSIGN_DATA_DIR" >>{tmp_path}/said\nsleep 1\n')
    python.chmod(0o755)
    command = ["sh", "scripts/run.sh", *(word.format(tmp_path) for word in asked)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "BIN": str(tmp_path)}, check=True)
    said = sorted((tmp_path / "said").read_text().splitlines())
    assert said == [f"demo-agent in {tmp_path}/here and there", f"up in {tmp_path}/here and there"]
