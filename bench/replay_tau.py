"""Sends recorded agent calls through the SDK; a perfect reviewer decides, the SDK executes, and the sums are printed.

python -m bench.replay_tau [FOLDER]   every *.jsonl there, else of ../shared/data/tau-bench-airline

On the PostgreSQL that DATABASE_URL names, in a database of its own, else on SQLite. docs/replay.md tells the shape.
"""

import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import _instance
from bench._instance import Instance
from bench._tau_reviewer import Reviewer, Verdict
from countersign import Action, Countersign, Rejected
from countersign.envelope import same

RECORDINGS = _instance.ROOT.parent / "shared/data/tau-bench-airline"
LABEL_SECONDS = 10.0
OUTCOMES = {"approve": "approved", "edit": "edited", "reject": "rejected"}


@dataclass(slots=True)
class Sums:
    """`wrong` counts executions of other arguments than the right ones, of what was rejected, and ones left out."""

    verdicts: Counter[str] = field(default_factory=Counter)
    actions: list[str] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    wrong: int = 0

    def told(self, labels: int) -> dict[str, int]:
        return {
            "actions": len(self.actions),
            **{word: self.verdicts[kind] for kind, word in OUTCOMES.items()},
            "executed_wrong": self.wrong,
            "labels": labels,
        }


def recorded(folder: Path) -> list[dict[str, Any]]:
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines]


def runs(calls: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The calls of each run, in the order in which the agent made them."""
    grouped: dict[tuple[Any, Any], list[dict[str, Any]]] = {}
    for call in calls:
        grouped.setdefault((call["task_id"], call["trial"]), []).append(call)
    for run in grouped.values():
        yield sorted(run, key=lambda call: int(call["call"]))


def replay(instance: Instance, calls: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Every call against a running demo; Ada is the reviewer."""
    demo, sums = instance.demo, Sums()
    journal = instance.data_dir / "replay.jsonl"
    with (
        Countersign(instance.base_url, demo["agents"]["otto"]["key"], journal=journal) as otto,
        Countersign(instance.base_url, demo["people"]["ada"]["token"], journal=journal) as ada,
        ThreadPoolExecutor(1) as waiting,
    ):
        for run in runs(calls):
            reviewer = Reviewer(run[0]["gold_actions"])
            for call in run:
                _one(otto, ada, waiting, reviewer, call, sums)
    labels = _labels(instance, set(sums.actions))
    return {**sums.told(labels), "dataset_wrong": _dataset_wrong(instance, sums)}


def _one(
    otto: Countersign,
    ada: Countersign,
    waiting: ThreadPoolExecutor,
    reviewer: Reviewer,
    call: dict[str, Any],
    sums: Sums,
) -> None:
    name, args = call["tool_call"]["name"], call["tool_call"]["args"]
    action = otto.submit(name, args, trace_id=f"{call['task_id']}-{call['trial']}", conversation=call["conversation"])
    ran: list[dict[str, Any]] = []
    # The agent is parked while the reviewer looks, as it would be.
    parked = waiting.submit(_execute, action, ran)
    verdict = reviewer.decide(name, args)
    _review(ada, ada.get(action.id), verdict)
    rejected = parked.result()
    sums.actions.append(action.id)
    sums.verdicts[verdict.kind] += 1
    sums.kinds[action.id] = verdict.kind
    right = rejected and not ran if verdict.args is None else len(ran) == 1 and same(ran[0], verdict.args)
    sums.wrong += not right


def _execute(action: Action, ran: list[dict[str, Any]]) -> bool:
    """Runs what was signed; True where nothing may run."""
    try:
        action.execute(lambda **given: ran.append(given))
    except Rejected:
        return True
    return False


def _review(ada: Countersign, shown: Action, verdict: Verdict) -> None:
    if verdict.kind == "approve":
        ada.review(shown, "approve")
    elif verdict.kind == "edit":
        ada.review(shown, "approve", args=verdict.args, reason_code="wrong_arguments", comment="As the task wants it.")
    else:
        ada.review(shown, "reject", reason_code="not_needed", comment="Not wanted, or done already.")


def _labels(instance: Instance, actions: set[str]) -> int:
    """Labels of these actions, as the export has them; it is asked again while some are still on their way."""
    ends = time.monotonic() + LABEL_SECONDS
    while True:
        exported = instance.manage("export_labels", "--workspace", "demo").splitlines()
        found = sum(json.loads(line)["provenance"]["action_id"] in actions for line in exported)
        if found >= len(actions) or time.monotonic() > ends:
            return found
        time.sleep(0.2)


def _dataset_wrong(instance: Instance, sums: Sums) -> int:
    """How many actions a frozen dataset tells otherwise than the reviewer did, or does not tell."""
    instance.manage("dataset", "create", "replay", "--workspace", "demo")
    instance.manage("dataset", "freeze", "replay", "--workspace", "demo")
    folder = instance.data_dir / "replay-dataset"
    where = ("--workspace", "demo", "--format", "canonical", "--output", str(folder))
    instance.manage("dataset", "export", "replay", *where)
    rows = map(json.loads, (folder / "examples.jsonl").read_text().split("\n")[:-1])
    told = {row["id"]: row["decision"] for row in rows}
    return sum(told.get(action) != kind for action, kind in sums.kinds.items())


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDINGS
    calls = recorded(folder) if folder.is_dir() else []
    if not calls:
        print(f"replay_tau: {folder} is absent or empty, so nothing was replayed. Name a folder with *.jsonl files.")
        raise SystemExit(0 if folder == RECORDINGS else 1)
    with (
        tempfile.TemporaryDirectory() as place,
        _instance.database(os.environ.get("DATABASE_URL", ""), "replay") as url,
        _instance.running(Path(place), "--demo", env={"DATABASE_URL": url, "REDIS_URL": ""}, at_once=True) as instance,
    ):
        print(json.dumps(replay(instance, calls)))


if __name__ == "__main__":
    main()
