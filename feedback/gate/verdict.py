"""The whole answer of a gate: the worst of its rows, or invalid where the runs may not be compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from feedback.counts import Evidence, holm
from feedback.gate import checks, rows
from feedback.gate.paired import Pair, all_repetitions
from feedback.gate.rows import Asked, Row, Verdict
from feedback.gate.runs import Frozen, Item, Run
from feedback.gate.spec import Spec

EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 2, Verdict.INVALID: 3}
WORST_FIRST = (Verdict.INVALID, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    rows: tuple[Row, ...]
    problems: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]


def judge(spec: Spec, frozen: Frozen, baseline: Run, candidate: Run) -> Outcome:
    """Same input, same answer, on every machine: what is drawn is drawn from the spec's seed."""
    if found := checks.problems(spec, frozen, baseline, candidate):
        return Outcome(Verdict.INVALID, (), tuple(found))
    pairs = {scorer: _pairs(frozen, baseline, candidate, scorer) for scorer in spec.scorers}
    answered = [
        *_quality(spec, frozen, candidate, pairs[spec.scorer]),
        *_forbidden(spec, candidate, pairs),
        *_budgets(spec, frozen, candidate),
    ]
    verdict = next(worst for worst in WORST_FIRST if any(row.verdict is worst for row in answered))
    return Outcome(verdict, tuple(answered))


def _pairs(frozen: Frozen, baseline: Run, candidate: Run, scorer: str) -> list[Pair]:
    """Every example and repetition; a row that is missing or an error failed."""
    old, new = baseline.answers(), candidate.answers()
    repetitions = max(1, candidate.repetitions)
    return [
        Pair((name, n), example.group, _passed(old.get((name, n)), scorer), _passed(new.get((name, n)), scorer))
        for name, example in sorted(frozen.examples.items())
        for n in range(repetitions)
    ]


def _passed(item: Item | None, scorer: str) -> bool:
    return item is not None and not item.error and item.passed.get(scorer, False)


def _quality(spec: Spec, frozen: Frozen, candidate: Run, pairs: Sequence[Pair]) -> list[Row]:
    """The whole, then each slice with its evidence adjusted for the number of slices (Holm), then repetitions."""
    whole = _asked(spec, "all examples", "quality", pairs, spec.margin)
    slices = [
        _asked(spec, row.name, "slice", [pair for pair in pairs if row.name in frozen.examples[pair.place[0]].slices],
               row.margin)
        for row in spec.slices
    ]  # fmt: skip
    adjusted = holm([asked.found.evidence.p for asked in slices])
    found = [_answer(spec, whole, whole.found.evidence)]
    found += [
        _answer(spec, asked, Evidence(p, asked.found.evidence.mid_p)) for asked, p in zip(slices, adjusted, strict=True)
    ]
    if spec.reliability is not None:
        asked = _asked(spec, "every repetition", "reliability", all_repetitions(pairs), spec.reliability)
        found.append(_answer(spec, asked, asked.found.evidence))
    if spec.newly_failing is not None:
        found.append(rows.newly_failing(pairs, spec.newly_failing, one_sided=spec.one_sided, n_min=spec.n_min))
    return [_trusted(candidate, spec.scorer)(row) for row in found]


def _asked(spec: Spec, name: str, kind: str, pairs: Sequence[Pair], margin: float) -> Asked:
    return rows.ask(name, kind, pairs, margin, one_sided=spec.one_sided, seed=spec.seed)


def _answer(spec: Spec, asked: Asked, evidence: Evidence) -> Row:
    return rows.not_worse(asked, evidence, one_sided=spec.one_sided, n_min=spec.n_min)


def _forbidden(spec: Spec, candidate: Run, pairs: dict[str, list[Pair]]) -> list[Row]:
    return [
        _trusted(candidate, asked.scorer)(
            rows.must_not(asked.scorer, pairs[asked.scorer], asked.tolerance, one_sided=spec.one_sided)
        )
        for asked in spec.must_not
    ]


def _trusted(candidate: Run, name: str) -> Callable[[Row], Row]:
    scorer = candidate.scorers[name]
    if scorer.kind == "judge" and not scorer.calibrated:
        return lambda row: rows.doubted(row, name)
    return lambda row: row


def _budgets(spec: Spec, frozen: Frozen, candidate: Run) -> list[Row]:
    found = []
    if spec.latency_p95_ms is not None:
        used = _grouped(frozen, candidate, [item.latency_ms for item in candidate.items])
        found.append(_budget(spec, "latency (95th percentile, ms)", used, spec.latency_p95_ms, "95th percentile"))
    if spec.cost_mean is not None:
        used = _grouped(frozen, candidate, [item.cost for item in candidate.items])
        found.append(_budget(spec, "cost (mean)", used, spec.cost_mean, "mean"))
    return found


def _budget(spec: Spec, name: str, used: Sequence[Sequence[float]], limit: float, statistic: str) -> Row:
    return rows.budget(
        name, used, limit, statistic=statistic, one_sided=spec.one_sided, n_min=spec.n_min, seed=spec.seed
    )


def _grouped(frozen: Frozen, run: Run, values: Sequence[float | None]) -> list[list[float]]:
    """The values by group; none at all where a row does not say its own, because the dear ones may be those."""
    found: dict[str, list[float]] = {}
    for item, value in zip(run.items, values, strict=True):
        if value is None:
            return []
        found.setdefault(frozen.examples[item.example].group, []).append(value)
    return [found[group] for group in sorted(found)]
