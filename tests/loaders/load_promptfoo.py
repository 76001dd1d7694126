"""promptfoo reads and runs its tests. It comes from npm and takes minutes to install, so it runs by itself."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.loaders.exported import answer, asked, canonical, path

PROMPTFOO = os.environ["PROMPTFOO"]


def test_promptfoo(tmp_path: Path) -> None:
    """A provider that answers with the call to imitate passes where there is one, and one that repeats what people
    refused fails everywhere.
    """
    right = {key: answer(record) or {"tool": "none", "args": {}} for key, record in canonical().items()}
    wrong = {key: (record["expectation"]["forbidden"] or [None])[0] for key, record in canonical().items()}
    assert scored(tmp_path / "right", right) == dict.fromkeys(asked(), True)
    assert scored(tmp_path / "wrong", wrong) == dict.fromkeys(asked(), False)


def scored(folder: Path, answers: dict[str, Any]) -> dict[str, bool]:
    """What promptfoo says of each example when the model answers so."""
    folder.mkdir()
    for file in Path(path("promptfoo", "")).iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "answers.json").write_text(json.dumps(answers))
    (folder / "provider.cjs").write_text(
        "const answers = require('./answers.json');\n"
        "module.exports = class { id() { return 'told'; } async callApi(prompt, context) {\n"
        "  return { output: JSON.stringify(answers[context.test.metadata.example_id]) }; } };\n"
    )
    config = {
        "prompts": ["{{messages}}"],
        "providers": ["file://provider.cjs"],
        "tests": "file://tests.jsonl",
    }
    (folder / "promptfooconfig.json").write_text(json.dumps(config))
    out = folder / "out.json"
    env = {
        **os.environ,
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1",
        "PROMPTFOO_CONFIG_DIR": str(folder / "home"),
        "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    }
    flags = ["--no-cache", "--no-table", "--no-write", "--no-progress-bar"]
    command = [PROMPTFOO, "eval", "-c", "promptfooconfig.json", "-o", str(out), *flags]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in {0, 100}, done.stdout + done.stderr
    results = json.loads(out.read_text())["results"]["results"]
    return {result["testCase"]["metadata"]["example_id"]: result["success"] for result in results}
