"""Whether two runs may be compared at all. Each problem says what is wrong and how to mend it."""

from collections import Counter
from collections.abc import Iterator

from feedback.gate.runs import Frozen, Run
from feedback.gate.spec import Spec

SHOWN = 3


def problems(spec: Spec, frozen: Frozen, baseline: Run, candidate: Run) -> list[str]:
    """Empty where the gate may be answered; else its verdict is invalid."""
    return [
        *_dataset(frozen, baseline, candidate),
        *_scorers(spec, baseline, candidate),
        *_slices(spec, frozen),
        *_contracts(baseline, candidate),
        *_rows(spec, frozen, "baseline", baseline, candidate.repetitions),
        *_rows(spec, frozen, "candidate", candidate, candidate.repetitions),
    ]


def _dataset(frozen: Frozen, baseline: Run, candidate: Run) -> Iterator[str]:
    if not frozen.examples:
        yield "The dataset version has no examples, so nothing can be shown."
    for name, run in (("baseline", baseline), ("candidate", candidate)):
        if run.dataset != frozen.sha256:
            yield f"The {name} ran on another dataset ({run.dataset[:12]} and not {frozen.sha256[:12]}); run it again."


def _scorers(spec: Spec, baseline: Run, candidate: Run) -> Iterator[str]:
    for name in spec.scorers:
        old, new = baseline.scorers.get(name), candidate.scorers.get(name)
        if old is None or new is None:
            yield f"The {'baseline' if old is None else 'candidate'} was not scored by {name}."
        elif (old.kind, old.version) != (new.kind, new.version):
            yield f"{name} scored the baseline as {old.version} and the candidate as {new.version}; score both alike."


def _slices(spec: Spec, frozen: Frozen) -> Iterator[str]:
    for row in spec.slices:
        if row.name not in frozen.slices:
            yield f"The dataset has no slice {row.name!r}."


def _contracts(baseline: Run, candidate: Run) -> Iterator[str]:
    for tool in sorted(baseline.tool_schemas.keys() & candidate.tool_schemas.keys()):
        if baseline.tool_schemas[tool] != candidate.tool_schemas[tool]:
            yield f"The schema of {tool} is not the one that the baseline ran with; run the baseline again."


def _rows(spec: Spec, frozen: Frozen, name: str, run: Run, repetitions: int) -> Iterator[str]:
    seen = Counter(item.place for item in run.items)
    if doubled := sorted(place for place, count in seen.items() if count > 1):
        yield f"The {name} has more than one row for {_named([example for example, _ in doubled])}."
    if strange := sorted({example for example, _ in seen} - frozen.examples.keys()):
        yield f"The {name} has rows for examples that the dataset does not hold: {_named(strange)}."
    if run.repetitions != repetitions:
        yield f"The {name} has {run.repetitions} repetitions and the candidate {repetitions}; both need as many."
    yield from _missing(spec, frozen, name, run, repetitions)
    if run.items and all(item.error for item in run.items):
        yield f"Every row of the {name} is an error, so it says nothing about quality."


def _missing(spec: Spec, frozen: Frozen, name: str, run: Run, repetitions: int) -> Iterator[str]:
    scored = {item.place for item in run.items if item.error or all(scorer in item.passed for scorer in spec.scorers)}
    wanted = [(example, n) for example in sorted(frozen.examples) for n in range(max(1, repetitions))]
    absent = [example for example, n in wanted if (example, n) not in scored]
    if len(absent) > spec.max_missing * len(wanted):
        yield f"The {name} lacks {len(absent)} of {len(wanted)} rows, such as {_named(absent)}."


def _named(examples: list[str]) -> str:
    shown = list(dict.fromkeys(examples))
    return ", ".join(shown[:SHOWN]) + (f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else "")
