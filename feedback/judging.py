"""Scores of a team's own judges, as DeepEval and Ragas write them, in the form in which a run takes scores. Pure, and
without either library: it reads what they write.

| from | file | an example is known by | passed |
| --- | --- | --- | --- |
| DeepEval | `EvaluationResult.model_dump_json()`, or the test run that it leaves in DEEPEVAL_RESULTS_FOLDER | `example_id` in the metadata, else the test case's name | as the metric said |
| Ragas | `EvaluationResult.to_pandas().to_json(orient="records")`, an array or lines | `example_id` in the rubrics | its value reaches the threshold given for it |

All of them come as judges, also metrics that ask no model: what was never held against people lets no gate pass.
"""  # noqa: E501 (a table)

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

# What a Ragas sample consists of; the other columns are metrics.
RAGAS_SAMPLE = frozenset(
    {
        "user_input", "retrieved_contexts", "reference_contexts", "response", "multi_responses", "reference",
        "reference_tool_calls", "reference_topics", "rubrics", "rubric", "retrieved_context_ids",
        "reference_context_ids", "persona_name", "query_style", "query_length",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """`scorers` as a run names them; `scores` by example and scorer: `{"passed", "value"}`."""

    scorers: Mapping[str, Mapping[str, str]]
    scores: Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Score:
    example: str
    scorer: str
    version: str
    passed: bool
    value: float | None


def of_deepeval(text: str) -> Judged:
    """ValueError with what is wrong: no results in it, an unnamed test case, one metric in two versions."""
    tree = _json(text)
    cases = tree.get("test_results", tree.get("testCases")) if isinstance(tree, dict) else tree
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise ValueError("This holds no test results of DeepEval.")
    return _judged([score for case in cases for score in _of_case(case)])


def of_ragas(text: str, thresholds: Mapping[str, float]) -> Judged:
    """`thresholds` by metric: Ragas gives values and passes nothing. ValueError with what is wrong."""
    rows = _rows(text)
    metrics = sorted({name for row in rows for name in row if _number(row[name]) is not None} - RAGAS_SAMPLE)
    if not metrics:
        raise ValueError("This holds no metric of Ragas.")
    if unsaid := [name for name in metrics if name not in thresholds]:
        raise ValueError(f"Say from where on it passes: --threshold {unsaid[0]}=0.7")
    return _judged([score for row in rows for score in _of_row(row, metrics, thresholds)])


def _of_case(case: Mapping[str, Any]) -> Iterator[_Score]:
    about = case.get("metadata") or case.get("additional_metadata") or case.get("additionalMetadata") or {}
    example = str(about.get("example_id") or case.get("name") or "")
    for metric in case.get("metrics_data", case.get("metricsData")) or []:
        model = metric.get("evaluation_model", metric.get("evaluationModel")) or "no model"
        strict = " strict" if metric.get("strict_mode", metric.get("strictMode")) else ""
        threshold = metric.get("threshold")
        version = f"{model}, from {threshold:g}{strict}" if threshold is not None else f"{model}{strict}"
        # A metric that broke off passed nothing.
        passed = bool(metric.get("success")) and not metric.get("error")
        yield _Score(example, str(metric["name"]), version, passed, _number(metric.get("score")))


def _of_row(row: Mapping[str, Any], metrics: Sequence[str], thresholds: Mapping[str, float]) -> Iterator[_Score]:
    rubrics = row.get("rubrics") or row.get("rubric") or {}
    example = str(rubrics.get("example_id") or "") if isinstance(rubrics, dict) else ""
    for name in metrics:
        value = _number(row.get(name))
        passed = value is not None and value >= thresholds[name]
        yield _Score(example, name, f"ragas, from {thresholds[name]:g}", passed, value)


def _judged(found: Sequence[_Score]) -> Judged:
    if not found:
        raise ValueError("This holds no scores.")
    scorers: dict[str, dict[str, str]] = {}
    scores: dict[str, dict[str, dict[str, Any]]] = {}
    for one in found:
        if not one.example:
            raise ValueError(f"A result of {one.scorer} names no example. Take the goldens from an export.")
        told = {"kind": "judge", "version": one.version, "rubric": ""}
        if scorers.setdefault(one.scorer, told) != told:
            raise ValueError(f"{one.scorer} comes in two versions. Upload a run for each.")
        place = scores.setdefault(one.example, {})
        if one.scorer in place:
            raise ValueError(f"{one.scorer} judged {one.example} twice.")
        place[one.scorer] = {"passed": one.passed, "value": one.value}
    return Judged(scorers, scores)


def _rows(text: str) -> list[Mapping[str, Any]]:
    """Of an array, or of one object a line."""
    tree = _json(text) if text.lstrip().startswith("[") else [_json(line) for line in text.split("\n") if line.strip()]
    if not tree or not all(isinstance(row, dict) for row in tree):
        raise ValueError("This holds no rows of Ragas.")
    return list(tree)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"This is no JSON: {error}") from error


def _number(value: Any) -> float | None:
    """None for what is no number, or not finite."""
    if isinstance(value, bool):
        return float(value)
    return float(value) if isinstance(value, int | float) and isfinite(value) else None
