"""The calls that the authors of recorded tasks hold to be right, as examples for `manage.py dataset add`."""

from collections.abc import Sequence
from typing import Any


def gold(calls: Sequence[dict[str, Any]], trials: int = 2) -> list[dict[str, Any]]:
    """One example a gold action, of the tasks that all `trials` hold; a task is a group. `id` is task and place."""
    held: dict[Any, set[Any]] = {}
    first: dict[Any, dict[str, Any]] = {}
    for call in calls:
        held.setdefault(call["task_id"], set()).add(call["trial"])
        first.setdefault(call["task_id"], call)
    return [
        {
            "id": f"task-{task}-{n}",
            "messages": [turn for turn in first[task]["conversation"] if turn["role"] == "user"][:1],
            "expected": [{"tool": action["name"], "args": action["args"]}],
            "group": f"task-{task}",
            "slices": {"task": str(task)},
        }
        for task in sorted(held)
        if len(held[task]) >= trials
        for n, action in enumerate(first[task]["gold_actions"])
    ]
