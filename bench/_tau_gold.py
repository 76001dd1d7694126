"""The right calls of recorded tasks as examples, and what each trial called instead. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench._tau_reviewer import shared
from countersign.envelope import same

Call = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Gold:
    """One right call of a task. `answers` are by trial: what the run called for it, or None."""

    name: str
    task: int
    call: Call
    conversation: list[dict[str, Any]]
    answers: Mapping[int, Call | None]


def gold(calls: Iterable[dict[str, Any]], trials: Sequence[int] = (0, 1)) -> list[Gold]:
    """The right calls of the tasks that every one of the trials holds, in their order."""
    runs: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for call in sorted(calls, key=lambda call: int(call["call"])):
        runs.setdefault((call["task_id"], call["trial"]), []).append(call)
    tasks = sorted({task for task, _ in runs if all((task, trial) in runs for trial in trials)})
    return [one for task in tasks for one in _of_task(task, {trial: runs[task, trial] for trial in trials})]


def _of_task(task: int, runs: Mapping[int, list[dict[str, Any]]]) -> list[Gold]:
    first = next(iter(runs.values()))[0]
    wanted = first["gold_actions"]
    served = {trial: _served(wanted, run) for trial, run in runs.items()}
    return [
        Gold(
            name=f"task-{task:03}-{place}",
            task=task,
            call=_told(call),
            conversation=first["conversation"],
            answers={trial: found.get(place) for trial, found in served.items()},
        )
        for place, call in enumerate(wanted)
    ]


def _served(wanted: Sequence[Mapping[str, Any]], run: Iterable[Mapping[str, Any]]) -> dict[int, Call]:
    """Which call was made for which right one: each serves once, the same call before a namesake."""
    found: dict[int, Call] = {}
    for made in run:
        call = made["tool_call"]
        namesakes = [n for n, one in enumerate(wanted) if n not in found and one["name"] == call["name"]]
        if namesakes:
            exact = next((n for n in namesakes if same(wanted[n]["args"], call["args"])), None)
            best = max(namesakes, key=lambda n: shared(wanted[n]["args"], call["args"])) if exact is None else exact
            found[best] = _told(call)
    return found


def _told(call: Mapping[str, Any]) -> Call:
    return {"tool": call["name"], "args": call["args"]}
