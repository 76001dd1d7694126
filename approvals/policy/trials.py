"""Runs the tests that a document carries."""

from dataclasses import dataclass
from datetime import UTC, datetime

from approvals.policy.compiled import Policy
from approvals.policy.errors import Problem
from approvals.policy.evaluate import evaluate
from approvals.policy.model import Document, Given, Need, Trial
from approvals.policy.verdict import Context, Verdict

# A test that does not say when it is answers the same for ever.
WHEN_UNSAID = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TrialResult:
    """One test and how it went; `line` is where it stands, `explanation` what the policy says to its call."""

    line: int | None
    tool: str
    expected: str
    problems: tuple[str, ...]
    explanation: str

    @property
    def passed(self) -> bool:
        return not self.problems


def trial_results(policy: Policy) -> tuple[TrialResult, ...]:
    """Every test of the document, in its order."""
    return tuple(_result(policy, at, trial) for at, trial in enumerate(policy.document.tests))


def _result(policy: Policy, at: int, trial: Trial) -> TrialResult:
    verdict = evaluate(policy, trial_context(policy, trial.given))
    return TrialResult(
        line=policy.document.lines.get(f"/tests/{at}"),
        tool=trial.given.tool,
        expected=trial.expect.effect,
        problems=tuple(f"{key}: expected {want}, got {got}" for key, want, got in _differences(trial, verdict)),
        explanation=verdict.explanation,
    )


def run_trials(policy: Policy) -> tuple[Problem, ...]:
    """One problem for each expectation that does not hold, with what came instead."""
    found: list[Problem] = []
    for at, trial in enumerate(policy.document.tests):
        verdict = evaluate(policy, trial_context(policy, trial.given))
        for key, expected, got in _differences(trial, verdict):
            pointer = f"/tests/{at}/expect/{key}"
            detail = f"expected {expected}, got {got}: {verdict.explanation}"
            found.append(Problem(pointer, "test_failed", detail, policy.document.lines.get(pointer)))
    return tuple(found)


def trial_context(policy: Policy, given: Given) -> Context:
    """The call as if it came in; `actor` names the agent or `<agent>_<version label>`, whose state then holds."""
    agent, label = agent_behind(policy.document, given.actor)
    label = given.agent_version or label
    return Context(
        tool=given.tool,
        args=given.args,
        actor=given.actor,
        agent=agent,
        agent_version=label,
        manifest=policy.version_state(agent, label=label, has_manifest=label is not None),
        now=given.now or WHEN_UNSAID,
        intent=given.intent,
        confidence=given.confidence,
        uncertain=given.uncertain,
        constraints=given.constraints,
        impact=given.impact,
        evidence=given.evidence,
        usage=given.usage,
        trace_id=given.trace_id,
        on_behalf_of=given.on_behalf_of,
        history=given.history,
    )


def agent_behind(document: Document, actor: str) -> tuple[str, str | None]:
    """The agent's name and the version label in an actor; the whole actor where the policy lists no such agent."""
    if actor in document.agents:
        return actor, None
    known = [name for name in document.agents if actor.startswith(f"{name}_")]
    if not known:
        return actor, None
    name = max(known, key=len)
    return name, actor[len(name) + 1 :] or None


def _differences(trial: Trial, verdict: Verdict) -> list[tuple[str, object, object]]:
    expect = trial.expect
    pairs: list[tuple[str, object, object]] = [("effect", expect.effect, verdict.effect)]
    if expect.names_rule:
        pairs.append(("rule", expect.rule, verdict.rule))
    if expect.reason_code is not None:
        pairs.append(("reason_code", expect.reason_code, verdict.reason_code))
    if expect.needs is not None:
        pairs.append(("needs", _needs(expect.needs), _needs(verdict.needs)))
    return [pair for pair in pairs if pair[1] != pair[2]]


def _needs(needs: tuple[Need, ...]) -> str:
    return ", ".join(f"{need.quorum} of {need.group}" for need in needs) or "nobody"
