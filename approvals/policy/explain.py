"""Why a rule matched, in words."""

from approvals.policy.clauses import with_values
from approvals.policy.compiled import CompiledRule
from approvals.policy.globs import fits
from approvals.policy.values import plain
from approvals.policy.verdict import ClauseResult


def rule_text(compiled: CompiledRule, results: tuple[ClauseResult, ...], tool: str) -> str:
    """`refunds-over-500 matched: args.amount_usd (800) > 500`: every clause of the rule with the values it read."""
    rule = compiled.rule
    if not compiled.clauses:
        pattern = next(pattern for pattern in rule.tools if fits(pattern, tool))
        return f"{rule.id} matched: tool ({plain(tool)}) fits {pattern}"
    said = []
    for clause, result in zip(compiled.clauses, results, strict=True):
        text = with_values(clause, result.read)
        said.append(f"{text} (could not be evaluated, which counts as a match)" if result.result == "error" else text)
    return f"{rule.id} matched: {' and '.join(said)}"
