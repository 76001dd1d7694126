"""The very results of DeepEval and Ragas, as these write them, are read as scores of judges."""

import json
import os
from pathlib import Path
from typing import Any

from deepeval.evaluate.types import EvaluationResult as DeepEvalResult
from deepeval.evaluate.types import TestResult
from deepeval.test_run.api import LLMApiTestCase, MetricData
from ragas import EvaluationDataset, MultiTurnSample, evaluate
from ragas.messages import AIMessage, HumanMessage, ToolCall
from ragas.metrics import ToolCallAccuracy

from feedback.judging import of_deepeval, of_ragas

# Where set, the results are kept as tests/fixtures/judges holds them.
KEPT = os.environ.get("JUDGES_KEPT")
TONE: dict[str, Any] = {"name": "Tone [GEval]", "threshold": 0.7, "evaluationModel": "gpt-4.1", "reason": "…"}
WANTED = {
    "case-0000": {"Tone [GEval]": {"passed": True, "value": 0.9}},
    "case-0001": {"Tone [GEval]": {"passed": False, "value": 0.2}},
    "case-0002": {"Tone [GEval]": {"passed": False, "value": None}},
}


def metrics(n: int) -> list[MetricData]:
    said = ({"success": True, "score": 0.9}, {"success": False, "score": 0.2}, {"error": "timed out"})[n]
    return [MetricData(**TONE, **said)]


def keep(name: str, text: str) -> str:
    if KEPT:
        Path(KEPT, name).write_text(text, encoding="utf-8")
    return text


def test_deepeval_result() -> None:
    results = [
        TestResult(
            name=f"test_case_{n}", success=n == 0, metrics_data=metrics(n), conversational=False,
            metadata={"example_id": f"case-{n:04}"},
        )
        for n in range(3)
    ]  # fmt: skip
    whole = DeepEvalResult(test_results=results, confident_link=None, test_run_id=None)
    found = of_deepeval(keep("deepeval.json", whole.model_dump_json()))
    assert found.scores == WANTED
    assert found.scorers == {"Tone [GEval]": {"kind": "judge", "version": "gpt-4.1, from 0.7", "rubric": ""}}


def test_deepeval_test_run() -> None:
    """The file of a test run, which spells its names otherwise."""
    cases = [
        LLMApiTestCase(name=f"case-{n:04}", input="…", metricsData=metrics(n)).model_dump(by_alias=True, mode="json")
        for n in range(3)
    ]
    assert of_deepeval(keep("deepeval-run.json", json.dumps({"testCases": cases}))).scores == WANTED


def sample(n: int, called: list[str], wanted: list[str]) -> MultiTurnSample:
    turn = AIMessage(content="", tool_calls=[ToolCall(name=name, args={}) for name in called])
    return MultiTurnSample(
        user_input=[HumanMessage(content="Refund it"), turn],
        reference_tool_calls=[ToolCall(name=name, args={}) for name in wanted],
        rubrics={"example_id": f"case-{n:04}"},
    )


def test_ragas_result() -> None:
    """A metric that asks no model, really run."""
    samples = [sample(0, ["a", "b"], ["a", "b"]), sample(1, ["c"], ["a"]), sample(2, ["a"], ["a"])]
    result = evaluate(EvaluationDataset(samples=samples), metrics=[ToolCallAccuracy()], show_progress=False)
    # As Ragas leaves what broke off.
    result.scores[2]["tool_call_accuracy"] = float("nan")
    table = result.to_pandas()
    wanted = {
        f"case-{n:04}": {"tool_call_accuracy": {"passed": n == 0, "value": (1.0, 0.0, None)[n]}} for n in range(3)
    }
    for name, text in (
        ("ragas.json", table.to_json(orient="records")),
        ("ragas.jsonl", table.to_json(orient="records", lines=True)),
    ):
        found = of_ragas(keep(name, text), {"tool_call_accuracy": 0.7})
        assert found.scores == wanted
        assert found.scorers["tool_call_accuracy"]["version"] == "ragas, from 0.7"
