"""Two recorded trials as two versions of an agent, through the gate: on the right calls of the tasks that both hold.

python -m bench.gate_tau [FOLDER] [--data-dir DIR]   every *.jsonl there, else where bench.replay_tau looks

Without --data-dir a demo of its own is started for it; with it, the rows go into that running demo's SQLite, where the
page of the gate can be looked at. Prints one JSON line.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.utils import timezone

from bench import _instance
from bench._tau_gold import Gold, gold
from bench.replay_tau import RECORDINGS, recorded

MARGIN = 0.05


def lines(golds: Sequence[Gold]) -> list[dict[str, Any]]:
    """As `manage.py dataset add` takes them: the calls of one task belong together."""
    return [
        {
            "id": one.name,
            "messages": [{"role": turn["role"], "content": turn["content"] or ""} for turn in one.conversation],
            "expected": [one.call],
            "group": f"task-{one.task}",
        }
        for one in golds
    ]


def gated(golds: Sequence[Gold], services: Any, accounts: Any, actor: Any) -> dict[str, Any]:
    """Freezes, uploads both trials and asks the gate, in the workspace `demo`."""
    given: dict[str, Any] = {"actor": actor, "at": timezone.now(), "workspace_id": accounts.workspace_id_for("demo")}
    made = services.create_dataset(name=f"airline-{timezone.now():%H%M%S}", **given)
    services.add_examples(dataset_id=made.id, given=[services.given(line) for line in lines(golds)], **given)
    version = services.freeze(dataset_id=made.id, **given)
    runs = []
    for trial in (0, 1):
        run = services.open_run(version_id=version.id, agent_name="otto", agent_version=f"trial {trial}", **given)
        items = [services.Answer(one.name, output=one.answers[trial]) for one in golds]
        services.add_items(workspace_id=given["workspace_id"], run_id=run.id, given=items)
        runs.append(services.close_run(run_id=run.id, **given))
    services.move_baseline(run_id=runs[0].id, **given)
    slices = [{"name": f"tool={tool}", "margin": MARGIN} for tool in sorted(version.counts["tool"])]
    spec = {"name": "airline", "margin": MARGIN, "slices": slices}
    found = services.check_gate(spec=spec, baseline="tag:baseline", candidate=runs[1].id, **given)
    keys = ("name", "verdict", "n", "old", "new", "low", "high", "method", "wanted")
    return {
        "examples": version.size,
        "gate": found.id,
        "verdict": found.verdict,
        "diagnoses": [run.diagnoses for run in runs],
        "rows": [{key: row[key] for key in keys} for row in found.rows],
        "changed": len(found.rows[0]["lost"]) + len(found.rows[0]["gained"]),
    }


def in_demo(folder: Path, golds: Sequence[Gold]) -> dict[str, Any]:
    os.environ |= {"COUNTERSIGN_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings"}
    django.setup()
    # Models can be imported once Django is set up, and not before.
    services, accounts = import_module("feedback.services"), import_module("accounts.queries")
    return gated(golds, services, accounts, import_module("audit.actor").OPERATOR)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=RECORDINGS)
    parser.add_argument("--data-dir", type=Path)
    asked = parser.parse_args()
    calls = recorded(asked.folder) if asked.folder.is_dir() else []
    if not calls:
        print(f"gate_tau: {asked.folder} is absent or empty, so nothing was judged. Name a folder with *.jsonl files.")
        raise SystemExit(0 if asked.folder == RECORDINGS else 1)
    if asked.data_dir:
        print(json.dumps(in_demo(asked.data_dir, gold(calls))))
        return
    with tempfile.TemporaryDirectory() as place, _instance.running(Path(place), "--demo") as instance:
        print(json.dumps(in_demo(instance.data_dir, gold(calls))))


if __name__ == "__main__":
    main()
